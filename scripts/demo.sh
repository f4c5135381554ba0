#!/usr/bin/env bash
# Runs the demo command of README.md as it stands there, then once more for 200 purchases with one JSON object as its
# answer, and checks that object: every purchase is accounted for, and the four books hold the same sum.
set -euo pipefail
cd "$(dirname "$0")/.."

command=$(scripts/readme-command.sh cargo run --release -- demo)
command=${command%% \#*}
echo "$command"
bash -c "$command" </dev/null

echo "$command --limit 200 --json --ports auto"
json=$(bash -c "$command --limit 200 --json --ports auto" </dev/null)
echo "$json"

flat=$(tr -d '[:space:]' <<<"$json")
wrong() { echo "demo: $1; the object is above" >&2; exit 1; }
number='([0-9]+)'
[[ "$flat" =~ \"payments\":\{\"offered\":$number,\"succeeded\":$number,\"refused\":$number,\"failed\":$number,\"unknown\":$number ]] ||
    wrong "the object has no payments{offered,succeeded,refused,failed,unknown}"
offered=${BASH_REMATCH[1]} succeeded=${BASH_REMATCH[2]} refused=${BASH_REMATCH[3]} failed=${BASH_REMATCH[4]} unknown=${BASH_REMATCH[5]}
((offered == 200)) || wrong "200 purchases were to be offered, $offered were"
((succeeded + refused + failed + unknown == offered)) || wrong "the outcomes do not add up to the $offered offered"
((succeeded > 0 && failed == 0 && unknown == 0)) || wrong "a purchase failed, or its outcome is unknown"

[[ "$flat" =~ \"amount_minor\":\{\"USD\":\{\"offered\":$number,\"succeeded\":$number\} ]] || wrong "the object has no amount_minor.USD"
sum=${BASH_REMATCH[2]}
for book in gateway order channel_adapter channel; do
    [[ "$flat" =~ \"books\":\{.*\"$book\":\{\"USD\":$number ]] || wrong "the object has no books.$book.USD"
    [[ "${BASH_REMATCH[1]}" == "$sum" ]] || wrong "the book of $book holds ${BASH_REMATCH[1]} instead of $sum"
done
echo "demo: $succeeded of $offered paid, the four books hold $sum each"
