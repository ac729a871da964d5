"""The whole shop as `make up` starts it, with worker, beat, mail catcher and demo data, and a real Chromium."""

import email
import email.policy
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils.text import slugify
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
READY_WITHIN = 400.0


@dataclass(frozen=True)
class Shop:
    """The running shop: its address, its environment and where its mails arrive."""

    url: str
    environment: dict[str, str]
    mail_folder: Path

    def mails(self, to: str) -> list[EmailMessage]:
        """What arrived at an address, newest first."""
        paths = sorted(self.mail_folder.glob("*.eml"), reverse=True)
        messages = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths]
        return [message for message in messages if to in str(message["To"])]

    def wait_for_mail(self, to: str, what: Callable[[EmailMessage], bool], *, seconds: float = 40) -> EmailMessage:
        """The newest mail to an address of which `what` is true."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for message in self.mails(to):
                if what(message):
                    return message
            time.sleep(0.3)
        subjects = [str(message["Subject"]) for message in self.mails(to)]
        raise AssertionError(f"the mail to {to} did not arrive within {seconds} s; there are {subjects}")

    def run(self, *arguments: str) -> str:
        """A manage.py command beside the running shop."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return done.stdout


def text_of(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain",))
    assert part is not None
    return str(part.get_content())


def link_in(message: EmailMessage, part: str) -> str:
    """The first address in a mail's text that contains `part`."""
    return next(word for word in text_of(message).split() if word.startswith("http") and part in word)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    var = ROOT / "var" / "journey"
    shutil.rmtree(var, ignore_errors=True)
    var.mkdir(parents=True)
    port = _free_port()
    environment = {
        **os.environ,
        "ESNAF_VAR": str(var),
        "ESNAF_THROWAWAY": "1",
        "MARKETING_QUIET_HOURS": "",
        "SITE_URL": f"http://localhost:{port}",
        "PYTHONPATH": str(ROOT),
    }
    log = (var / "up.log").open("wb")
    up = subprocess.Popen(
        [sys.executable, "-m", "config.up", "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _await_open(var / "up.log", up)
        yield Shop(f"http://localhost:{port}", environment, var / "mail")
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(timeout=60)
        log.close()


def _await_open(log: Path, up: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_WITHIN
    while "Ctrl-C stops everything" not in log.read_text():
        if up.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"the shop did not open:\n{log.read_text()}")
        time.sleep(0.3)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"NO BROWSER TESTS WERE RUN: {CHROMIUM} is missing (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Visitor:
    """Somebody with a browser of their own. Of every page they see: no request failed, axe finds nothing serious."""

    def __init__(self, context: BrowserContext, shop: Shop, language: str) -> None:
        self.page: Page = context.new_page()
        self.shop = shop
        self.troubles: list[str] = []
        self.language = language
        self.page.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))
        self.page.on("response", self._note_response)
        self.page.on("request", self._note_request)

    def _note_response(self, response: Any) -> None:
        if response.status >= 400:
            self.troubles.append(f"{response.status} {response.url}")

    def _note_request(self, request: Any) -> None:
        if not request.url.startswith((self.shop.url, "data:", "blob:")):
            self.troubles.append(f"external request: {request.url}")

    def go(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else self.shop.url + path)
        self.look()

    def press(self, selector: str) -> None:
        """Click what leads to another page, and look at that."""
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()
        self.look()

    def look(self) -> None:
        self._take_picture()
        results = Axe().run(self.page).response
        serious = [
            f"{violation['id']}: {node['html'][:200]}"
            for violation in results["violations"]
            if violation["impact"] in ("serious", "critical")
            for node in violation["nodes"]
        ]
        assert not serious, f"{self.page.url}: {serious}"
        assert not self.troubles, f"{self.page.url}: {self.troubles}"

    def _take_picture(self) -> None:
        """Every page that is looked at, for people to look at, too: into the folder that JOURNEY_SHOTS names."""
        if folder := os.environ.get("JOURNEY_SHOTS"):
            width = (self.page.viewport_size or PHONE)["width"]
            name = f"{time.time():.0f}-{self.language}-{width}-{slugify(urlsplit(self.page.url).path)[:60]}.png"
            self.page.screenshot(path=Path(folder) / name, full_page=True)

    def text(self) -> str:
        return self.page.locator("main, #main").first.inner_text()


@pytest.fixture
def visitor(chromium: Browser, shop: Shop) -> Iterator[Any]:
    """`visitor("tr")`, `visitor("en", DESKTOP)`: a new browser without any past."""
    contexts: list[BrowserContext] = []

    def _visitor(language: str, size: Any = PHONE) -> Visitor:
        locale = {"tr": "tr-TR", "en": "en-GB"}[language]
        context = chromium.new_context(viewport=size, locale=locale, reduced_motion="reduce")
        context.set_default_timeout(20_000)
        contexts.append(context)
        return Visitor(context, shop, language)

    yield _visitor
    for context in contexts:
        context.close()
