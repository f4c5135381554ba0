#!/usr/bin/env bash
# How long the SDK itself takes to compile with none, one and all of its typed clients. What it depends on is built
# before, and not counted. Seconds on the wall, the quickest of RUNS (default 3). Not in .ci/run: a busy machine tells
# nothing.
#
# usage: scripts/compile-time.sh [API]    API is the feature of the one client, `order` unless it is given
set -euo pipefail
cd "$(dirname "$0")/.."

one=${1:-order} runs=${RUNS:-3}
# Else a debug build would keep what it compiled before, and only look at it again.
export CARGO_INCREMENTAL=0

build() {
    cargo build --locked --quiet --package payment-clients --no-default-features "$@"
}

# Milliseconds of the quickest build.
quickest() {
    local best='' begun took
    build "$@"
    for ((run = 0; run < runs; run++)); do
        touch sdk/src/lib.rs
        begun=${EPOCHREALTIME/./}
        build "$@"
        took=$(((${EPOCHREALTIME/./} - begun) / 1000))
        if [[ -z "$best" ]] || ((took < best)); then best=$took; fi
    done
    echo "$best"
}

row() {
    local name=$1 debug release
    shift
    debug=$(quickest "$@")
    release=$(quickest "$@" --release)
    printf '| %-9s | %4d.%d s | %5d.%d s |\n' "$name" \
        $((debug / 1000)) $((debug % 1000 / 100)) $((release / 1000)) $((release % 1000 / 100))
}

echo '| clients   | debug    | release   |'
echo '|---|---|---|'
row none
row "$one" --features "$one"
row all --features full
