#!/usr/bin/env bash
# docs/new-service.md, done: in a copy of the workspace in target/ every block of the page is written where it says, then the
# service is built, started and called by the test with which the page ends. What others have built is used again.
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
copy=$target/new-service
rm -rf "$copy"
mkdir -p "$copy"
cp -rp Cargo.toml Cargo.lock sdk sdk-macros services examples benches "$copy"
awk -v copy="$copy" -f scripts/new-service.awk docs/new-service.md
rustfmt --check --edition 2024 --config-path . "$copy"/{sdk/src/apis/dispute.rs,services/src/dispute/mod.rs,services/tests/dispute.rs}

# Nobody looks at this build with a debugger, and without what one needs it is smaller and sooner done.
export CARGO_TARGET_DIR=$target CARGO_PROFILE_DEV_DEBUG=0
cargo test --locked --quiet --manifest-path "$copy/Cargo.toml" --package payment-services --test dispute || {
    echo "new-service: what docs/new-service.md says does not build or does not hold: see above, and $copy" >&2
    exit 1
}
