"""Shops in front of which a load is put: each one gunicorn with the options of config/processes.py and two workers."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping

from config import services
from config.processes import PROCESSES

WORKERS = "2"
STARTS_WITHIN = 120.0
ENDS_WITHIN = 30.0


def gunicorn(application: str) -> list[str]:
    """The command that serves the shop, with another application in it; its workers stay for the whole measurement.

    One request at a time each (gunicorn's "sync"), as stock Oscar was measured at first: threads of one process wait
    for each other's lock, which measures Python and not the shops.
    """
    words = [application if word == "config.wsgi:application" else word for word in PROCESSES["web"]]
    return [sys.executable, "-m", *words, "--threads=1", "--max-requests=0"]


@contextlib.contextmanager
def served(name: str, application: str, environment: Mapping[str, str]) -> Iterator[int]:
    """The port on 127.0.0.1 that the application is served on; it ends with the block. Its log is `name`.log.

    :raises SystemExit: if it does not come up
    """
    port = _free_port()
    log = services.log_file(name)
    log.parent.mkdir(parents=True, exist_ok=True)
    given = {
        **os.environ,
        "WEB_CONCURRENCY": WORKERS,
        "GUNICORN_CMD_ARGS": f"--bind=127.0.0.1:{port}",
        **environment,
    }
    with log.open("wb") as file:
        process = subprocess.Popen(gunicorn(application), cwd=services.ROOT, env=given, stdout=file, stderr=file)
    try:
        until = time.monotonic() + STARTS_WITHIN
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{name} was not served: see {log}")
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(timeout=ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def in_production(more: Mapping[str, str]) -> dict[str, str]:
    """What our shop needs to run as in production, without TLS in front of it."""
    return {
        "DEBUG": "0",
        "SECRET_KEY": "5iZ0wQ8vN2yT7kLr3XbUe9JcMd6HsPfAqWgVx1RoEnB4tYhKzC-of-a-benchmark",
        "SITE_URL": "http://127.0.0.1",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE_SSL_REDIRECT": "0",
        "REDIS_URL": services.redis_url(),
        "EMAIL_URL": "smtp://127.0.0.1:9",
        "LOG_LEVEL": "WARNING",
        **more,
    }


def collect_static(environment: Mapping[str, str]) -> None:
    """Our static files with their hashed names, into the var directory in force."""
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
    given = {**os.environ, **environment, "DJANGO_SETTINGS_MODULE": "benchmarks._uncompressed"}
    subprocess.run(command, cwd=services.ROOT, env=given, check=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
