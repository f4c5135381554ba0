"""Compares the OpenAPI documents in a folder with those of the deployed platform in docs/contracts. Every operation is
there, and each difference is one that a line of differences.txt means: operation and difference, both as regular
expressions, and why. A line that means nothing is out of date.

    contracts.py DOCUMENTS
"""

import json
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

import contract_diff

HERE = Path(__file__).resolve().parent
CONTRACTS = HERE.parents[1] / "docs/contracts"


def differences(report: dict):
    """What lowers a figure, as where it is and what it is."""
    for service in report["services"]:
        for operation in service["details"]:
            where = f"{service['service']}: {operation['method']} {operation['path']}"
            for found in operation["differences"]:
                if found["scored"]:
                    yield where, f"{found['section']} {found['path']}: {found['kind']}"


def main(documents: str) -> int:
    lines = (HERE / "differences.txt").read_text().splitlines()
    meant = [tuple(line.split(" | ")) for line in lines]
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        arguments = ["--reference", CONTRACTS, "--generated", documents, "--json", report.name, "--min-operations", 100]
        if code := contract_diff.main(map(str, arguments)):
            return code
        found = list(differences(json.load(report)))
    used = Counter()
    for where, what in found:
        line = next((line for line in meant if re.search(line[0], where) and re.search(line[1], what)), None)
        used[line] += 1
        if line is None:
            print(f"{where}: {what}")
    for line in meant:
        print(f"{used[line]:4} × {line[2]}" if used[line] else f"out of date: {' | '.join(line)}")
    return 1 if used[None] or not all(used[line] for line in meant) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
