#!/usr/bin/env bash
# Runs every numbered example and compares what it prints with the `Expected output` block at the head of its file.
# A line of that block that ends with ` …` stands for any line that begins like it.
set -euo pipefail
cd "$(dirname "$0")/.."

shopt -s nullglob
bad=0
files=(examples/examples/[0-9]*.rs)
((${#files[@]} > 0)) || { echo "examples: none found in examples/examples/" >&2; exit 1; }
for file in "${files[@]}"; do
    name=$(basename "$file" .rs)
    expected=$(awk '
        /^\/\/! ```text/ { inside = 1; next }
        inside && /^\/\/! ```/ { exit }
        inside { sub(/^\/\/! ?/, ""); print }' "$file")
    [[ -n "$expected" ]] || { echo "examples: $file has no expected output (a text block in its //! head)" >&2; bad=1; continue; }
    echo "example $name"
    printed=$(cargo run --locked --quiet --package payment-examples --example "$name" </dev/null)
    mapfile -t want <<<"$expected"
    mapfile -t have <<<"$printed"
    same=$((${#want[@]} == ${#have[@]}))
    for i in "${!want[@]}"; do
        if [[ "${want[i]}" == *" …" ]]; then
            [[ "${have[i]:-}" == "${want[i]% …}"* ]] || same=0
        else
            [[ "${have[i]:-}" == "${want[i]}" ]] || same=0
        fi
    done
    if ((!same)); then
        echo "examples: $file printed something else than it promises:" >&2
        diff <(printf '%s\n' "$expected") <(printf '%s\n' "$printed") >&2 || true
        bad=1
    fi
done
exit "$bad"
