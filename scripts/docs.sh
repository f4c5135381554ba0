#!/usr/bin/env bash
# Builds the documentation of every crate with every feature; a broken link or a missing doc is an error.
set -euo pipefail
cd "$(dirname "$0")/.."

RUSTDOCFLAGS="-D warnings" cargo doc --locked --quiet --workspace --all-features --no-deps
echo "docs: target/doc/payment_clients/index.html"
