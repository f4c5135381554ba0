#!/usr/bin/env bash
# What no file of the repository may say: a path of somebody's machine, or a folder outside the repository.
set -euo pipefail
cd "$(dirname "$0")/.."

if git grep --untracked -nIE '(^|[^a-zA-Z0-9._-])/(work|tmp|farm|home|root|Users)/|[.][.]/shared' -- ':!scripts/words.sh'; then
    echo "words: the lines above name a folder outside the repository; use a path relative to it, or a temporary folder" >&2
    exit 1
fi
if git grep --untracked -nE '(TODO|FIXME|XXX)[:( ]' -- '*.rs' '*.md' '*.toml' ':!scripts/words.sh'; then
    echo "words: the lines above leave something to be done; do it, or name it in an issue" >&2
    exit 1
fi
