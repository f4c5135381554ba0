#!/usr/bin/env bash
# The models of the lock-free state machines, in every order in which their threads can meet. The switch reaches the SDK
# alone: everything below it stays as it was built for the tests.
set -euo pipefail
cd "$(dirname "$0")/.."

build() {
    cargo rustc --locked --package payment-clients --lib --profile test "$@" -- --cfg payment_loom
}

build
models=$(build --quiet --message-format json | sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')
"$models" models::
