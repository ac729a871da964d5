"""`make up` opens the shop, says what stands in its way, and leaves nothing behind, however it ends."""

import contextlib
import http.client
import os
import secrets
import signal
import smtplib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes
from pathlib import Path

import psutil
import pytest

from tests.config.checkout import PATIENCE, Checkout, eventually


@pytest.fixture
def ports() -> Iterator[Callable[[], int]]:
    """`ports()`: one that is ours until the end of the test, though nobody listens on it yet.

    Below those that the kernel gives to whoever connects to something, and claimed by a name that no other test run of
    this machine can have at the same time.
    """
    with contextlib.ExitStack() as claims:

        def claim() -> int:
            while True:
                port = 20_000 + secrets.randbelow(10_000)
                name = socket.socket(socket.AF_UNIX)
                try:
                    name.bind(f"\0esnaf-test-port-{port}")
                    socket.create_server(("127.0.0.1", port)).close()
                except OSError:
                    name.close()
                else:
                    claims.enter_context(name)
                    return port

        yield claim


@pytest.fixture
def port(ports: Callable[[], int]) -> int:
    return ports()


def begin(checkout: Checkout, port: int) -> tuple[subprocess.Popen[str], str]:
    """Run `make up` until it says that the shop is open; the process and all it said until then."""
    up = checkout.start("-m", "config.up", "--port", str(port))
    return up, read_until_open(up)


def read_until_open(up: subprocess.Popen[str]) -> str:
    assert up.stdout
    said = ""
    for line in up.stdout:
        said += line
        if "Ctrl-C stops everything" in line:
            return said
    raise AssertionError(said)


def mail_port(checkout: Checkout) -> int:
    """Where the children of the one that runs here send their mail to."""
    environment = Path(f"/proc/{checkout.leaders('gunicorn')[0]}/environ").read_bytes().split(b"\0")
    [url] = [line.decode() for line in environment if line.startswith(b"EMAIL_URL=")]
    return int(url.removeprefix("EMAIL_URL=smtp://127.0.0.1:"))


def send(port: int, subject: str) -> None:
    with smtplib.SMTP("127.0.0.1", port) as server:
        server.sendmail("shop@example.com", ["ada@example.com"], f"Subject: {subject}\r\n\r\nThere\r\n")


def subjects(checkout: Checkout) -> list[str]:
    """Of the mails that its catcher got, in the order of their coming."""
    mails = sorted((checkout.path / "var" / "mail").glob("*.eml"))
    return [str(message_from_bytes(mail.read_bytes())["Subject"]) for mail in mails]


def listeners(checkout: Checkout, port: int) -> set[int]:
    """The processes that have the port open."""
    return {
        pid
        for pid in checkout.processes()
        for each in psutil.Process(pid).net_connections("tcp")
        if each.status == psutil.CONN_LISTEN and each.laddr.port == port
    }


def home(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def finish(up: subprocess.Popen[str], sign: signal.Signals) -> tuple[int, str]:
    """End it as a terminal does, with a signal to its whole group."""
    os.killpg(up.pid, sign)
    said, _ = up.communicate(timeout=PATIENCE)
    return up.returncode, said


def test_it_opens_the_whole_shop_and_ctrl_c_ends_all_of_it(checkout: Checkout, port: int) -> None:
    up, said = begin(checkout, port)
    assert f"http://localhost:{port}/tr/" in said
    assert "grace@example.com    agent" in said
    assert home(port) == 200
    assert eventually((checkout.path / "var" / "ticks").exists), "beat gave the worker nothing to do"
    code, end = finish(up, signal.SIGINT)
    assert (code, "All stopped." in end) == (0, True), end
    assert checkout.is_quiet(), checkout.processes()


# What each of two does once it has chosen its ports, before it starts anything that uses them.
MEET = """
import time
from pathlib import Path
from django.core.management import BaseCommand
class Command(BaseCommand):
    def handle(self, **options):
        Path("here").touch()
        while not (Path("..") / {other!r} / "here").exists():
            time.sleep(0.01)
"""


def test_two_that_choose_at_the_same_time_have_a_catcher_each(
    new_checkout: Callable[[str], Checkout], ports: Callable[[], int]
) -> None:
    shops = {"one": new_checkout("one"), "two": new_checkout("two")}
    for name, other in (("one", "two"), ("two", "one")):
        command = shops[name].path / "config" / "management" / "commands" / "load_demo.py"
        command.write_text(MEET.format(other=other))
    ups = [shop.start("-m", "config.up", "--port", str(ports())) for shop in shops.values()]
    said = [read_until_open(up) for up in ups]
    for name, shop in shops.items():
        send(mail_port(shop), f"to {name}")
        assert subjects(shop) == [f"to {name}"]
    said += [finish(up, signal.SIGTERM)[1] for up in ups]
    assert "starting it again" not in "".join(said)
    for shop in shops.values():
        assert shop.is_quiet(), shop.processes()


def test_the_catchers_port_is_kept_while_it_is_started_again(checkout: Checkout, port: int) -> None:
    up, _ = begin(checkout, port)
    catching = mail_port(checkout)
    [first] = checkout.pids("config.catcher")
    assert listeners(checkout, catching) == {up.pid, first}
    send(catching, "before")
    checkout.kill([first])
    assert eventually(lambda: first not in checkout.processes())
    send(catching, "meanwhile")  # waits for the next one
    [second] = checkout.pids("config.catcher")
    assert listeners(checkout, catching) == {up.pid, second}
    assert subjects(checkout) == ["before", "meanwhile"]
    assert finish(up, signal.SIGTERM)[0] == 0
    assert checkout.is_quiet(), checkout.processes()


def test_a_second_one_says_where_the_first_runs(checkout: Checkout, port: int) -> None:
    up, _ = begin(checkout, port)
    code, said = checkout.run("-m", "config.up", "--port", "8765")
    assert code == 1
    assert f"it is running already: process {up.pid}, http://localhost:{port}/" in said
    assert home(port) == 200
    assert finish(up, signal.SIGHUP)[0] == 0  # the terminal was closed
    assert checkout.is_quiet(), checkout.processes()


def test_a_taken_port_is_named_and_another_one_proposed(checkout: Checkout, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        code, said = checkout.run("-m", "config.up", "--port", str(port))
    assert code == 1
    assert f"port {port} is taken by another program: try `make up PORT={port + 1}`" in said
    assert "Traceback" not in said
    assert checkout.is_quiet(), checkout.processes()


@pytest.mark.parametrize("text", ["", "eighty", "0", "70000", "8000; rm", "٣٣"])
def test_a_port_that_is_none_is_refused(checkout: Checkout, text: str) -> None:
    code, said = checkout.run("-m", "config.up", "--port", text)
    assert (code, f"PORT={text} is no port" in said) == (1, True), said
    assert checkout.is_quiet(), checkout.processes()


def test_a_step_that_fails_shows_why_and_leaves_nothing(checkout: Checkout, port: int) -> None:
    (checkout.path / "config" / "management" / "commands" / "load_demo.py").write_text("1 / 0")
    code, said = checkout.run("-m", "config.up", "--port", str(port))
    assert code == 1
    assert "`manage.py load_demo` failed" in said
    assert "ZeroDivisionError" in said
    assert checkout.is_quiet(), checkout.processes()


def test_a_shop_that_does_not_start_shows_its_log_and_leaves_nothing(checkout: Checkout, port: int) -> None:
    (checkout.path / "config" / "wsgi.py").write_text("1 / 0")
    code, said = checkout.run("-m", "config.up", "--port", str(port))
    assert code == 1
    assert "the shop does not answer" in said
    assert "ZeroDivisionError" in said
    assert checkout.is_quiet(), checkout.processes()


def test_a_child_that_dies_is_said_and_started_again(checkout: Checkout, port: int) -> None:
    up, _ = begin(checkout, port)
    checkout.kill(checkout.pids("gunicorn"))
    assert up.stdout
    assert "web was killed by SIGKILL; starting it again in 1 s" in up.stdout.readline()
    assert eventually(lambda: home(port) == 200)
    finish(up, signal.SIGINT)
    assert checkout.is_quiet(), checkout.processes()


def test_killed_the_hard_way_it_takes_its_children_along_and_comes_back(checkout: Checkout, port: int) -> None:
    up, _ = begin(checkout, port)
    up.kill()
    up.communicate(timeout=PATIENCE)
    names = ("gunicorn", "celery", "config.catcher")
    assert eventually(lambda: not any(checkout.pids(name) for name in names)), checkout.processes()
    again, _ = begin(checkout, port)
    assert home(port) == 200
    assert finish(again, signal.SIGINT)[0] == 0
    assert checkout.is_quiet(), checkout.processes()


def test_ctrl_c_while_it_is_still_starting_leaves_nothing(checkout: Checkout, port: int) -> None:
    for pause in (0.0, 0.3, 0.8, 1.5, 2.5):
        (checkout.path / "var" / "up.lock").unlink(missing_ok=True)
        up = checkout.start("-m", "config.up", "--port", str(port))
        assert eventually((checkout.path / "var" / "up.lock").exists)
        time.sleep(pause)
        code, said = finish(up, signal.SIGINT)
        assert (code, "Traceback" in said) == (0, False), said
        assert checkout.is_quiet(), checkout.processes()


def test_a_database_of_your_own_gets_no_demo_people(checkout: Checkout, port: int) -> None:
    checkout.run("-m", "config.services", "start")
    url = checkout.run("-c", "from config import services; print(services.database_url())")[1].strip()
    (checkout.path / ".env").write_text(f"DATABASE_URL={url}\n")
    up, said = begin(checkout, port)
    assert "demo" not in said
    assert "Log in as" not in said
    finish(up, signal.SIGINT)
