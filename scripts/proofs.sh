#!/usr/bin/env bash
# The proofs that need speed, in a release build: the simulator's report is current, no effect of a hundred thousand
# faulty calls happened twice, a million random steps left nothing stuck, and the price list can be measured.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --locked --quiet --release --package payment-benches --bins
bin="${CARGO_TARGET_DIR:-target}/release"
"$bin/fleet" --check
"$bin/faults" --calls 100000 --json
"$bin/steps" --steps 1000000 --json
"$bin/overhead" --calls 200 --rounds 3
