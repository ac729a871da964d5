"""Starting, sharing and ending the servers."""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from config.services import postgres, valkey
from config.services.places import (
    ServiceError,
    log_file,
    make_var_dir,
    own_directory,
    processes_in,
    socket_dir,
    var_dir,
)

STARTS_WITHIN = 60.0  # seconds; a crash recovery may take a while
STOPS_WITHIN = 30.0
SETTLES_WITHIN = 3.0  # before a server that runs but does not answer is ended and started again

_children: dict[int, subprocess.Popen[bytes]] = {}  # kept, so that whoever started a server also reaps it


@dataclass(frozen=True)
class Service:
    """One server: how it is told apart in the process table, made ready, started, probed and ended."""

    name: str  # of its process
    data: Path  # its working directory
    is_ready: Callable[[], bool]
    prepare: Callable[[], None]
    command: Callable[[], list[str]]
    stop_signal: signal.Signals


def all_services() -> list[Service]:
    database = Service(
        "postgres", var_dir() / "postgres", postgres.is_ready, postgres.prepare, postgres.command, signal.SIGINT
    )
    broker = Service(
        "valkey-server", var_dir() / "valkey", valkey.is_ready, valkey.prepare, valkey.command, signal.SIGTERM
    )
    return [database, broker]


def _wanted() -> list[Service]:
    database, broker = all_services()
    wanted = [] if os.environ.get("DATABASE_URL") else [database]
    return wanted if os.environ.get("REDIS_URL") else [*wanted, broker]


@contextlib.contextmanager
def running() -> Iterator[None]:
    """Have the services up for as long as the block runs; stop them behind the last user.

    Raises ServiceError if one does not start.
    """
    if not _wanted():
        yield
        return
    owner = os.getpid()
    with _ends_on_sigterm(), _lock_file("services.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        try:
            start()
            yield
        finally:
            if os.getpid() == owner:  # a forked child that unwinds through here is not the user who came in
                _stop_if_last(lock)


def start() -> None:
    """Start what is not up yet. Any number of processes may call this at once. Raises ServiceError."""
    with _lock_file("start.lock") as mutex:
        fcntl.flock(mutex, fcntl.LOCK_EX)
        for service in _wanted():
            _ensure(service)


def stop(*, force: bool = False) -> None:
    """Stop the services. Raises ServiceError if a process still uses them, unless forced."""
    with _lock_file("services.lock") as lock:
        if not force and not _try_exclusive(lock):
            users = ", ".join(map(str, users_of_services()))
            raise ServiceError(f"still in use by process {users}; end it first, or stop with --force.")
        _end_all(all_services())


def users_of_services() -> list[int]:
    """The ids of the processes that hold the services up."""
    with contextlib.suppress(FileNotFoundError):
        inode = (var_dir() / "services.lock").stat().st_ino
        rows = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
        return sorted({int(row[4]) for row in rows if row[1] == "FLOCK" and row[5].endswith(f":{inode}")})
    return []


def _ensure(service: Service) -> None:
    """Have the service answer: as it is, after a wait, or newly started. The caller holds start.lock."""
    if service.is_ready():
        return
    own_directory(socket_dir(), os.getuid(), 0o711 if os.geteuid() == 0 else 0o700)
    if _pids(service):  # still starting, still stopping, or left without a master or without its socket
        _wait(lambda: service.is_ready() or not _pids(service), SETTLES_WITHIN)
        if service.is_ready():
            return
        _end(service)
    service.prepare()
    log = log_file(service.name)
    said_before = log.stat().st_size if log.exists() else 0
    child = _spawn(service, log)
    _wait(lambda: child.poll() is not None or service.is_ready(), STARTS_WITHIN)
    if not service.is_ready():
        _end(service)
        tail = "\n".join(log.read_bytes()[said_before:].decode(errors="replace").splitlines()[-12:])
        if "Bad file format reading the append only file" in tail:
            _put_aside(service)
            _ensure(service)
            return
        raise ServiceError(f"{service.name} did not start. The end of {log}:\n{tail}")


def _put_aside(service: Service) -> None:
    """Keep under another name what the server cannot read any more: Valkey holds no truth, only traces to copy."""
    aside = service.data.with_name(f"{service.data.name}.damaged-{time.time_ns()}")
    service.data.rename(aside)
    print(f"{service.name}: its data was damaged (a power cut?) and is put aside as {aside}", file=sys.stderr)


def _spawn(service: Service, log: Path) -> subprocess.Popen[bytes]:
    """Start the server in a session of its own, so that Ctrl-C in our terminal is none of its business."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    with log.open("ab") as out:
        child = subprocess.Popen(
            service.command(),
            cwd=service.data,
            env=clean,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            umask=0o077,
        )
    _children[child.pid] = child
    return child


def _stop_if_last(lock: IO[bytes]) -> None:
    if _try_exclusive(lock):
        _end_all(_wanted())


def _end_all(ended: list[Service]) -> None:
    for service in ended:
        _end(service)
    shutil.rmtree(socket_dir(), ignore_errors=True)


def _end(service: Service) -> None:
    """End the service's processes: politely, then less so."""
    for sign, patience in ((service.stop_signal, STOPS_WITHIN), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
        for pid in masters(service):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
        if _wait(lambda: not _pids(service), patience):
            return
    raise ServiceError(f"{service.name} does not end: process {_pids(service)}.")


def _pids(service: Service) -> list[int]:
    """The processes of this very server: told by their name and by the directory they work in."""
    for child in _children.values():
        child.poll()
    return [pid for pid in processes_in(service.data) if _name(pid) == service.name]


def _name(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def masters(service: Service) -> list[int]:
    """Those of its processes that end the others: children of none of them (after kill -9 of a master, all are)."""
    pids = _pids(service)
    return [pid for pid in pids if _parent(pid) not in pids]


def _parent(pid: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


@contextlib.contextmanager
def _lock_file(name: str) -> Iterator[IO[bytes]]:
    """The open lock file; what is locked on it is free again when it closes, whatever happens to the process."""
    with (make_var_dir() / name).open("ab") as file:
        yield file


def _try_exclusive(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(is_over: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not is_over():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@contextlib.contextmanager
def _ends_on_sigterm() -> Iterator[None]:
    """Let SIGTERM unwind the block (as Ctrl-C does) where nobody has said otherwise, so that it cleans up."""
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    def leave(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
