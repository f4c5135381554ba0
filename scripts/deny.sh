#!/usr/bin/env bash
# Checks licences, banned crates and sources of everything that is linked, by deny.toml.
# Known vulnerabilities are another check, scripts/audit.sh: it needs a database that is not kept here.
set -euo pipefail
cd "$(dirname "$0")/.."

deny=$(scripts/tool.sh cargo-deny 0.20.2)
"$deny" --locked check bans licenses sources
