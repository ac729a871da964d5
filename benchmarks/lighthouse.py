"""Lighthouse (mobile profile) on the pages of a shopper, served as in production; what each weighs without pictures.

Needs node, npm and Chromium. The npm package is installed below var/bench, never into the project.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests

from benchmarks._browsers import PATIENCE, served_shop
from benchmarks._report import ROOT, Row, write
from config import services

VERSION = "12.8.2"
CHROMIUM = "/usr/bin/chromium"
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-quic --disable-background-networking"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
RUNS, TRIES = 3, 4
GOAL, HEAVIEST = 95, 60  # points of 100; kilobytes


def production() -> dict[str, str]:
    """The environment of a shop with DEBUG off on this machine, with the services that run."""
    return {
        "DEBUG": "0",
        "SECRET_KEY": "only-for-this-benchmark-" + "x" * 40,
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE_SSL_REDIRECT": "0",
        "SELLER_MERSIS": "0123456789012345",
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "DATABASE_URL": services.database_url(),
        "REDIS_URL": services.redis_url(),
    }


def install() -> Path:
    """The command of Lighthouse, installed if it is not there yet."""
    if not shutil.which("npm") or not Path(CHROMIUM).exists():
        raise SystemExit(f"Lighthouse was not run: it needs npm (node 20) and {CHROMIUM}.")
    folder = ROOT / "var" / "bench" / "npm"
    folder.mkdir(parents=True, exist_ok=True)
    command = folder / "node_modules" / ".bin" / "lighthouse"
    if not command.exists():
        subprocess.run(
            ["npm", "install", "--silent", "--no-save", "--prefix", str(folder), f"lighthouse@{VERSION}"], check=True
        )
    return command


class Shopper:
    """A browser's cookies, kept by hand: production sends them over https only, and this is http."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.cookies: dict[str, str] = {}

    @property
    def header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def ask(self, path: str, **form: str) -> str:
        headers = {"Cookie": self.header, "Referer": self.address + "/"}
        address = path if path.startswith("http") else self.address + path
        answer = requests.request(
            "POST" if form else "GET", address, data=form, headers=headers, timeout=PATIENCE, allow_redirects=False
        )
        answer.raise_for_status()
        self.cookies |= answer.cookies.get_dict()
        return answer.text

    def fill_basket(self) -> str:
        """Put the first thing of the catalogue into the basket; the path of its page."""
        listing = self.ask("/tr/catalogue/?available=1")
        paths = re.findall(r'href="(/tr/catalogue/[\w-]+_(\d+)/)"', listing.split("<main", 1)[1])
        for path, _ in paths:
            page = self.ask(path)
            adding = re.search(r'action="([^"]*/basket/add/\d+/)"', page)
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
            if adding and token:
                self.ask(adding[1], csrfmiddlewaretoken=token[1], quantity="1")
                return path
        raise SystemExit("nothing could be put into the basket")


def look_at(command: Path, address: str, cookies: str) -> dict[str, Any]:
    """Lighthouse's report of one page; mobile is its default profile."""
    report = services.var_dir() / "lighthouse.json"
    headers = services.var_dir() / "lighthouse_headers.json"
    headers.write_text(json.dumps({"Cookie": cookies} if cookies else {}))
    asking = [str(command), address, "--quiet", "--output=json", f"--output-path={report}"]
    asking += [f"--extra-headers={headers}", f"--chrome-flags={FLAGS}"]
    for _ in range(TRIES):  # on a busy machine Chromium loses the beginning of a trace now and then (NO_NAVSTART)
        done = subprocess.run(
            asking, env=os.environ | {"CHROME_PATH": CHROMIUM}, check=False, stderr=subprocess.PIPE, text=True
        )
        if done.returncode == 0:
            found: dict[str, Any] = json.loads(report.read_text())
            return found
    raise SystemExit(f"Lighthouse could not look at {address}:\n{done.stderr}")


def weight(report: dict[str, Any]) -> float:
    """Kilobytes (of 1,000 bytes) on the way with headers, pictures left out."""
    asked = report["audits"]["network-requests"]["details"]["items"]
    return sum(one.get("transferSize", 0) for one in asked if one.get("resourceType") != "Image") / 1000


def measure(command: Path, address: str) -> list[Row]:
    shopper = Shopper(address)
    product = shopper.fill_basket()
    pages = [
        ("home", "/tr/", ""),
        ("listing", "/tr/catalogue/", ""),
        ("product", product, ""),
        ("basket", "/tr/basket/", shopper.header),
        ("checkout", "/tr/checkout/", shopper.header),
    ]
    rows = []
    for name, path, cookies in pages:
        shopper.ask(path)  # the first sight makes the pictures
        reports = [look_at(command, address + path, cookies) for _ in range(RUNS)]
        for category in CATEGORIES:
            points = statistics.median(report["categories"][category]["score"] for report in reports)
            rows.append(Row(f"{name}: {category}", round(points * 100), GOAL, "points"))
        rows.append(Row(f"{name}: weight without pictures", weight(reports[-1]), HEAVIEST, "KB", less_is_better=True))
    return rows


def main() -> None:
    command = install()
    with services.running():
        environment = production()
        for step in (["migrate", "--noinput"], ["load_demo"], ["collectstatic", "--noinput"]):
            subprocess.run(
                [sys.executable, "manage.py", *step, "--verbosity=0"],
                cwd=ROOT,
                env=os.environ | environment | {"SITE_URL": "http://127.0.0.1"},
                check=True,
            )
        with served_shop(**environment) as address:
            write("lighthouse", measure(command, address))


if __name__ == "__main__":
    main()
