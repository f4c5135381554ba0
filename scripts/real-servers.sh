#!/usr/bin/env bash
# The tests of the store, of the bus, of shared quotas and of the services on a real PostgreSQL instead of SQLite, a real
# Kafka broker, a real Redis and a real mail server. Then, on servers that hold nothing yet, a run of the demo whose books
# are schemas of one database, whose events go over the broker and whose quotas Redis counts, and what `check` and
# `reconcile` find in it.
set -euo pipefail
cd "$(dirname "$0")/.."

tests=(
    kit_store kit_idempotency kit_saga kit_kafka kit_quotas kit_settings
    cashier channel_sim order risk gateway accounting ledger_model payout merchant merchant_auth merchant_config
    kyc analytics admin notification config
    keys journey
)
scripts/servers.sh cargo test --locked --package payment-services --features postgres,kafka,redis "${tests[@]/#/--test=}"

# The program that those tests were built with.
payments=${CARGO_TARGET_DIR:-target}/debug/payments
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
demo() {
    PAYMENTS_STORE=$PAYMENTS_TEST_STORE "$1" demo --limit 200 --concurrency 16 --ports auto --dir "$2/run" \
        --bus "kafka://$PAYMENTS_TEST_KAFKA" --quotas "$PAYMENTS_TEST_REDIS" || return
    "$1" check "$PAYMENTS_TEST_STORE" && "$1" reconcile "$PAYMENTS_TEST_STORE"
}
export -f demo
scripts/servers.sh bash -c 'demo "$@"' demo "$payments" "$dir"
