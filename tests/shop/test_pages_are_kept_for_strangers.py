"""A page that is the same for every stranger is made once a second; nobody gets a page made for somebody else."""

import time
from typing import Any

import pytest
from django.test import Client

from shop.index import refresh
from tests.shop import shelves

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kept(settings: Any) -> Any:
    settings.PAGE_CACHE_SECONDS = 60
    return settings


def test_a_second_stranger_gets_the_page_without_a_query(django_assert_num_queries: Any) -> None:
    shelves.product("Copper cezve", "Bakır cezve")
    client = Client()
    first = client.get("/tr/catalogue/")
    with django_assert_num_queries(0):
        second = _again(client).get("/tr/catalogue/")
    assert "Bakır cezve" in second.content.decode()
    assert second.content == first.content
    assert second["Content-Type"] == first["Content-Type"]


def _again(client: Client) -> Client:
    """The same server and its memory, a browser without cookies."""
    client.cookies.clear()
    return client


def test_nobody_is_given_the_number_of_another_browser() -> None:
    client = Client()
    assert client.get("/en/catalogue/").cookies
    assert not _again(client).get("/en/catalogue/").cookies


def test_languages_orders_and_pages_are_pages_of_their_own() -> None:
    shelves.many_products(30)
    client = Client()
    addresses = ["/tr/catalogue/", "/en/catalogue/", "/en/catalogue/?page=2", "/en/catalogue/?sort=new", "/en/"]
    pages = {_again(client).get(address).content for address in addresses}
    assert pages == {_again(client).get(address).content for address in addresses}
    assert len(pages) == len(addresses)


@pytest.mark.parametrize("cookie", ["esnaf_basket", "sessionid", "messages", "anything"])
def test_whoever_brings_a_cookie_gets_a_page_of_his_own(cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    client.get("/en/catalogue/")
    shelves.product("Come later")
    monkeypatch.setattr(refresh, "_asked", (0.0, 0))  # and what is for sale is asked for anew
    client.cookies[cookie] = "x"
    assert "Come later" in client.get("/en/catalogue/").content.decode()
    assert "Come later" not in _again(client).get("/en/catalogue/").content.decode()


def test_a_page_with_a_form_of_the_browsers_own_and_an_error_are_not_kept() -> None:
    client = Client()
    made = shelves.product("Copper cezve")
    address = f"/en/catalogue/copper-cezve_{made.pk}/"
    first = client.get(address)
    assert first.content != _again(client).get(address).content  # each has a token of its own
    assert client.get("/en/catalogue/category/gone_1/").status_code == 404
    assert client.get("/en/catalogue/category/gone_1/").status_code == 404


def test_after_its_time_a_page_is_made_anew(kept: Any) -> None:
    kept.PAGE_CACHE_SECONDS = 0.000001
    client = Client()
    client.get("/en/catalogue/")
    shelves.product("Come later")
    assert "Come later" in _again(client).get("/en/catalogue/").content.decode()


def test_a_page_is_kept_no_longer_than_the_version_that_it_is_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else what was a second old when it was drawn would be two when it is seen."""
    until = time.monotonic() + 2
    monkeypatch.setattr(refresh, "_asked", (until, refresh.current_version()))
    client = Client()
    client.get("/en/catalogue/")
    shelves.product("Come later")
    assert "Come later" not in _again(client).get("/en/catalogue/").content.decode()
    time.sleep(max(0.0, until - time.monotonic()))
    assert "Come later" in _again(client).get("/en/catalogue/").content.decode()
