"""A page that is the same for every stranger is made once a second; nobody gets a page made for somebody else."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.util import setup_testing_defaults

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import resolve

from config import page_cache
from config.wsgi import application
from shop.index import refresh
from shop.oscar import Category
from tests.shop import shelves

pytestmark = pytest.mark.django_db

OF_ONES_OWN = [
    *({"cookie": f"{name}=x"} for name in ("esnaf_basket", "sessionid", "messages", "anything")),
    {"cookie": "esnaf_visitor=x; esnaf_basket=x"},
    {"hx_request": "true"},
    {"x_forwarded_proto": "https"},
]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()


def ask(address: str, *, method: str = "GET", scheme: str = "http", mount: str = "", **headers: str) -> Answer:
    """What the server answers, asked as gunicorn asks it."""
    path, _, query = address.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "wsgi.url_scheme": scheme,
        "SCRIPT_NAME": mount,
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "HTTP_HOST": "testserver",
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }
    setup_testing_defaults(environ)
    started: list[tuple[str, list[tuple[str, str]]]] = []
    body: Any = application(environ, lambda *start: started.append(start))
    content = b"".join(body)
    getattr(body, "close", lambda: None)()
    status, found = started[0]
    return Answer(int(status[:3]), dict(found), content)


def kept_of(answers: Iterable[Answer]) -> list[bool]:
    """Which of them were kept: such a page gives nobody a number."""
    return ["Set-Cookie" not in answer.headers for answer in answers]


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
    assert second.status == 200
    assert first.headers.items() - second.headers.items() == {("Set-Cookie", first.headers["Set-Cookie"])}
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


@pytest.mark.parametrize("headers", OF_ONES_OWN, ids=str)
def test_whoever_asks_for_more_gets_a_page_of_his_own(headers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    ask("/en/catalogue/")
    shelves.product("Come later")
    monkeypatch.setattr(refresh, "_asked", (0.0, 0))  # and what is for sale is asked for anew
    assert "Come later" in ask("/en/catalogue/", **headers).text
    assert "Come later" not in ask("/en/catalogue/").text
    assert "Come later" not in ask("/en/catalogue/", cookie="esnaf_visitor=x; csrftoken=y").text


def test_a_host_that_is_not_ours_is_not_given_our_page() -> None:
    ask("/en/catalogue/")
    assert ask("/en/catalogue/", host="somebody.else").status == 400


def test_those_who_are_no_strangers_do_not_share_a_page_either() -> None:
    answers = [
        ask(path, cookie=cookie) for path, cookie in (("/en/catalogue/", "sessionid=x"), ("/en/", "sessionid=y"))
    ]
    assert answers[0].text != answers[1].text
    assert not page_cache._pages


@pytest.mark.parametrize("method", ["POST", "HEAD", "OPTIONS"])
def test_only_who_gets_a_page_is_given_what_is_kept(method: str) -> None:
    ask("/en/catalogue/")
    answer = ask("/en/catalogue/", method=method)
    assert (answer.status, kept_of([answer])) != (200, [True])


def test_what_is_compressed_goes_to_those_who_can_read_it() -> None:
    ask("/en/catalogue/", accept_encoding="gzip")
    assert ask("/en/catalogue/", accept_encoding="br, gzip").content.startswith(b"\x1f\x8b")
    for encodings in ("identity", "xgzip"):
        assert "</html>" in ask("/en/catalogue/", accept_encoding=encodings).text


def test_what_is_written_in_other_bytes_is_another_address() -> None:
    """Django replaces what is no UTF-8, and decodes the rest: three addresses could become one."""
    department = shelves.department("Lighting", "Aydınlatma", shelves.product("Lamp"))
    department.texts.all().delete()  # Oscar's slug is not made of plain letters only
    Category.objects.filter(pk=department.pk).update(slug="ê")
    pages = [f"/en/catalogue/category/{name}_{department.pk}/" for name in ("%C3%AA", "%C3%83%C2%AA", "%EA")]
    assert [ask(page).status for page in pages] == [200, 301, 301]
    assert kept_of(map(ask, pages)) == [True, False, False]


def test_a_shop_on_another_scheme_or_mounted_elsewhere_is_another_shop() -> None:
    ask("/en/catalogue/")
    assert kept_of([ask("/en/catalogue/", scheme="https"), ask("/en/catalogue/", mount="/shop")]) == [False, False]


def test_no_more_is_kept_than_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_cache, "MOST", 3)
    for number in range(8):
        ask(f"/en/catalogue/?n={number}")
        assert 1 <= len(page_cache._pages) <= 3
    assert kept_of([ask("/en/catalogue/?n=7")]) == [True]
    long = "/en/catalogue/?n=" + "x" * page_cache.LONGEST_ADDRESS
    assert kept_of([ask(long), ask(long)]) == [False, False]


def test_nothing_is_kept_for_no_time(kept: Any) -> None:
    kept.PAGE_CACHE_SECONDS = 0
    ask("/en/catalogue/")
    assert not page_cache._pages


def test_only_lists_are_kept() -> None:
    assert kept_of([ask("/en/help/"), ask("/en/help/"), ask("/en/basket/"), ask("/en/basket/")]) == [False] * 4
    assert not page_cache._pages


def test_what_gives_a_browser_a_cookie_of_its_own_is_not_kept() -> None:
    request = RequestFactory().get("/en/catalogue/")
    request.META[page_cache.KEY] = "a stranger's"
    request.resolver_match = resolve(request.path)
    response = HttpResponse("page")
    response.set_cookie("sessionid", "of one browser")
    page_cache.keep_pages(lambda request: response)(request)
    assert not page_cache._pages


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
