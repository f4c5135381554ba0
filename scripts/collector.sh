#!/usr/bin/env bash
# Spans at a collector that others have made: the demo pays through all services, every trace of it is recorded and sent to
# rotel, and what rotel has received is what the demo did. Needs Python with its venv module; rotel's wheel is for 3.11.
set -euo pipefail
cd "$(dirname "$0")/.."

# An OTLP collector in Rust, pinned by its hash.
wheel='rotel==0.0.1a15 --hash=sha256:2f4117e58410c933e0dc042a268ef738dab2e3a5d63b5831209acdac2a6ddcb7'
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
home=$target/tools/rotel
payments=20

fail() { echo "collector: $1" >&2; exit 1; }
source scripts/need.sh

rotel=$(echo "$home"/lib/python3*/site-packages/rotel/rotel-agent)
if [[ ! -x "$rotel" ]]; then
    rm -rf "$home"
    python3 -m venv "$home" || fail "Python's venv module is missing"
    "$home/bin/pip" install --quiet --no-deps --require-hashes --requirement /dev/stdin <<<"$wheel" ||
        fail "rotel cannot be installed from PyPI; see the lines above"
    rotel=$(echo "$home"/lib/python3*/site-packages/rotel/rotel-agent)
    chmod +x "$rotel"
fi

dir=$(mktemp -d)
trap 'kill "${pid:-}" 2>/dev/null || true; rm -rf "$dir"' EXIT
free_port() { for port in $(shuf -i 20000-29999 -n 50); do listens "$port" || { echo "$port"; return; }; done; fail "no free port"; }
grpc=$(free_port) http=$(free_port)
"$rotel" start --pid-file "$dir/pid" --log-file "$dir/log" --exporter blackhole --debug-log traces \
    --debug-log-verbosity detailed --otlp-grpc-endpoint "127.0.0.1:$grpc" --otlp-http-endpoint "127.0.0.1:$http" \
    >"$dir/received" 2>&1 &
pid=$!
for ((wait = 0; wait < 100; wait++)); do if listens "$grpc"; then break; fi; sleep 0.1; done
listens "$grpc" || fail "rotel does not listen: $(tail -3 "$dir/received")"

cargo build --locked --quiet --package payment-services
"$target/debug/payments" demo --limit "$payments" --concurrency 4 --json --console off --ports auto --dir "$dir/run" \
    --otlp "http://127.0.0.1:$grpc" >"$dir/report" 2>"$dir/demo.log" ||
    fail "the demo does not hold: $(tail -3 "$dir/demo.log") $(cat "$dir/report")"
kill "$pid" && wait "$pid" || true

# One span: its lines up to the next one, with the kind and the name that it has.
count() { awk -v name="$1" -v kind="$2" '
    /^ *Name *:/ { named = substr($0, index($0, ":") + 2) }
    /^ *Kind *:/ && named == name && $NF == "SPAN_KIND_" kind { found++ }
    END { print found + 0 }' "$dir/received"; }
expect() { (($(count "$1" "$2") == $3)) || fail "$3 spans \`$1\` of kind $2 were expected, and rotel has received $(count "$1" "$2")"; }
expect "create_payment" INTERNAL "$payments"
for name in "POST /api/v1/payments" "POST /api/v1/risk/check" "POST /api/v1/orders" "POST /api/v1/channel/payment"; do
    expect "$name" CLIENT "$payments"
    expect "$name" SERVER "$payments"
done
grep -q "http.response.status_code: Int(200)" "$dir/received" || fail "a status is no number"
echo "collector: rotel has received $(grep -c '^Span #' "$dir/received") spans of $payments payments, each where it belongs"
