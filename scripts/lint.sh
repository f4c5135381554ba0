#!/usr/bin/env bash
# Clippy with warnings as errors: the workspace as users build it, with every feature, and the SDK with none and with
# each of its features alone. `incompatible_msrv` keeps the published crates to their rust-version.
set -euo pipefail
cd "$(dirname "$0")/.."

clippy() {
    echo "clippy $*"
    cargo clippy --locked --quiet "$@" -- -D warnings
}

clippy --workspace --all-targets
clippy --workspace --all-targets --all-features
clippy --package payment-clients --no-default-features
features=$(sed -n '/^\[features\]/,/^\[dependencies\]/s/^\([a-z][a-z0-9-]*\) = .*/\1/p' sdk/Cargo.toml | grep -v '^default$')
for feature in $features; do
    clippy --package payment-clients --no-default-features --features "$feature"
done
