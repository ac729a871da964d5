"""The whole shop with one command: `make up`, that is `python -m config.up --port 8000`.

Starts the services, brings database and demo data up to date, runs catcher, web, worker and beat, and ends all of them
when it ends. The children are told by the kernel if it is killed (PR_SET_PDEATHSIG, by `setpriv`), so nothing survives.
"""

import argparse
import contextlib
import fcntl
import http.client
import importlib.util
import io
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from config import services
from config.processes import PROCESSES, as_module

ANSWERS_WITHIN = 90.0  # seconds until the home page must answer
ENDS_WITHIN = 20.0  # seconds a child gets between SIGTERM and SIGKILL
CALM_AFTER = 60.0  # seconds after which a child counts as running well
SLOWEST_RESTART = 30.0
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOGINS = (  # of the demo's people; they exist only where load_demo ran
    ("ada@example.com", "customer", "esnaf"),
    ("grace@example.com", "agent", "esnaf"),
    ("linus@example.com", "manager", "esnaf"),
)


class UpError(RuntimeError):
    """The shop cannot be brought up; the text tells a person why and what to do."""


class Stopped(BaseException):
    """A signal asked for the end. Not an Exception: nothing on the way may swallow it."""


@dataclass
class Child:
    """One of the long-running processes."""

    name: str
    command: list[str]
    inherits: tuple[int, ...] = ()  # open files of ours, by number, that it alone gets
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    restart_at: float = 0.0

    def start(self, environment: dict[str, str]) -> None:
        """Start it in a process group of its own: Ctrl-C is for the supervisor, who ends things in order."""
        self.started = time.monotonic()
        with services.log_file(self.name).open("ab") as out:
            self.process = subprocess.Popen(
                [services.tool("setpriv"), "--pdeathsig=TERM", "--", *self.command],
                cwd=services.ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                pass_fds=self.inherits,
            )

    def signal(self, sign: signal.Signals) -> None:
        """Send the whole group a signal, if it is still there."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, sign)


@dataclass
class Site:
    """Where things are while this runs."""

    port: int
    environment: dict[str, str] = field(default_factory=dict)
    smtp: socket.socket | None = None  # where the catcher takes mail; none if mail goes elsewhere
    mailbox: socket.socket | None = None  # and where it shows it

    @property
    def address(self) -> str:
        return self.environment["SITE_URL"].rstrip("/")


def main() -> int:
    """Bring the shop up, keep it up, take it down; 0 if a person ended it."""
    parser = argparse.ArgumentParser(prog="make up", usage="make up [PORT=8000]")
    parser.add_argument("--port", default="8000")
    options = parser.parse_args()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace", line_buffering=True)
    for sign in ENDING:
        signal.signal(sign, on_signal)
    try:
        run(options.port)
    except (UpError, services.ServiceError) as error:
        print(f"\nmake up: {error}", file=sys.stderr)
        return 1
    except Stopped:
        pass
    say("All stopped.")
    return 0


def on_signal(number: int, frame: FrameType | None) -> None:
    """Unwind to the end of `run`; from then on a further Ctrl-C only shortens the waiting."""
    raise Stopped


def run(port_text: str) -> None:
    """Everything between the command and its end. Raises UpError, ServiceError or Stopped."""
    began = time.monotonic()
    with only_one(port_text):
        site = make_site(free_port(port_text))
        with contextlib.ExitStack() as stack:
            with step("Postgres and Valkey"):
                stack.enter_context(services.running())
            prepare(site)
            children = make_children(site)
            stack.callback(stop_all, children)
            for child in children:
                child.start(site.environment)
            with step("the shop"):
                wait_for_home(site, children)
            print_welcome(site, time.monotonic() - began)
            watch(children, site)


def prepare(site: Site) -> None:
    """Bring translations, database, demo data and static files up to date."""
    environment = site.environment
    if importlib.util.find_spec("config.translations"):
        with step("translations"):
            work(["-m", "config.translations", "compile"], environment)
    with step("database schema"):
        work(["manage.py", "migrate", "--noinput", "--verbosity=0"], environment)
    if is_demo(site):
        with step("demo shop"):
            work(["manage.py", "load_demo"], environment, shows_progress=True)
    if environment.get("DEBUG", "1").lower() not in {"1", "true", "yes", "y", "on", "ok", "t"}:
        with step("static files"):
            work(["manage.py", "collectstatic", "--noinput", "--verbosity=0"], environment)


def is_demo(site: Site) -> bool:
    """Whether the database is our own embedded one: made-up customers have no business in any other."""
    return not site.environment.get("DATABASE_URL")


def work(command: list[str], environment: dict[str, str], *, shows_progress: bool = False) -> None:
    """Run one preparing command to its end. Raises UpError with what it said if it fails."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=services.ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=None if shows_progress else subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        start_new_session=True,  # Ctrl-C ends it through us, without a traceback of its own
    )
    if done.returncode:
        raise UpError(f"`{' '.join(command)}` failed:\n{done.stdout.strip()}")


# --- ports and environment --------------------------------------------------------------------------------------------


@contextlib.contextmanager
def only_one(port_text: str) -> Iterator[None]:
    """Hold the lock that tells a second `make up` of this checkout that there is a first. Raises UpError."""
    with (services.make_var_dir() / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise UpError(f"it is running already: {lock.read().strip()}. End it with Ctrl-C there.") from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, http://localhost:{port_text}/")
        lock.flush()
        yield


def free_port(text: str) -> int:
    """The port as a number, free for us to listen on. Raises UpError that says what to do."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise UpError(f"PORT={text} is no port: take a number from 1024 to 65535, like `make up PORT=8001`.")
    port = int(text)
    if not is_free(port):
        raise UpError(
            f"port {port} is taken by another program: try `make up PORT={port + 1 if port < 65535 else 8001}`."
        )
    return port


def is_free(port: int) -> bool:
    """Whether we may listen on the port, and nobody answers for it on IPv6's localhost either."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen()
        except PermissionError:
            raise UpError(f"port {port} is for root only: try `make up PORT=8000`.") from None
        except OSError:
            return False
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as other:
        other.settimeout(1)
        return other.connect_ex(("::1", port)) != 0
    return True


def listen(wanted: int) -> socket.socket:
    """A socket that listens on the wanted port if that is free, else on any.

    Listening from the moment of the choice, it cannot be chosen by another `make up` in the same second.
    """
    if is_free(wanted):
        with contextlib.suppress(OSError):  # somebody else was quicker
            return socket.create_server(("127.0.0.1", wanted))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))  # without SO_REUSEADDR, which would let another bind it before we listen
    listener.listen()
    return listener


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def make_site(port: int) -> Site:
    """Take the ports of the mail catcher, for as long as we run, and make the environment that all children share."""
    services.load_dotenv()
    site = Site(port, environment=dict(os.environ))
    given = site.environment
    if not given.get("EMAIL_URL"):
        site.smtp, site.mailbox = listen(1025), listen(8025)
        given["EMAIL_URL"] = f"smtp://127.0.0.1:{port_of(site.smtp)}"
    given.setdefault("SITE_URL", f"http://localhost:{port}")
    given.setdefault("WEB_CONCURRENCY", "2")
    given["GUNICORN_CMD_ARGS"] = f"{given.get('GUNICORN_CMD_ARGS', '')} --bind=127.0.0.1:{port}".strip()
    given["DJANGO_SETTINGS_MODULE"] = given.get("DJANGO_SETTINGS_MODULE") or "config.settings"
    given["PYTHONUNBUFFERED"] = "1"
    given["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{given.get('PATH', os.defpath)}"
    return site


# --- the children -----------------------------------------------------------------------------------------------------


def make_children(site: Site) -> list[Child]:
    """The catcher, unless mail goes elsewhere, and the three processes of the shop."""
    (services.var_dir() / "beat").mkdir(exist_ok=True)
    children = [Child(name, as_module(command)) for name, command in PROCESSES.items()]
    if site.smtp and site.mailbox:  # ours, lent to it: who sends while it is started again waits, and is not refused
        smtp, mailbox = site.smtp.fileno(), site.mailbox.fileno()
        command = as_module(["config.catcher", f"--smtp-fd={smtp}", f"--http-fd={mailbox}"])
        children.insert(0, Child("catcher", command, inherits=(smtp, mailbox)))
    return children


def wait_for_home(site: Site, children: list[Child]) -> None:
    """Return when the home page answers. Raises UpError with the end of the log if it does not in time."""
    web = next(child for child in children if child.name == "web")
    deadline = time.monotonic() + ANSWERS_WITHIN
    while not home_answers(site):
        mind(children, site)
        if time.monotonic() > deadline or web.failures >= 3:
            end = "\n".join(services.log_file("web").read_text(errors="replace").splitlines()[-60:])
            raise UpError(f"the shop does not answer. The end of {services.log_file('web')}:\n{end}")
        time.sleep(0.1)


def home_answers(site: Site) -> bool:
    """Whether the home page comes, the one in a language if `/` leads there."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    try:
        path, status = "/", 0
        for _ in range(3):
            connection.request("GET", path, headers={"Host": urlsplit(site.address).netloc})
            response = connection.getresponse()
            response.read()
            path, status = response.headers.get("Location", ""), response.status
            if not path.startswith("/"):
                break
        return status in {200, 301, 302}
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def watch(children: list[Child], site: Site) -> None:
    """Mind the children until a signal ends it."""
    while True:
        mind(children, site)
        time.sleep(0.2)


def mind(children: list[Child], site: Site) -> None:
    """Restart the child that has died, saying so; later each time it dies soon again."""
    now = time.monotonic()
    for child in children:
        if child.process is None:
            if now >= child.restart_at:
                child.start(site.environment)
        elif (code := child.process.poll()) is not None:
            child.signal(signal.SIGKILL)  # what it left of its own children
            child.process = None
            child.failures = 1 if now - child.started > CALM_AFTER else child.failures + 1
            pause = min(2.0 ** (child.failures - 1), SLOWEST_RESTART)
            child.restart_at = now + pause
            log = services.var_dir() / "log" / f"{child.name}.log"
            say(f"  ! {child.name} {fate(code)}; starting it again in {pause:.0f} s (see {log})")


def fate(code: int) -> str:
    """What an exit code says, in words."""
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


def stop_all(children: list[Child]) -> None:
    """End the children: the catcher last, since a worker may be handing it a mail. A further Ctrl-C kills them."""
    say("\nStopping …")
    first = [child for child in children if child.name != "catcher"]
    for group in (first, [child for child in children if child.name == "catcher"]):
        with contextlib.suppress(Stopped):
            for child in group:
                if child.process is not None:
                    child.process.terminate()
            deadline = time.monotonic() + ENDS_WITHIN
            while any(c.process and c.process.poll() is None for c in group) and time.monotonic() < deadline:
                time.sleep(0.05)
        for child in group:
            child.signal(signal.SIGKILL)
            if child.process is not None:
                child.process.wait()
    for sign in ENDING:
        signal.signal(sign, signal.SIG_IGN)  # the services end next, and soon


# --- what a person sees -----------------------------------------------------------------------------------------------


def say(text: str) -> None:
    """Print, also where the terminal is gone already: the end must not fail for want of an audience."""
    with contextlib.suppress(OSError):
        print(text, flush=True)


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """Say what is being done and, at its end, how long it took."""
    live = sys.stdout.isatty()
    if live:
        print(f"  … {name}", end="\r", flush=True)
    began = time.monotonic()
    yield
    print(f"  ✓ {name:24}{time.monotonic() - began:6.1f} s")


def print_welcome(site: Site, seconds: float) -> None:
    """The addresses and the logins."""
    home = site.address
    mail = (
        f"http://localhost:{port_of(site.mailbox)}/"
        if site.mailbox
        else f"goes to {urlsplit(site.environment['EMAIL_URL']).hostname}"
    )
    rows = [
        ("shop", f"{home}/tr/   {home}/en/"),
        ("help", f"{home}/tr/help/   {home}/en/help/"),
        ("back office", f"{home}/admin/"),
        ("mail", mail),
        ("logs", shlex.quote(f"{services.var_dir() / 'log'}/") + "{web,worker,beat}.log"),
    ]
    print(f"\nEsnaf is open ({seconds:.0f} s).\n")
    for name, value in rows:
        print(f"  {name:13} {value}")
    if is_demo(site):
        print("\n  Log in as")
        for login, role, password in LOGINS:
            print(f"    {login:20} {role:10} password: {password}")
    print("\nCtrl-C stops everything.")


if __name__ == "__main__":
    sys.exit(main())
