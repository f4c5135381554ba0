#!/usr/bin/env bash
# Kills services at random while shops sell and are paid out, with stores in files and in a real PostgreSQL; afterwards
# nothing may be stuck, missing or out of balance. Then the mistakes on purpose, which the invariants must find by name.
#
# usage: scripts/drill.sh [KILLS] [SEED]    50 and 7 unless they are given; the same seed kills the same services
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ -z "${PAYMENTS_TEST_STORE:-}" ]]; then
    exec scripts/servers.sh "$0" "$@"
fi

kills=${1:-50} seed=${2:-7}
features=postgres,mutants
cargo build --locked --quiet --package payment-services --features "$features" --bin payments
payments=${CARGO_TARGET_DIR:-target}/debug/payments
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() { echo "drill: $1" >&2; exit 1; }

"$payments" drill --kills "$kills" --seed "$seed" --ports auto --dir "$dir/files"

# A database of its own on the server.
database=drill_$$ servers=/usr/lib/postgresql/15/bin
"$servers/createdb" --maintenance-db "$PAYMENTS_TEST_STORE" "$database"
PAYMENTS_STORE=${PAYMENTS_TEST_STORE%/*}/$database \
    "$payments" drill --kills "$kills" --seed "$seed" --ports auto --dir "$dir/postgres"
"$servers/dropdb" --maintenance-db "$PAYMENTS_TEST_STORE" --force "$database"

# What a mistake leaves behind in a whole run: the program says that all is well, and the check does not.
for case in float-fee:I12 outbox-after-commit:I19; do
    mutant=${case%:*} invariant=${case#*:}
    "$payments" demo --mutate "$mutant" --limit 40 --json --ports auto --dir "$dir/$mutant" >/dev/null ||
        fail "a run with $mutant does not end"
    found=$("$payments" check "$dir/$mutant") && fail "$mutant is not found"
    grep -q "^$invariant " <<<"$found" || fail "$mutant is not found by $invariant: $found"
    echo "drill: $mutant is found by $invariant"
done

cargo test --locked --quiet --package payment-services --features "$features" --test mutants
