#!/usr/bin/env bash
# Packs the two published crates and builds each from its package alone, as their users will.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo package --locked --quiet --package payment-clients-macros --package payment-clients "$@"
