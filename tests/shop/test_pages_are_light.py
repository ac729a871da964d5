"""What a page weighs on its way, pictures left out: itself, its styles, scripts and letters, compressed, with headers.

As Lighthouse counts it (`make bench ONLY=lighthouse`), and as whitenoise compresses: files by brotli, pages by gzip.
"""

import gzip
import re
from pathlib import Path
from typing import Any

import brotli
import pytest
from django.contrib.staticfiles import finders
from fontTools.ttLib import TTFont

from shop.catalogue.cards import product_url
from tests.shop import shelves

pytestmark = pytest.mark.django_db

LIMIT = 60_000
FILES = re.compile(r'(?:href|src)="(/static/[^"]+\.(?:css|js|woff2)|/static/img/mark\.svg)"')
OF_A_FILE = 620  # bytes of the headers of a file: whitenoise's, gunicorn's and ours, as Chromium gets them
OF_GUNICORN = 120  # of its own headers


def compressed(content: bytes, name: str) -> int:
    return len(content) if name.endswith(".woff2") else len(brotli.compress(content))


def weight(page: Any) -> dict[str, int]:
    """Bytes of the page and of each file it asks for, with their headers."""
    text = page.content.decode()
    headers = sum(len(f"{name}: {value}\r\n") for name, value in page.items()) + OF_GUNICORN
    weights = {"page": len(gzip.compress(page.content, compresslevel=6)) + headers}
    for address in set(FILES.findall(text)):
        found = finders.find(address.removeprefix("/static/"))
        assert isinstance(found, str), address
        weights[address] = compressed(Path(found).read_bytes(), address) + OF_A_FILE
    return weights


@pytest.fixture
def things() -> list[Any]:
    """A full page of them, in two departments, names as long as Turkish ones, no two alike, and much to filter by."""
    made = [
        shelves.product(
            f"Hand-woven throw of Aegean cotton no. {number}",
            f"El dokuması Ege pamuğundan kanepe örtüsü no. {number * 7919 % 1000}",
            price=f"{100 + number * 37}.90",
            before=f"{200 + number * 41}.50" if number % 3 else None,
            facts=[
                ["Marka", f"Dokumacı {chr(65 + number % 12)}"],
                ["Malzeme", ("Pamuk", "Keten", "Yün", "İpek")[number % 4]],
                [
                    "Renk",
                    f"{('Açık', 'Koyu', 'Solmuş')[number % 3]} {('mavi', 'yeşil', 'kiremit', 'hardal')[number % 4]}",
                ],
                ["Ölçü", f"{90 + number % 5 * 20} × {120 + number % 7 * 10} cm"],
            ],
        )
        for number in range(30)
    ]
    shelves.department("Textiles", "Ev tekstili", *made[:15])
    shelves.department("Kitchen", "Mutfak", *made[15:])
    return made


@pytest.mark.parametrize("language", ["tr", "en"])
def test_no_page_weighs_more_than_60_kilobytes(client: Any, things: list[Any], language: str) -> None:
    for thing in things[:5]:
        client.post(f"/en/basket/add/{thing.pk}/", {"quantity": 1})
    pages = {
        "home": f"/{language}/",
        "listing": f"/{language}/catalogue/",
        "search": f"/{language}/search/?q=ege",
        "product": product_url(things[0].slug, things[0].pk).replace("/tr/", f"/{language}/"),
        "basket": f"/{language}/basket/",
        "checkout": f"/{language}/checkout/",
        "help": f"/{language}/help/",
    }
    weights = {}
    for name, address in pages.items():
        page = client.get(address, follow=True)
        assert page.status_code == 200, name
        weights[name] = weight(page)
        assert len(weights[name]) > 6, name  # the styles, the scripts and the letters were found
    assert things[4].title.encode() in client.get("/en/basket/").content
    too_heavy = {name: parts for name, parts in weights.items() if sum(parts.values()) > LIMIT}
    assert too_heavy == {}


def test_a_page_comes_compressed_and_of_no_certain_length(client: Any, things: list[Any]) -> None:
    """By the length of a compressed page its secrets could be guessed (BREACH), were it always the same."""
    answers = [client.get("/en/help/", headers={"Accept-Encoding": "gzip"}) for _ in range(12)]
    assert {answer["Content-Encoding"] for answer in answers} == {"gzip"}
    assert gzip.decompress(answers[0].content).startswith(b"<!doctype html>")
    assert len({len(answer.content) for answer in answers}) > 1
    assert "Content-Encoding" not in client.get("/en/help/").headers


def test_the_letters_of_the_shop_are_asked_for_early_and_have_all_turkish_ones(client: Any) -> None:
    assert 'rel="preload" href="/static/fonts/fraunces-600.woff2" as="font"' in client.get("/tr/help/").content.decode()
    with TTFont(finders.find("fonts/fraunces-600.woff2")) as font:
        assert {letter for letter in "ÇçĞğİıÖöŞşÜüÂâÎîÛû₺€“”’…–" if ord(letter) not in font.getBestCmap()} == set()
