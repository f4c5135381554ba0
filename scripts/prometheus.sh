#!/usr/bin/env bash
# Checks what ops/prometheus holds with promtool, and tries every alert on series of its own. Then a real Prometheus scrapes a
# platform that pays, with those very rules, and must answer what was paid: docs/operations/README.md, done by a program.
#
# usage: scripts/prometheus.sh [PAYMENTS]    200 unless they are given; PROGRAM=FILE names a `payments` that is built already
set -euo pipefail
cd "$(dirname "$0")/.."

payments=${1:-200}
fail() { echo "prometheus: $1" >&2; exit 1; }
source scripts/need.sh

need prometheus promtool --version
promtool check config ops/prometheus/prometheus.yml >/dev/null || fail "promtool refuses the configuration, see above"
promtool test rules ops/prometheus/tests.yml >/dev/null || fail "an alert does not do what its test says, see above"
echo "prometheus: rules and alerts hold"

program=${PROGRAM:-${CARGO_TARGET_DIR:-target}/release/payments}
[[ -n "${PROGRAM:-}" ]] || cargo build --locked --quiet --release
dir=$(mktemp -d)
started=()
stop() {
    ((${#started[@]})) && kill "${started[@]}" 2>/dev/null || true
    wait
    rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT TERM

# The first of so many ports in a row that nobody listens on.
free_ports() {
    local first port
    for first in $(shuf -i 20000-29900 -n 50); do
        for ((port = first; port < first + $1; port++)); do
            if listens "$port"; then continue 2; fi
        done
        echo "$first"
        return
    done
    fail "no $1 free ports in a row"
}

# Waits until a command works, so many seconds.
within() {
    local seconds=$1 from=$SECONDS
    shift
    until "$@"; do
        ((SECONDS - from < seconds)) || return 1
        sleep 0.2
    done
}

services=22
first=$(free_ports $((services + 1)))
"$program" demo --limit "$payments" --concurrency 16 --stay --json --console off --ports "$first" --dir "$dir/run" \
    >"$dir/demo.json" 2>"$dir/demo.log" </dev/null &
demo=$!
started+=("$demo")

# Our configuration, but for the targets and how often they are asked.
mkdir "$dir/prometheus"
cp ops/prometheus/*.yml "$dir/prometheus"
python3 scripts/prometheus/retarget.py "$first" "$services" <ops/prometheus/prometheus.yml >"$dir/prometheus/prometheus.yml"
port=$((first + services))
prometheus --config.file "$dir/prometheus/prometheus.yml" --storage.tsdb.path "$dir/data" \
    --web.listen-address "127.0.0.1:$port" --enable-feature=exemplar-storage >"$dir/prometheus.log" 2>&1 </dev/null &
started+=("$!")

paid() { grep -q '^paid; ' "$dir/demo.log" || { kill -0 "$demo" 2>/dev/null || fail "the demo ended: $(cat "$dir/demo.log")"; false; }; }
within 60 paid || fail "the demo does not come to an end: $(tail -3 "$dir/demo.log")"
python3 scripts/prometheus/ask.py gather "http://127.0.0.1:$port" "$services" >"$dir/answers.json" ||
    fail "Prometheus does not answer what it should: $(tail -3 "$dir/prometheus.log")"
kill -INT "$demo"
wait "$demo" || fail "the demo failed with $?: $(cat "$dir/demo.log" "$dir/demo.json")"
started=("${started[@]:1}")
python3 scripts/prometheus/ask.py compare "$dir/answers.json" "$dir/demo.json"
