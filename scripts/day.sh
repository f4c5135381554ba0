#!/usr/bin/env bash
# The trading day over several seeds; the first one twice more, in files and on a real PostgreSQL with a real Kafka broker,
# and its money must be the same each time. Then each mistake on purpose, which the day must end with exit code 2 and the
# name of the invariant that finds it.
#
# usage: scripts/day.sh [DAYS] [PAYMENTS]    3 days of 300 payments unless they are given
set -euo pipefail
cd "$(dirname "$0")/.."

days=${1:-3} payments=${2:-300} seed=${SEED:-42}
cargo build --locked --quiet --release --package payment-services --features mutants,postgres,kafka --bin payments
program=${CARGO_TARGET_DIR:-target}/release/payments
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() { echo "day: $1" >&2; exit 1; }
day() { "$program" demo --day --ports auto --limit "$payments" --json "$@"; }
money() { python3 -c 'import json, sys; day = json.load(sys.stdin); print(json.dumps([day["money"], day["faults"]]))'; }

day --seed "$seed" --repeat "$days" --dir "$dir/days" | tee "$dir/days.jsonl" >/dev/null || fail "$(cat "$dir/days.jsonl")"
for folder in "$dir"/days*/seed-* "$dir"/days; do
    [[ -f $folder/run.json ]] || continue
    "$program" check "$folder" >/dev/null || fail "what the day in $folder has left does not hold"
done
again=$(day --seed "$seed" --dir "$dir/again" | money)
[[ $(head -n 1 "$dir/days.jsonl" | money) == "$again" ]] || fail "two days of seed $seed differ in the money"
echo "day: $days days of $payments payments hold, and the first one is the same in the money when it is played again"

on_servers() {
    PAYMENTS_STORE=$PAYMENTS_TEST_STORE "$program" demo --day --ports auto --limit "$payments" --json --seed "$seed" \
        --dir "$dir/servers" --bus "kafka://$PAYMENTS_TEST_KAFKA" || return
    "$program" check "$PAYMENTS_TEST_STORE" --run "$dir/servers" --planted "$dir/servers/planted.txt" >&2
}
export -f on_servers
export program dir payments seed
scripts/servers.sh bash -c on_servers >"$dir/servers.json" || fail "on servers: $(cat "$dir/servers.json")"
[[ $(money <"$dir/servers.json") == "$again" ]] || fail "the day of seed $seed on servers differs in the money"
echo "day: on PostgreSQL and Kafka it is the same in the money, and holds"

"$program" demo --day --mutate list | while read -r mutant invariant; do
    code=0
    found=$(day --seed "$seed" --mutate "$mutant" --dir "$dir/$mutant") || code=$?
    ((code == 2)) || fail "a day with $mutant ends with $code"
    grep -q "\"broken\":\[[^]]*\"$invariant\"" <<<"$found" || fail "$mutant is not found by $invariant: $found"
    echo "day: $mutant is found by $invariant"
    rm -rf "${dir:?}/$mutant"
done
