"""The long-running processes of the shop, in the very words that `make up` and docker-compose.yml start them with.

What differs between the two comes from the environment: GUNICORN_CMD_ARGS (`--bind=…`) and WEB_CONCURRENCY, both read
by gunicorn itself. `python -m config.processes web|worker|beat` asks whether one of them is well (for health checks).
"""

import http.client
import os
import subprocess
import sys
import time
from urllib.parse import urlsplit

from config.services import var_dir

PROCESSES: dict[str, list[str]] = {
    "web": [
        "gunicorn",
        "config.wsgi:application",
        "--threads=4",
        "--timeout=60",
        "--graceful-timeout=10",
        "--keep-alive=5",
        "--forwarder-headers=",  # no header may say where the shop is mounted: it would stand in everybody's links
        "--max-requests=20000",
        "--max-requests-jitter=2000",
        "--worker-tmp-dir=/dev/shm",  # a worker's heartbeat must not wait for a busy disk
        "--access-logfile=-",
        "--no-control-socket",
    ],
    "worker": [
        "celery",
        "--app=config",
        "worker",
        "--concurrency=2",
        "--max-tasks-per-child=1000",
        "--without-gossip",
        "--without-mingle",
        "--loglevel=INFO",
    ],
    # Where beat keeps its schedule is CELERY_BEAT_SCHEDULE_FILENAME, so that it lies in the var directory in force.
    "beat": ["celery", "--app=config", "beat", "--pidfile=", "--loglevel=INFO"],
}
BEAT_WRITES_WITHIN = 600  # seconds; it saves its schedule every three minutes


def as_module(command: list[str]) -> list[str]:
    """The command by this very interpreter: the scripts in .venv/bin know only the path they were installed at."""
    return [sys.executable, "-m", *command]


def web_is_well(port: int) -> bool:
    """Whether the web server on this machine answers the home page without an error."""
    host = urlsplit(os.environ.get("SITE_URL", "")).hostname or "localhost"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/", headers={"Host": host, "X-Forwarded-Proto": "https"})
        return connection.getresponse().status < 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def worker_is_well() -> bool:
    """Whether a worker on this very host answers a ping through the broker."""
    ping = ["celery", "--app=config", "inspect", "ping", f"--destination=celery@{os.uname().nodename}", "--timeout=5"]
    return subprocess.run(as_module(ping), stdout=subprocess.DEVNULL, check=False).returncode == 0


def beat_is_well() -> bool:
    """Whether beat has saved its schedule lately."""
    saved = max((path.stat().st_mtime for path in (var_dir() / "beat").glob("*")), default=0.0)
    return time.time() - saved < BEAT_WRITES_WITHIN


def main() -> None:
    """Exit with 0 if the named process is well, with 1 if it is not."""
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    checks = {"web": lambda: web_is_well(8000), "worker": worker_is_well, "beat": beat_is_well}
    if name not in checks:
        sys.exit(f"usage: python -m config.processes {'|'.join(checks)}")
    sys.exit(0 if checks[name]() else f"{name} is not well")


if __name__ == "__main__":
    main()
