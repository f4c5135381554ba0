#!/usr/bin/env bash
# The console in a real browser: Chromium, without a window, opens it over a platform of processes, pays, reads a payment's
# story, breaks a service, sees a breaker open and close, goes all the way by keyboard, and is shown hostile names as text.
# `scripts/console.sh --keep` writes the pictures of docs/console anew. Needs Python with its venv module; Chromium is
# installed from Debian's packages where it is missing, which takes root.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "console: $1" >&2; exit 1; }
source scripts/need.sh
need chromium chromium --version
# Without a font there is nothing to be read in a picture.
need fonts-dejavu-core test -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
tools=$target/tools/console
requirements=scripts/console/requirements.txt
if ! cmp -s "$requirements" "$tools/requirements.txt"; then
    rm -rf "$tools"
    python3 -m venv "$tools" || fail "Python's venv module is missing"
    "$tools/bin/pip" install --quiet --requirement "$requirements"
    cp "$requirements" "$tools/requirements.txt"
fi

cargo build --locked --quiet --package payment-services --bin payments
PYTHONDONTWRITEBYTECODE=1 exec "$tools/bin/python" scripts/console/drive.py "$target/debug/payments" "$@"
