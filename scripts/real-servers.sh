#!/usr/bin/env bash
# The tests of the store and of the services on a real PostgreSQL instead of SQLite, and a run of the demo whose four
# books are schemas of one database.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ -z "${PAYMENTS_TEST_STORE:-}" ]]; then
    exec scripts/servers.sh "$0" "$@"
fi

tests=(kit_store kit_idempotency kit_saga channel_sim order risk gateway keys journey)
cargo test --locked --package payment-services --features postgres "${tests[@]/#/--test=}"

# An empty database of its own; the server's first one stays empty.
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
PAYMENTS_STORE=$PAYMENTS_TEST_STORE cargo run --locked --release --package payment-services --features postgres -- \
    demo --limit 500 --ports auto --dir "$dir/run"
