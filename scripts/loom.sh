#!/usr/bin/env bash
# The models of the lock-free state machines, in every order in which their threads can meet. They have a target folder
# of their own, since the switch rebuilds everything below them.
set -euo pipefail
cd "$(dirname "$0")/.."

export RUSTFLAGS="--cfg payment_loom" CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/loom" CARGO_PROFILE_TEST_OPT_LEVEL=1
cargo test --locked --package payment-clients --no-default-features --lib -- models::
