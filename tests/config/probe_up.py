"""Asks a running shop for its doors, in both languages, and looks for processes that a stopped one left.

`python tests/config/probe_up.py ask http://localhost:8000` and `python tests/config/probe_up.py left`; used by .ci/run.
"""

import http.client
import re
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("tr", "en")
# What links look like, and what the links look like by way of which they are found; {0} is the language.
PRODUCT = (r"/{0}/catalogue/(?!category/)[^?#]+_\d+/", r"/{0}/catalogue/category/[^?#]+/")
ARTICLE = (r"/{0}/help/articles/[^?#]+/", r"/{0}/help/categories/[^?#]+/")
GONE_WITHIN = 30.0  # seconds
OURS = ("gunicorn", "celery", "config.up", "config.catcher", "/bin/postgres", "valkey-server")


class Links(HTMLParser):
    """Collects where a page leads to, and the language that it says it is in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.language = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the address of a link."""
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.found.append(str(given["href"]))
        elif tag == "html":
            self.language = str(given.get("lang") or "")

    def first(self, pattern: str) -> str | None:
        return next((link for link in self.found if re.fullmatch(pattern, link)), None)


class Probe:
    """Asks for one page after the other and remembers what was wrong."""

    def __init__(self, base: str) -> None:
        self.host = urlsplit(base).netloc
        self.wrong: list[str] = []

    def ask(self, path: str, language: str) -> Links:
        """Get a page in a language; anything but 200 is wrong, and so is another language."""
        began = time.monotonic()
        status, page = self.get(path, language)
        links = Links(page)
        say(f"  {status} {path} ({language}, {1000 * (time.monotonic() - began):.0f} ms)")
        if status != 200:
            self.wrong.append(f"{path} answers {status or page}")
        elif not links.language.startswith(language):
            self.wrong.append(f"{path} says it is in {links.language!r}, not {language!r}")
        return links

    def get(self, path: str, language: str) -> tuple[int, str]:
        """Status and text of a page; 0 and the reason where nobody answers."""
        connection = http.client.HTTPConnection(self.host, timeout=30)
        try:
            connection.request("GET", path, headers={"Accept-Language": language})
            response = connection.getresponse()
            return response.status, response.read().decode("utf-8", "replace")
        except OSError as error:
            return 0, str(error)
        finally:
            connection.close()

    def ask_all(self) -> None:
        """Home, a product, the help pages, an article, the tracking form and the back office's login, twice."""
        for language in LANGUAGES:
            home = self.ask(f"/{language}/", language)
            self.follow(home, PRODUCT, language)
            helped = self.ask(f"/{language}/help/", language)
            self.follow(helped, ARTICLE, language)
            self.ask(f"/{language}/track/", language)
            self.ask("/admin/login/", language)

    def follow(self, page: Links, patterns: tuple[str, str], language: str) -> None:
        """Ask for a page that this one leads to, by way of a category if need be; none to be found is wrong."""
        wanted, category = (pattern.format(language) for pattern in patterns)
        link = page.first(wanted)
        if link is None and (way := page.first(category)):
            link = self.ask(way, language).first(wanted)
        if link is None:
            self.wrong.append(f"no link like {wanted} to be found")
        else:
            self.ask(link, language)


def say(line: str) -> None:
    """Print at once, in order with what the shell around it prints."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def left_over() -> dict[int, str]:
    """The processes of `make up` that still work in this checkout, once those that are just going have gone."""
    deadline = time.monotonic() + GONE_WITHIN
    while (found := ours()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def ours() -> dict[int, str]:
    """The processes of `make up` that work in this checkout."""
    homes = {ROOT, ROOT / "var" / "postgres", ROOT / "var" / "valkey"}
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink() in homes:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if any(name in words for name in OURS):
                    found[int(entry.name)] = words
        except OSError:
            continue
    return found


def main() -> int:
    """0 if all is well, else 1 after saying what is not."""
    match sys.argv[1:]:
        case ["ask", base]:
            probe = Probe(base)
            probe.ask_all()
            wrong = probe.wrong
        case ["left"]:
            wrong = [f"process {pid} is left: {words}" for pid, words in left_over().items()]
        case _:
            wrong = ["usage: probe_up.py ask URL | left"]
    for line in wrong:
        say(f"WRONG: {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
