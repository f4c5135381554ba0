#!/usr/bin/env bash
# Every service against what is said of it: our OpenAPI documents have all that the deployed platform's have, and each
# running service, fuzzed by the document that it serves, neither breaks nor answers what its document does not say.
# `scripts/conformance.sh order-service` fuzzes one alone. Needs Linux, Python with its venv module, and iproute2.
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
tools=$target/tools/conformance
requirements=scripts/conformance/requirements.txt
if ! cmp -s "$requirements" "$tools/requirements.txt"; then
    rm -rf "$tools"
    python3 -m venv "$tools" || { echo "conformance: Python's venv module is missing" >&2; exit 1; }
    "$tools/bin/pip" install --quiet --requirement "$requirements"
    cp "$requirements" "$tools/requirements.txt"
fi
export PYTHONDONTWRITEBYTECODE=1

cargo build --locked --quiet --package payment-services
payments=$target/debug/payments
if (($# == 0)); then
    "$tools/bin/python" -m unittest discover --quiet --start-directory scripts/conformance
    "$payments" openapi --out "$target/conformance" >/dev/null
    "$tools/bin/python" scripts/conformance/contracts.py "$target/conformance"
fi
# In a network of its own every registered port is free, and no address that a fuzzer makes up leads anywhere.
unshare --map-root-user --net -- bash -c 'ip link set lo up && exec "$@"' conformance \
    "$tools/bin/python" scripts/conformance/fuzz.py "$payments" "$@"
