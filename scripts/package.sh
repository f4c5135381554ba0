#!/usr/bin/env bash
# Packs the two published crates and builds each from its package alone, as their users will.
set -euo pipefail
cd "$(dirname "$0")/.."

# Cargo keeps what it has unpacked once, by version: the last run's packages would stand in for today's.
rm -rf "${CARGO_HOME:-$HOME/.cargo}"/registry/{cache,src}/*/payment-clients{,-macros}-[0-9]*
cargo package --locked --quiet --package payment-clients-macros --package payment-clients "$@"
