"""Starts the platform and fuzzes every service by the OpenAPI document that it serves. Prints what was found, and one
line a service; exit 1 when anything was found, a service panicked, or the platform did not stop cleanly.

    fuzz.py PAYMENTS [SERVICE...]     PAYMENTS is the program; some services alone, or all that run

The services listen on their registered ports, so this runs in a network of its own: scripts/conformance.sh makes it.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
# A service that takes longer hangs.
LIMIT_SECONDS = 300
AT_ONCE = 2
COLUMNS = ("service", "operations", "cases", "accepted", "findings", "seconds")


@contextlib.contextmanager
def running(payments: str, folder: Path):
    """The platform, while it runs: the addresses of its services by their names. It must stop when it is told to."""
    log = folder / "log"
    with log.open("w") as out:
        platform = subprocess.Popen([payments, "up", "--dir", folder / "stores"], stdout=out, stderr=out)
    try:
        while "Ctrl-C stops" not in log.read_text():
            if platform.poll() is not None:
                raise SystemExit(f"fuzz: the platform did not start\n{log.read_text()}")
            time.sleep(0.05)
        yield dict(re.findall(r'listening service="(.+?)" url="(.+?)"', log.read_text()))
    finally:
        platform.send_signal(signal.SIGTERM)
        if platform.wait(60) != 0:
            raise SystemExit(f"fuzz: the platform did not stop cleanly\n{log.read_text()[-5000:]}")
    if panics := re.findall(r".*panicked at.*", log.read_text()):
        raise SystemExit("fuzz: a service panicked\n" + "\n".join(panics))


def fuzz(service: str, url: str, folder: Path) -> dict:
    """What schemathesis says of one service; its own text under `text`."""
    report = folder / f"{service}.json"
    command = [Path(sys.executable).parent / "schemathesis", "--config-file", HERE / "schemathesis.toml", "run",
               f"{url}/swagger/doc.json", "--no-color", "--report-json-path", report,
               # Whoever does not serve an operation says so, and nothing else can be asked of it.
               "--exclude-by", "/x-not-implemented == true"]
    where = {"CONFORMANCE_FOLDER": folder / "stores", "CONFORMANCE_DOCUMENTS": folder / "documents",
             "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": HERE}
    # Where it keeps its notes.
    home = folder / service
    home.mkdir()
    began = time.monotonic()
    done = subprocess.run(command, env=os.environ | {k: str(v) for k, v in where.items()}, cwd=home, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_SECONDS)
    if not report.exists():
        raise SystemExit(f"fuzz: {service} was not tested\n{done.stdout}")
    return json.loads(report.read_text()) | {"text": done.stdout, "seconds": round(time.monotonic() - began)}


def row(service: str, said: dict) -> list:
    operations, cases = said["operations"], said["test_cases"]
    rates = [rate for phases in said["valid_rates"].values() for rate in phases.values()]
    accepted, asked = sum(rate["accepted"] for rate in rates), sum(sum(rate.values()) for rate in rates)
    return [service, f"{operations['tested']}/{operations['selected']}", cases["generated"],
            f"{accepted}/{asked}", cases["unique_failures"] + len(said["errors"]), said["seconds"]]


def is_fine(said: dict) -> bool:
    return said["exit_code"] == 0 and said["operations"]["tested"] == said["operations"]["selected"]


def main(payments: str, *wanted: str) -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([payments, "openapi", "--out", folder / "documents"], check=True, stdout=subprocess.DEVNULL)
        with running(payments, folder) as urls:
            # A simulator may have an interface that is declared nowhere. The longest documents come first.
            documents = {file.stem: file.stat().st_size for file in (folder / "documents").iterdir()}
            services = [service for service in urls if service in documents and (service in wanted or not wanted)]
            services.sort(key=documents.get, reverse=True)
            with ThreadPoolExecutor(AT_ONCE) as workers:
                found = dict(zip(services, workers.map(lambda service: fuzz(service, urls[service], folder), services)))
    for said in found.values():
        if not is_fine(said):
            print(said["text"])
    for line in [COLUMNS, *sorted(row(service, said) for service, said in found.items())]:
        print("{:26} {:>10} {:>8} {:>12} {:>8} {:>8}".format(*line))
    return 0 if all(map(is_fine, found.values())) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
