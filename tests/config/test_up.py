"""`make up` opens the shop, says what stands in its way, and leaves nothing behind, however it ends."""

import http.client
import os
import signal
import smtplib
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.config.checkout import Checkout, eventually


@pytest.fixture
def port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def begin(checkout: Checkout, port: int) -> tuple[subprocess.Popen[str], str]:
    """Run `make up` until it says that the shop is open; the process and all it said until then."""
    up = checkout.start("-m", "config.up", "--port", str(port))
    assert up.stdout
    said = ""
    for line in up.stdout:
        said += line
        if "Ctrl-C stops everything" in line:
            return up, said
    raise AssertionError(said)


def home(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
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
    said, _ = up.communicate(timeout=60)
    return up.returncode, said


def test_it_opens_the_whole_shop_and_ctrl_c_ends_all_of_it(checkout: Checkout, port: int) -> None:
    up, said = begin(checkout, port)
    assert f"http://localhost:{port}/tr/" in said
    assert "grace@example.com    agent" in said
    assert home(port) == 200
    assert eventually((checkout.path / "var" / "ticks").exists, 30), "beat gave the worker nothing to do"
    code, end = finish(up, signal.SIGINT)
    assert (code, "All stopped." in end) == (0, True), end
    assert checkout.processes() == {}


def test_its_children_send_mail_to_the_catcher(checkout: Checkout, port: int) -> None:
    up, _ = begin(checkout, port)
    environment = Path(f"/proc/{checkout.pids('gunicorn')[0]}/environ").read_bytes().split(b"\0")
    [url] = [line.decode() for line in environment if line.startswith(b"EMAIL_URL=")]
    host, mail_port = url.removeprefix("EMAIL_URL=smtp://").split(":")
    with smtplib.SMTP(host, int(mail_port)) as server:
        server.sendmail("shop@example.com", ["ada@example.com"], "Subject: hello\r\n\r\nThere\r\n")
    assert len(list((checkout.path / "var" / "mail").glob("*.eml"))) == 1
    assert finish(up, signal.SIGTERM)[0] == 0
    assert checkout.processes() == {}


def test_a_second_one_says_where_the_first_runs(checkout: Checkout, port: int) -> None:
    up, _ = begin(checkout, port)
    code, said = checkout.run("-m", "config.up", "--port", "8765")
    assert code == 1
    assert f"it is running already: process {up.pid}, http://localhost:{port}/" in said
    assert home(port) == 200
    assert finish(up, signal.SIGHUP)[0] == 0  # the terminal was closed
    assert checkout.processes() == {}


def test_a_taken_port_is_named_and_another_one_proposed(checkout: Checkout, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        code, said = checkout.run("-m", "config.up", "--port", str(port))
    assert code == 1
    assert f"port {port} is taken by another program: try `make up PORT={port + 1}`" in said
    assert "Traceback" not in said
    assert checkout.processes() == {}


@pytest.mark.parametrize("text", ["", "eighty", "0", "70000", "8000; rm", "٣٣"])
def test_a_port_that_is_none_is_refused(checkout: Checkout, text: str) -> None:
    code, said = checkout.run("-m", "config.up", "--port", text)
    assert (code, f"PORT={text} is no port" in said) == (1, True), said
    assert checkout.processes() == {}


def test_a_step_that_fails_shows_why_and_leaves_nothing(checkout: Checkout, port: int) -> None:
    (checkout.path / "config" / "management" / "commands" / "load_demo.py").write_text("1 / 0")
    code, said = checkout.run("-m", "config.up", "--port", str(port))
    assert code == 1
    assert "`manage.py load_demo` failed" in said
    assert "ZeroDivisionError" in said
    assert checkout.processes() == {}


def test_a_shop_that_does_not_start_shows_its_log_and_leaves_nothing(checkout: Checkout, port: int) -> None:
    (checkout.path / "config" / "wsgi.py").write_text("1 / 0")
    code, said = checkout.run("-m", "config.up", "--port", str(port))
    assert code == 1
    assert "the shop does not answer" in said
    assert "ZeroDivisionError" in said
    assert checkout.processes() == {}


def test_a_child_that_dies_is_said_and_started_again(checkout: Checkout, port: int) -> None:
    up, _ = begin(checkout, port)
    for pid in checkout.pids("gunicorn"):
        os.kill(pid, signal.SIGKILL)
    assert up.stdout
    assert "web was killed by SIGKILL; starting it again in 1 s" in up.stdout.readline()
    assert eventually(lambda: home(port) == 200)
    finish(up, signal.SIGINT)
    assert checkout.processes() == {}


def test_killed_the_hard_way_it_takes_its_children_along_and_comes_back(checkout: Checkout, port: int) -> None:
    up, _ = begin(checkout, port)
    up.kill()
    up.communicate(timeout=10)
    names = ("gunicorn", "celery", "config.catcher")
    assert eventually(lambda: not any(checkout.pids(name) for name in names), 30), checkout.processes()
    again, _ = begin(checkout, port)
    assert home(port) == 200
    assert finish(again, signal.SIGINT)[0] == 0
    assert checkout.processes() == {}


def test_ctrl_c_while_it_is_still_starting_leaves_nothing(checkout: Checkout, port: int) -> None:
    for pause in (0.0, 0.3, 0.8, 1.5, 2.5):
        (checkout.path / "var" / "up.lock").unlink(missing_ok=True)
        up = checkout.start("-m", "config.up", "--port", str(port))
        assert eventually((checkout.path / "var" / "up.lock").exists)
        time.sleep(pause)
        code, said = finish(up, signal.SIGINT)
        assert (code, "Traceback" in said) == (0, False), said
        assert checkout.processes() == {}


def test_a_database_of_your_own_gets_no_demo_people(checkout: Checkout, port: int) -> None:
    checkout.run("-m", "config.services", "start")
    url = checkout.run("-c", "from config import services; print(services.database_url())")[1].strip()
    (checkout.path / ".env").write_text(f"DATABASE_URL={url}\n")
    up, said = begin(checkout, port)
    assert "demo" not in said
    assert "Log in as" not in said
    finish(up, signal.SIGINT)
