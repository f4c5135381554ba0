#!/usr/bin/env bash
# Compares the public API of the two published crates with docs/public-api/, which lists every public name with its
# signature: scripts/public-api.sh, or --fix to write the lists anew. A line that goes or changes is a breaking change.
set -euo pipefail
cd "$(dirname "$0")/.."

tool=$(scripts/tool.sh cargo-public-api 0.52.0)
bad=0
list() { # package, library, features...
    local package=$1 library=$2
    shift 2
    local json="${CARGO_TARGET_DIR:-target}/doc/$library.json" file="docs/public-api/$package.txt"
    # The listing of a crate in JSON is not stable, so a stable compiler gives it only when told that this is known.
    RUSTC_BOOTSTRAP=1 cargo rustdoc --locked --quiet --package "$package" --lib "$@" -- -Z unstable-options --output-format json
    if [[ "${fix:-}" ]]; then
        "$tool" public-api --rustdoc-json "$json" -sss >"$file"
    elif ! diff -u "$file" <("$tool" public-api --rustdoc-json "$json" -sss); then
        echo "public-api: $file is not what the crate exports; if that is meant, run scripts/public-api.sh --fix and say it in CHANGELOG.md" >&2
        bad=1
    fi
}

[[ "${1:-}" == --fix ]] && fix=1
mkdir -p docs/public-api
list payment-clients-macros payment_clients_macros
list payment-clients payment_clients --all-features
exit "$bad"
