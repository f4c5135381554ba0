#!/usr/bin/env bash
# Our OpenAPI documents → `payments new-api` → a crate in target/ that compiles → its documents, which say the same.
# scripts/new-api/differences.txt says where they may differ, and why; any other difference fails.
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
export CARGO_TARGET_DIR=$target
crate=$target/new-api
rm -rf "$crate"
mkdir -p "$crate/src"

cargo build --locked --quiet --package payment-services
payments=$target/debug/payments
"$payments" openapi --out "$crate/ours" >"$crate/documents"
while read -r document; do
    "$payments" new-api --from "$document" --out "$crate/src" >/dev/null 2>>"$crate/notes"
done <"$crate/documents"

# The drafts as a library, which lists each service and what its traits say of themselves.
{
    echo "//! What was written."
    for folder in "$crate"/src/*/; do
        echo "pub mod $(basename "$folder");"
    done
    echo "use payment_clients::{contract::operation::Service, openapi::Document};"
    echo "/// Every service, and what describes it."
    echo "pub const SERVICES: &[(Service, &[fn(&mut Document)])] = &["
    for folder in "$crate"/src/*/; do
        modules=$(grep -rhoP '^pub trait \K\w+' "$folder" | sed -E "s/([A-Z])/_\L\1/g; s/^_/$(basename "$folder")::/")
        printf '(%s::SERVICE, &[' "$(head -n1 <<<"$modules")"
        sed 's/$/::describe,/' <<<"$modules"
        echo "]),"
    done
    echo "];"
} >"$crate/src/lib.rs"
# A document of everything that is hard to say must compile, too; there is none of ours to compare it with.
"$payments" new-api --from services/tests/new_api/library.yaml --out "$crate/src" >/dev/null 2>>"$crate/notes"
echo "pub mod library;" >>"$crate/src/lib.rs"
cp scripts/new-api/main.rs "$crate/src/main.rs"
sed "s|@SDK@|$PWD/sdk|" scripts/new-api/Cargo.toml >"$crate/Cargo.toml"
cp Cargo.lock "$crate/Cargo.lock"

cargo run --quiet --manifest-path "$crate/Cargo.toml" -- "$crate/ours" scripts/new-api/differences.txt || {
    echo "new-api: the crate in $crate does not compile, or says something else than our documents: see above" >&2
    exit 1
}
