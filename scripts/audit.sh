#!/usr/bin/env bash
# Checks Cargo.lock against a copy of the RustSec advisory database: `ADVISORY_DB=<folder> scripts/audit.sh`, where the
# folder is a clone of https://github.com/rustsec/advisory-db. Warnings (unmaintained, unsound) fail too.
set -euo pipefail
cd "$(dirname "$0")/.."

: "${ADVISORY_DB:?is not set; clone https://github.com/rustsec/advisory-db and name the folder}"
audit=$(scripts/tool.sh cargo-audit 0.22.2)
"$audit" audit --db "$ADVISORY_DB" --no-fetch --stale --no-yanked --deny warnings
