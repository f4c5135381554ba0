#!/usr/bin/env bash
# No file of Rust, or of the console's page, is longer than 400 lines; a longer one wants to be a folder. Snapshots of generated code are exempt.
set -euo pipefail
cd "$(dirname "$0")/.."

longest=400
bad=0
while read -r file; do
    [[ -e "$file" ]] || continue
    lines=$(wc -l <"$file")
    if ((lines > longest)); then
        echo "file-length: $file has $lines lines; the most is $longest: split it by subject into a folder" >&2
        bad=1
    fi
done < <(git ls-files --cached --others --exclude-standard -- '*.rs' '*.js' '*.css' '*.html' ':!*.expanded.rs')
exit "$bad"
