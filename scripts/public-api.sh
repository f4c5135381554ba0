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
    names() { "$tool" public-api --rustdoc-json "$json" -sss | grep -vE "$alike"; }
    if [[ "${fix:-}" ]]; then
        names >"$file"
    elif ! diff -u "$file" <(names); then
        echo "public-api: $file is not what the crate exports; if that is meant, run scripts/public-api.sh --fix and say it in CHANGELOG.md" >&2
        bad=1
    fi
}

# What is the same of every declaration, id and word is left out: it follows from the macros.
alike='payment_clients::apis::.*(_api\b|::Mock)|^impl.*payment_clients::apis::|^pub type payment_clients::apis::'
alike+='|payment_clients::apis::.*::(from|from_str|fmt|as_str|KNOWN|serialize|deserialize|schema_name|json_schema|inline_schema)\b'
alike+='|^pub fn (alloc::(boxed::Box|sync::Arc)<dyn |C::|payment_clients::contract::options::Scoped<T>::|payment_clients::prelude::_::).*apis::'
alike+='|^pub (async )?fn payment_clients::platform::[A-Za-z]+Client::'

[[ "${1:-}" == --fix ]] && fix=1
mkdir -p docs/public-api
list payment-clients-macros payment_clients_macros
list payment-clients payment_clients --all-features
exit "$bad"
