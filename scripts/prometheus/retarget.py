"""Our scrape configuration for a platform on other ports: `retarget.py FIRST COUNT`, from stdin to stdout.

`--ports FIRST` gives the services their ports in the order of the registry, so who listens where does not matter here: a
service says itself who it is. The last six of the configuration are the simulators, which have a job of their own.
"""

import re
import sys


def main() -> None:
    first, count = int(sys.argv[1]), int(sys.argv[2])
    lines = sys.stdin.read()
    targets = re.findall(r"127\.0\.0\.1:\d+ #.*", lines)
    if len(targets) != count:
        sys.exit(f"prometheus.yml names {len(targets)} targets, and there are {count} services")
    ports = iter(range(first, first + count))
    lines = re.sub(r"127\.0\.0\.1:\d+ #.*", lambda _: f"127.0.0.1:{next(ports)}", lines)
    print(re.sub(r"(scrape|evaluation)_interval: \S+", r"\1_interval: 1s", lines), end="")


main()
