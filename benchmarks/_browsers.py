"""Browsers in front of a shop that is really served: gunicorn, two workers, HTTP sessions, the forms of its pages."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import requests
from bs4 import BeautifulSoup

from config import services
from config.processes import PROCESSES

PATIENCE = 120  # seconds, for one page and for the server to come up


@contextlib.contextmanager
def served_shop(**environment: str) -> Iterator[str]:
    """The address of our shop, served in the words of config/processes.py on a free port. It ends with the block."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    log = services.var_dir() / "served_shop.log"
    address = f"http://127.0.0.1:{port}"
    given = os.environ | {
        "WEB_CONCURRENCY": "2",
        "GUNICORN_CMD_ARGS": f"--bind=127.0.0.1:{port}",
        "SITE_URL": address,
        "TRUSTED_PROXIES": "1",  # each browser says its own address, or all would share one count of tries
        **environment,
    }
    with log.open("wb") as file:
        gunicorn = subprocess.Popen(
            [sys.executable, "-m", *PROCESSES["web"]], cwd=services.ROOT, env=given, stdout=file, stderr=file
        )
    try:
        _wait_for(address, gunicorn)
        yield address
    finally:
        gunicorn.terminate()
        try:
            gunicorn.wait(timeout=30)
        except subprocess.TimeoutExpired:
            gunicorn.kill()
            gunicorn.wait()


def _wait_for(address: str, gunicorn: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and gunicorn.poll() is None:
        with contextlib.suppress(requests.ConnectionError):
            requests.get(f"{address}/en/basket/", timeout=PATIENCE)
            return
        time.sleep(0.2)
    raise SystemExit(f"our shop was not served: see {services.var_dir() / 'served_shop.log'}")


class Browser:
    """One shopper's browser. `page` and `address` are what it shows."""

    def __init__(self, site: str, number: int) -> None:
        self.site = site
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy between us and our own server
        # A kept connection may be closed while its shopper waits for others: a browser asks anew, requests gives up.
        self.session.headers["Connection"] = "close"
        self.session.headers["X-Forwarded-For"] = f"10.1.{number // 250}.{number % 250 + 1}"
        self.status = 0
        self.address = ""
        self.page = BeautifulSoup("", "html.parser")

    def open(self, path: str) -> None:
        self._show(self.session.get(urljoin(self.site, path), timeout=PATIENCE))

    def post(self, path: str, **fields: Any) -> None:
        """A form that need not be on the page."""
        data = {"csrfmiddlewaretoken": self.session.cookies.get("csrftoken", ""), **fields}
        self._show(self.session.post(urljoin(self.site, path), data=data, timeout=PATIENCE))

    def send(self, path: str, **fields: Any) -> None:
        """The form on the page that goes to `path`, as it stands, with these fields filled in."""
        form = self.page.select_one(f'form[action="{path}"]')
        if form is None:
            raise LookupError(f"{self.address} has no form to {path}: {self.status}, {self.told()}")
        hidden = {str(each["name"]): str(each.get("value", "")) for each in form.select("input[type=hidden][name]")}
        self._show(self.session.post(urljoin(self.site, path), data={**hidden, **fields}, timeout=PATIENCE))

    def wait(self) -> None:
        """Until the page no longer asks to be loaded again, as it does of browsers that run no scripts."""
        until = time.monotonic() + PATIENCE
        while (again := self.page.select_one("meta[http-equiv=refresh]")) and time.monotonic() < until:
            time.sleep(int(str(again["content"])))
            self.open(self.address)

    def twin(self) -> "Browser":
        """The same session and page once more: an impatient finger, a second tab."""
        twin = Browser(self.site, 0)
        twin.session.headers.update(self.session.headers)
        twin.session.cookies.update(self.session.cookies)
        twin.page, twin.address, twin.status = self.page, self.address, self.status
        return twin

    def told(self) -> str:
        """What the page announces; its heading where it announces nothing."""
        texts = [" ".join(each.get_text(" ").split()) for each in self.page.select(".messages .notice, [role=alert]")]
        heading = self.page.h1.get_text(" ", strip=True) if self.page.h1 else f"a page with status {self.status}"
        return " / ".join(dict.fromkeys(texts)) or heading

    def _show(self, answer: requests.Response) -> None:
        self.status, self.address = answer.status_code, answer.url
        self.page = BeautifulSoup(answer.text, "html.parser")
