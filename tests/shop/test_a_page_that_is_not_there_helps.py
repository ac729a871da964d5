"""A wrong address is mended where that is plain; else it shows what comes close, cheaply, and never an error."""

from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shop.seo.not_found import mended_path, words_in
from tests.shop import shelves
from tests.shop.test_every_page_has_one_address import write


@pytest.fixture
def cezve(db: None) -> Any:
    product = shelves.product("Copper cezve", "Bakır cezve")
    shelves.department("Kitchen", "Mutfak", product)
    return product


@pytest.mark.parametrize(
    "path",
    [
        "/en/copper-cezve/",
        "/en/products/copper-cezve.html",
        "/en/collections/all/products/copper_cezve",
        "/en/catalogue/copper-cezve_99999/",
        "/en/catalogue/bakir-cezve/",
        "/en/catalogue/category/coper-cezve_99999/",
    ],
)
def test_the_words_of_the_address_are_looked_for(cezve: Any, path: str) -> None:
    response = Client().get(path)
    html = response.content.decode()
    assert response.status_code == 404
    assert f"/en/catalogue/copper-cezve_{cezve.pk}/" in html
    assert "cezve" in html.split('name="q"')[2].split(">")[0]  # the field of the page, filled in
    assert "Kitchen" in html


def test_so_it_does_in_turkish(cezve: Any) -> None:
    html = Client().get("/tr/urunler/bakır-cezve/").content.decode()
    assert f"/tr/catalogue/bakir-cezve_{cezve.pk}/" in html
    assert "Mutfak" in html


@pytest.mark.parametrize("path", ["/en/nope/copper-cezve/", "/en/wishes/shared/nobody/"])
def test_whoever_opened_the_shop_with_make_up_sees_it_too(cezve: Any, settings: Any, path: str) -> None:
    settings.DEBUG = True
    response = Client().get(path)
    assert response.status_code == 404
    assert "URLconf" not in response.content.decode()
    assert "Kitchen" in response.content.decode()


def test_answers_are_shown_beside(cezve: Any, now: Any) -> None:
    write(now, "returns", "en", "How do I send something back?")
    assert "/en/help/articles/returns/" in Client().get("/en/help/send-something-back/").content.decode()


def test_words() -> None:
    assert words_in("/en/catalogue/copper-cezve_12/") == "copper cezve"
    assert words_in("/tr/urun/123/bakır%20cezve") == words_in("/tr/kategori/bakır 20cezve.html")
    assert words_in("/a/b/c/") == ""
    assert words_in("/" + "x" * 9000) == "x" * 499
    assert len(words_in("/" + "-".join(["word"] * 100)).split()) == 6


@pytest.mark.parametrize(
    "path",
    [
        "/wp-login.php",
        "/.env",
        "/.git/config",
        "/en/old.php",
        "/static/none.css",
        "/media/none.webp",
        "/apple-touch-icon.png",
        "/vendor/phpunit/eval-stdin.php",
    ],
)
def test_machines_get_a_word_and_cost_nothing(db: None, path: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        response = Client().get(path)
    assert response.status_code == 404
    assert len(response.content) < 100
    assert len(queries) == 0


def test_it_is_cheap(cezve: Any, now: Any) -> None:
    shelves.many_products(200)
    with CaptureQueriesContext(connection) as queries:
        Client().get("/en/copper-cezve/")
    assert len(queries) <= 14, [query["sql"][:90] for query in queries]


def test_a_form_and_a_fragment_get_their_404_without_a_search(cezve: Any) -> None:
    posted = Client().post("/en/copper-cezve/", {"a": "b"})
    assert posted.status_code == 404
    assert "Comes close" not in posted.content.decode()
    assert "<h1>" in posted.content.decode()
    fragment = Client().get("/en/copper-cezve/", headers={"hx-request": "true"})
    assert (fragment.status_code, fragment.content) == (404, b"Not found")


def test_the_keys_of_private_pages_are_no_words(cezve: Any) -> None:
    html = Client().get("/en/track/cezve-cezve-cezve/").content.decode()
    assert "Comes close" not in html


def test_while_the_search_is_away_the_page_is_there(cezve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr("shop.seo.not_found.search_products", away)
    response = Client(raise_request_exception=False).get("/en/copper-cezve/")
    assert response.status_code == 404
    assert 'value="copper cezve"' in response.content.decode()


@pytest.mark.parametrize(
    "path", ["/en/%00/", "/en/\u0130\u0131-%F0%9F%98%80/", "/en/%25/%27;--/", "/en/" + "a-" * 4000, "/en/%ff%fe/"]
)
def test_odd_addresses_are_answered(db: None, path: str) -> None:
    assert Client(raise_request_exception=False).get(path).status_code in (400, 404)


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/EN/Catalogue/", "/en/catalogue/"),
        ("/en//catalogue///", "/en/catalogue/"),
        ("/en/help/.", "/en/help/"),
        ("/tr/HELP/)", "/tr/help/"),
        ("/En", "/en/"),
    ],
)
def test_an_address_with_a_slip_is_mended(db: None, path: str, leads_to: str) -> None:
    response = Client().get(path + "?q=1", headers={"accept-language": "tr"})
    assert (response.status_code, response["Location"]) == (301, f"{leads_to}?q=1")


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/\\evil.example/", "///EVIL.example//en/", "/en/track/KEY/", "/en/"]
)
def test_nothing_else_is_mended(path: str) -> None:
    assert mended_path(path) == ""
