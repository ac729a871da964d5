"""A page that is the same for every stranger is made once a second; nobody gets a page made for somebody else."""

import time
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.test import RequestFactory

from config.wsgi import application
from shop.index import refresh
from tests.shop import shelves

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str


def ask(address: str, **headers: str) -> Answer:
    """What the server answers to a browser that sends no more than these headers. (Kept pages are not Django's.)"""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    environ = RequestFactory().get(address, headers=headers).environ
    body: Any = application(environ, lambda *start: started.append(start))
    content = b"".join(body)
    getattr(body, "close", lambda: None)()
    status, found = started[0]
    return Answer(int(status[:3]), dict(found), content.decode())


@pytest.fixture(autouse=True)
def kept(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)  # the test's own transaction is open
    settings.PAGE_CACHE_SECONDS = 60
    return settings


def test_a_second_stranger_gets_the_page_without_a_query(django_assert_num_queries: Any) -> None:
    shelves.product("Copper cezve", "Bakır cezve")
    first = ask("/tr/catalogue/")
    with django_assert_num_queries(0):
        second = ask("/tr/catalogue/")
    assert "Bakır cezve" in second.text
    assert second.text == first.text
    assert (second.status, second.headers.pop("Set-Cookie", None)) == (200, None)
    first.headers.pop("Set-Cookie")
    assert second.headers == first.headers
    assert "Content-Security-Policy" in second.headers


def test_nobody_is_given_the_number_of_another_browser() -> None:
    assert "Set-Cookie" in ask("/en/catalogue/").headers
    assert "Set-Cookie" not in ask("/en/catalogue/").headers


def test_languages_orders_and_pages_are_pages_of_their_own() -> None:
    shelves.many_products(30)
    addresses = ["/tr/catalogue/", "/en/catalogue/", "/en/catalogue/?page=2", "/en/catalogue/?sort=new", "/en/"]
    pages = [ask(address).text for address in addresses]
    assert pages == [ask(address).text for address in addresses]
    assert len(set(pages)) == len(addresses)


OF_ONES_OWN = [
    *({"cookie": f"{name}=x"} for name in ("esnaf_basket", "sessionid", "messages", "anything")),
    {"cookie": "esnaf_visitor=x; esnaf_basket=x"},
    {"hx-request": "true"},
    {"x-forwarded-proto": "https"},
]


@pytest.mark.parametrize("headers", OF_ONES_OWN, ids=str)
def test_whoever_asks_for_more_gets_a_page_of_his_own(headers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    ask("/en/catalogue/")
    shelves.product("Come later")
    monkeypatch.setattr(refresh, "_asked", (0.0, 0))  # and what is for sale is asked for anew
    assert "Come later" in ask("/en/catalogue/", **headers).text
    assert "Come later" not in ask("/en/catalogue/").text
    assert "Come later" not in ask("/en/catalogue/", cookie="esnaf_visitor=x").text


def test_a_host_that_is_not_ours_is_not_given_our_page() -> None:
    ask("/en/catalogue/")
    assert ask("/en/catalogue/", host="somebody.else").status == 400


def test_a_page_with_a_form_of_the_browsers_own_and_an_error_are_not_kept() -> None:
    made = shelves.product("Copper cezve")
    address = f"/en/catalogue/copper-cezve_{made.pk}/"
    assert ask(address).text != ask(address).text  # each has a token of its own
    assert ask("/en/catalogue/category/gone_1/").status == 404
    assert ask("/en/catalogue/category/gone_1/").status == 404


def test_after_its_time_a_page_is_made_anew(kept: Any) -> None:
    kept.PAGE_CACHE_SECONDS = 0.000001
    ask("/en/catalogue/")
    shelves.product("Come later")
    assert "Come later" in ask("/en/catalogue/").text


def test_a_page_is_kept_no_longer_than_the_version_that_it_is_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else what was a second old when it was drawn would be two when it is seen."""
    until = time.monotonic() + 2
    monkeypatch.setattr(refresh, "_asked", (until, refresh.current_version()))
    ask("/en/catalogue/")
    shelves.product("Come later")
    assert "Come later" not in ask("/en/catalogue/").text
    time.sleep(max(0.0, until - time.monotonic()))
    assert "Come later" in ask("/en/catalogue/").text
