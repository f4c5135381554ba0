#!/usr/bin/env bash
# The tests of the store, of the bus, of shared quotas and of the services on a real PostgreSQL instead of SQLite, a real
# Kafka broker and a real Redis; then a run of the demo whose books are schemas of one database, whose events go over the
# broker and whose quotas Redis counts, and what `check` and `reconcile` find in it.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ -z "${PAYMENTS_TEST_STORE:-}" || -z "${PAYMENTS_TEST_KAFKA:-}" || -z "${PAYMENTS_TEST_REDIS:-}" ]]; then
    exec scripts/servers.sh "$0" "$@"
fi

tests=(
    kit_store kit_idempotency kit_saga kit_kafka kit_quotas kit_settings
    channel_sim order risk gateway accounting ledger_model payout merchant merchant_auth admin notification config
    keys journey
)
cargo test --locked --package payment-services --features postgres,kafka,redis "${tests[@]/#/--test=}"

# The program that those tests were built with. Its database must be empty, and the server's first one is: each test has
# made one of its own.
payments=${CARGO_TARGET_DIR:-target}/debug/payments
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
PAYMENTS_STORE=$PAYMENTS_TEST_STORE "$payments" demo --limit 200 --concurrency 16 --ports auto --dir "$dir/run" \
    --bus "kafka://$PAYMENTS_TEST_KAFKA" --quotas "$PAYMENTS_TEST_REDIS"
"$payments" check "$PAYMENTS_TEST_STORE"
"$payments" reconcile "$PAYMENTS_TEST_STORE"
