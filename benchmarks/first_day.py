"""A newcomer's first day: a fresh clone opened, closed and opened again, then another shop's year of orders imported.

`make up` is timed from the first keystroke to the open shop, package installation included.
"""

import json
import os
import re
import resource
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks._report import DATA, ROOT, Row, write

FILE = DATA / "retail" / "online_retail_train.csv.gz"
OPEN = "Ctrl-C stops everything"
PATIENCE = 900.0


def opened_within(clone: Path, port: int) -> tuple[float, str]:
    """Seconds until `make up` has opened the shop, and what it printed; the shop is closed again."""
    log = clone / "up.log"
    began = time.monotonic()
    with log.open("wb") as out:
        up = subprocess.Popen(
            ["make", "up", f"PORT={port}"], cwd=clone, stdout=out, stderr=out, start_new_session=True, env=environment()
        )
    while OPEN not in log.read_text():
        if up.poll() is not None or time.monotonic() - began > PATIENCE:
            raise SystemExit(f"the shop did not open:\n{log.read_text()}")
        time.sleep(0.1)
    seconds = time.monotonic() - began
    os.killpg(up.pid, signal.SIGINT)
    up.wait()
    return seconds, log.read_text()


def environment() -> dict[str, str]:
    """The benchmark's own services are not the newcomer's."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("ESNAF_", "DATABASE_", "REDIS_"))}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def measure(clone: Path) -> list[Row]:
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    port = free_port()
    first, said = opened_within(clone, port)
    second, _ = opened_within(clone, port)
    demo = re.search(r"demo shop\s+([\d.]+) s", said)
    rows = [
        Row("make up from a fresh clone, packages included", first, 180, "s", less_is_better=True),
        Row("make up the second time", second, 15, "s", less_is_better=True),
        Row("loading the demo shop", float(demo.group(1)) if demo else PATIENCE, 20, "s", less_is_better=True),
    ]
    if FILE.is_file():
        rows += imported(clone)
    else:
        print(f"{FILE} is not there: the import was not measured.")
    return rows


def imported(clone: Path) -> list[Row]:
    began = time.monotonic()
    done = subprocess.run(
        [".venv/bin/python", "manage.py", "import_orders", str(FILE), "--json"],
        cwd=clone,
        env=environment(),
        stdout=subprocess.PIPE,
        check=True,
    )
    seconds = time.monotonic() - began
    summary = json.loads(done.stdout.splitlines()[-1])
    megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    accounted = sum(summary["imported"].values()) + sum(summary["skipped"].values())
    return [
        Row(f"importing {summary['read']:,} order lines", seconds, 300, "s", less_is_better=True),
        Row("largest process until then", megabytes, 500, "MB", less_is_better=True),
        Row("order lines accounted for", accounted / summary["read"], 1, "share"),
    ]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="esnaf first day ") as folder:
        write("first_day", measure(Path(folder) / "esnaf"))


if __name__ == "__main__":
    main()
