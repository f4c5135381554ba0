#!/usr/bin/env bash
# Instructions per call in memory, by kind of call: scripts/callgrind.sh [CASE...]
# Counts are the difference of two runs, so that what happens once is not part of them.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v valgrind >/dev/null; then
    echo "valgrind is not installed, so no instructions are counted"
    exit 0
fi
cargo build --quiet --release -p payment-benches --bin overhead
overhead="${CARGO_TARGET_DIR:-target}/release/overhead"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

instructions() { # case, calls
    valgrind --tool=callgrind --callgrind-out-file="$folder/$1.$2" "$overhead" --only "$1" --calls "$2" 2>&1 |
        awk '/Collected/ { print $4 }'
}

few=1000
many=3000
[ $# -gt 0 ] || set -- no-wire layers wired envelope decode read create gate-refuses
printf '%-18s %s\n' "case" "instructions per call"
for case in "$@"; do
    printf '%-18s %d\n' "$case" $((($(instructions "$case" $many) - $(instructions "$case" $few)) / (many - few)))
done
