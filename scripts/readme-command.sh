#!/usr/bin/env bash
# Prints the first command of README.md that begins with the given words, as it stands there in a code block:
# `scripts/readme-command.sh cargo test`.
set -euo pipefail
cd "$(dirname "$0")/.."

[[ -e README.md ]] || { echo "readme-command: README.md is missing" >&2; exit 1; }
command=$(awk -v words="$*" '
    /^```/ { inside = !inside; next }
    inside { sub(/^\$ /, ""); if (index($0, words) == 1) { print; exit } }' README.md)
[[ -n "$command" ]] || { echo "readme-command: no code block of README.md has a line beginning with \"$*\"" >&2; exit 1; }
printf '%s\n' "$command"
