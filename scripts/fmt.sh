#!/usr/bin/env bash
# Checks the formatting of every Rust file, of those too that a macro declares as modules and `cargo fmt` never sees.
# `scripts/fmt.sh --fix` formats them.
set -euo pipefail
cd "$(dirname "$0")/.."

mode=--check
[[ "${1:-}" == --fix ]] && mode=--emit=files
# What a macro test expects was printed by another formatter; what a compiler test refuses may be no Rust.
mapfile -t files < <(git ls-files --cached --others --exclude-standard -- \
    '*.rs' ':!:*.expanded.rs' ':!:sdk-macros/tests/ui/*' | while read -r file; do [[ ! -e "$file" ]] || echo "$file"; done)
rustfmt --edition 2024 "$mode" "${files[@]}" || {
    echo "fmt: the files above are not formatted; run scripts/fmt.sh --fix" >&2
    exit 1
}
