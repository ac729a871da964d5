"""Products' and searches' pages are drawn once for all guests; what is one shopper's own is filled in for each."""

import re
from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crm import stream
from shop.index import refresh
from shop.index.refresh import refresh_index
from shop.oscar import Product, StockRecord
from shop.pages import kept
from tests.shop import shelves

pytestmark = pytest.mark.django_db

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@pytest.fixture(autouse=True)
def _nothing_kept(_no_traces_left: None, settings: Any) -> None:
    """And pieces of pages are, as in production."""
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "kept-pages"}
    settings.CACHES = {**settings.CACHES, "fragments": memory}
    kept._pages.clear()
    stream.client().delete(stream.STREAM)


@pytest.fixture
def shop() -> dict[str, Any]:
    made = {
        "cezve": shelves.product("Copper cezve", "Bakır cezve", stock=3),
        "cups": shelves.product("Coffee cups", "Kahve fincanı", variants={"Blue": 2, "Red": 0}),
        "lamp": shelves.product("Table lamp", "Masa lambası", stock=0),
        "tray": shelves.product("Copper tray", "Bakır tepsi"),
    }
    shelves.department("Table", "Sofra", *made.values())
    made["yarn"] = shelves.product("Merino yarn", "Merinos yün")
    refresh_index()
    return made


def address(product: Any, query: str = "", *, language: str = "en") -> str:
    return shelves.address(product, language=language) + query


def everywhere(shop: dict[str, Any]) -> list[str]:
    red = Product.objects.get(parent=shop["cups"], title="Red")
    return [
        *(address(product) for product in shop.values()),
        *(address(shop["cups"], f"?option={red.pk}"), address(shop["cezve"], language="tr")),
        *("/en/search/?q=coper", "/en/search/?q=coper&sort=price", "/tr/search/?q=bakır", "/en/search/?q=zzzz"),
    ]


def text_of(client: Client, page: str) -> str:
    """Without what differs each time: the token."""
    response = client.get(page)
    assert response.status_code == 200, page
    return TOKEN.sub("", response.content.decode())


# --- the shoppers -----------------------------------------------------------------------------------------------------


def with_a_basket(shop: dict[str, Any]) -> Client:
    client = Client()
    client.post(f"/en/basket/add/{shop['tray'].pk}/", {"quantity": 2})
    client.get("/en/basket/")  # which says what was just put in
    return client


def with_a_wish(shop: dict[str, Any]) -> Client:
    client = Client()
    client.post(f"/en/wishes/{shop['cezve'].pk}/add/")
    client.get("/en/wishes/")
    return client


def who_looked_around(shop: dict[str, Any]) -> Client:
    client = Client()
    for name in ("tray", "yarn"):
        client.get(address(shop[name]))
    return client


def who_is_told_something(shop: dict[str, Any]) -> Client:
    client = Client()
    client.post(f"/en/basket/add/{shop['tray'].pk}/", {"quantity": 1})
    return client


@pytest.fixture
def look(shop: dict[str, Any]) -> Callable[[str, str], str]:
    """`look(name, page)`: the page as this shopper sees it, who is none the wiser afterwards."""
    shoppers = {
        "stranger": Client(),
        "who objects": Client(headers={"sec-gpc": "1"}),
        "with a basket": with_a_basket(shop),
        "with a wish": with_a_wish(shop),
        "who looked around": who_looked_around(shop),
        "who is told something": who_is_told_something(shop),
    }
    assert list(shoppers) == SHOPPERS
    cookies = {name: client.cookies.output(header="", sep=";") for name, client in shoppers.items()}

    def _look(name: str, page: str) -> str:
        shoppers[name].cookies = SimpleCookie(cookies[name])
        return text_of(shoppers[name], page)

    return _look


SHOPPERS = ["stranger", "who objects", "with a basket", "with a wish", "who looked around", "who is told something"]


def test_a_page_that_was_drawn_for_somebody_else_is_as_if_it_had_been_drawn_for_oneself(
    shop: dict[str, Any], look: Callable[[str, str], str]
) -> None:
    pages = everywhere(shop)
    seen: set[str] = set()
    for page in pages:
        wanted = {}
        for name in SHOPPERS:
            kept._pages.clear()
            wanted[name] = look(name, page)
        seen.update(wanted.values())
        for first in SHOPPERS:
            kept._pages.clear()
            look(first, page)
            for name in SHOPPERS:
                assert look(name, page) == wanted[name], f"{page} {name}, after the one {first}"
    # On each page three: with nothing, with a basket, with a message; what was seen, on products; one heart, twice.
    assert len(seen) == 3 * len(pages) + 7 + 2


def test_an_account_never_gets_a_kept_page_and_none_is_made_of_its(
    ada: Any, login: Callable[[Any], Client], shop: dict[str, Any]
) -> None:
    regular = login(ada)
    for page in everywhere(shop):
        text_of(regular, page)
    assert not kept._pages
    sold_out = address(shop["lamp"])
    text_of(Client(), sold_out)
    assert "ada@example.com" in text_of(regular, sold_out)
    assert "ada@example.com" not in text_of(Client(), sold_out)


def test_each_browser_has_a_token_of_its_own_that_works(shop: dict[str, Any]) -> None:
    page = address(shop["cezve"])
    first, second = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    tokens = [TOKEN.findall(client.get(page).content.decode()) for client in (first, second)]
    assert len(kept._pages) == 1
    assert all(len(found) == 2 for found in tokens), "the basket's form and the heart's"
    assert not set(tokens[0]) & set(tokens[1])
    to_basket = f"/en/basket/add/{shop['cezve'].pk}/"
    assert second.post(to_basket, {"quantity": 1, "csrfmiddlewaretoken": tokens[0][0]}).status_code == 403
    assert second.post(to_basket, {"quantity": 1, "csrfmiddlewaretoken": tokens[1][0]}).status_code == 302


def test_the_second_look_of_a_stranger_asks_only_whether_anything_changed(shop: dict[str, Any]) -> None:
    for page in everywhere(shop):
        text_of(Client(), page)
        with CaptureQueriesContext(connection) as captured:
            text_of(Client(), page)
        assert len(captured) == 1, (page, [query["sql"] for query in captured])
        assert "shop_indexstate" in captured[0]["sql"]


def test_every_look_is_noted_and_remembered(shop: dict[str, Any]) -> None:
    client, page = Client(), address(shop["cezve"])
    for _look in range(3):
        client.get(page)
    client.get("/en/search/?q=copper")
    client.get(page, headers={"hx-request": "true"})  # another variant: the same look
    assert len(stream.read_traces(10)) == 4
    alone = shelves.product("Alone")
    assert "Recently viewed" in text_of(client, address(alone))


def test_a_change_is_on_the_next_page(shop: dict[str, Any]) -> None:
    page, search = address(shop["cezve"]), "/en/search/?q=copper"
    assert "₺100.00" in text_of(Client(), page)
    text_of(Client(), search)
    StockRecord.objects.filter(product=shop["cezve"]).update(price=71)
    assert "₺71.00" in text_of(Client(), page)
    assert "₺71.00" in text_of(Client(), search)


def test_guests_may_see_what_was_a_moment_ago_staff_see_what_is_now(
    shop: dict[str, Any], settings: Any, monkeypatch: pytest.MonkeyPatch, linus: Any, login: Callable[[Any], Client]
) -> None:
    settings.PAGE_CACHE_SECONDS = 60
    page = address(shop["cezve"])
    text_of(Client(), page)
    StockRecord.objects.filter(product=shop["cezve"]).update(price=71)
    with CaptureQueriesContext(connection) as captured:
        assert "₺100.00" in text_of(Client(), page)
    assert not captured.captured_queries
    assert "₺71.00" in text_of(login(linus), page)
    monkeypatch.setattr(refresh, "_asked", (0.0, 0))  # the moment is over
    assert "₺71.00" in text_of(Client(), page)


def test_what_is_gone_or_has_moved_is_not_kept(shop: dict[str, Any]) -> None:
    page = address(shop["cezve"])
    text_of(Client(), page)
    shop["cezve"].texts.filter(language="en").update(slug="cezve")
    moved = Client().get(page)
    assert (moved.status_code, moved["Location"]) == (301, f"/en/catalogue/cezve_{shop['cezve'].pk}/")
    Product.objects.filter(pk=shop["cezve"].pk).update(is_public=False)
    assert Client().get(moved["Location"]).status_code == 404


def test_no_more_is_kept_than_fits(shop: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_PAGES", 3)
    for number in range(8):
        text_of(Client(), f"/en/search/?q=word{number}")
        assert 1 <= len(kept._pages) <= 3


def test_nothing_is_kept_while_somebody_works_on_the_templates(shop: dict[str, Any], settings: Any) -> None:
    settings.DEBUG = True
    text_of(Client(), address(shop["cezve"]))
    assert not kept._pages


@pytest.mark.parametrize("charset", ["cp037", "utf-16", "utf-7", "latin-1"])
def test_no_header_decides_what_others_are_shown(shop: dict[str, Any], settings: Any, charset: str) -> None:
    settings.PAGE_CACHE_SECONDS = 60
    red = Product.objects.get(parent=shop["cups"], title="Red")
    for page in (address(shop["cups"], f"?option={red.pk}"), "/en/search/?q=copper", "/en/catalogue/?sort=-price"):
        odd = Client().get(page, headers={"content-type": f"text/html; charset={charset}"})
        assert odd.status_code == 400
        assert "Content-Security-Policy" in odd.headers
        assert odd.headers["X-Frame-Options"] == "DENY"
    assert not kept._pages
    assert Client().get("/en/search/?q=copper", headers={"content-type": "text/html; charset=UTF-8"}).status_code == 200


def test_an_address_of_any_length_is_shown_and_a_long_one_not_kept(shop: dict[str, Any]) -> None:
    text_of(Client(), address(shop["cezve"], "?n=" + "'" * 400))
    assert not kept._pages


def test_who_asked_earlier_and_was_slow_does_not_turn_the_version_back(
    shop: dict[str, Any], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PAGE_CACHE_SECONDS = 60
    ask = refresh.current_version
    answers = [1, 2]

    def slow() -> int:
        answer = answers.pop(0)
        if answers:
            refresh._for_guests()  # meanwhile another thread asks, and is told of something newer
        return answer

    monkeypatch.setattr(refresh, "current_version", slow)
    refresh._for_guests()
    monkeypatch.setattr(refresh, "current_version", ask)
    assert refresh._for_guests()[1] == 2
