"""Order number and e-mail or telephone: any spelling finds, a stranger learns nothing and is stopped."""

import logging
from datetime import datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from crm import api as crm
from shop.limits import TooManyTries, count_try, visitor_of
from shop.models import Shipment
from shop.orders.links import order_token
from shop.tracking.knowing import TRIES, TRIES_FOR_AN_ORDER, find_with_proof


@pytest.fixture(autouse=True)
def _english() -> Any:
    cache.clear()
    with translation.override("en"):
        yield


@pytest.fixture
def counted_here(settings: Any) -> None:
    """Thousands of tries are counted in memory, not over a socket."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "tries"}}
    cache.clear()


def look_up(client: Client, number: str, contact: str, **headers: str) -> Any:
    return client.post(reverse("shop:track"), {"number": number, "contact": contact}, **headers)


def try_it(number: str, contact: str, now: datetime, *, address: str = "203.0.113.7") -> bool:
    """Whether the try was let through; one that found something fails the test."""
    request: Any = RequestFactory().post("/", REMOTE_ADDR=address)
    request.session = {}
    try:
        assert find_with_proof(request, number, contact=contact, now=now) is None
    except TooManyTries:
        return False
    return True


@pytest.mark.parametrize(
    "contact",
    ["ada@example.com", " ADA@Example.com ", "0555 000 00 01", "+90 555 000 00 01", "(0555) 000-0001", "5550000001",
     "0090 555 000 00 01", "905550000001"],
)  # fmt: skip
def test_any_spelling_finds_the_order(client: Client, order_as_guest: Any, contact: str) -> None:
    order = order_as_guest()
    assert look_up(client, f" {order.number.lower()}", contact).url == reverse(
        "shop:tracking", args=[order_token(order)]
    )


def test_a_telephone_abroad_is_found_as_it_is_written_there(client: Client, order_as_guest: Any) -> None:
    order = order_as_guest(phone="+4915112345678", country="DE", option="europe")
    assert look_up(client, order.number, "0151 12345678").status_code == 302


@pytest.mark.parametrize(
    "contact", ["mallory@example.com", "0555 000 00 02", "1", "0", "+", "55", "%", "00000001", "x" * 254, "٠٥٥٥"]
)
def test_a_wrong_contact_and_a_number_that_does_not_exist_get_the_same_answer(
    client: Client, order_as_guest: Any, contact: str
) -> None:
    order = order_as_guest()
    answers = [look_up(client, number, contact) for number in (order.number, "E-AAAA-AAAA-AA")]
    assert [answer.status_code for answer in answers] == [422, 422]
    pages = [answer.content.decode().replace(order.number, "E-AAAA-AAAA-AA") for answer in answers]
    for page in pages:
        assert "We found no order with this number" in page
    assert len(pages[0]) == len(pages[1])
    assert "sessionid" not in client.cookies


def test_both_answers_cost_the_same_one_query(
    order_as_guest: Any, now: datetime, django_assert_num_queries: Any
) -> None:
    order = order_as_guest()
    for number in (order.number, "E-AAAA-AAAA-AA"):
        with django_assert_num_queries(1):
            try_it(number, "mallory@example.com", now)


def test_an_order_without_an_address_of_its_customer_is_found_by_nothing_empty(
    client: Client, order_as_guest: Any
) -> None:
    order = order_as_guest()
    order.purchase.email = ""
    order.purchase.save(update_fields=["email"])
    assert look_up(client, order.number, " ").status_code == 422
    assert look_up(client, order.number, "\u200b").status_code == 422


def test_of_ten_thousand_tries_of_one_visitor_ten_are_looked_up(
    counted_here: None,
    order_as_guest: Any,
    now: datetime,
    django_assert_num_queries: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    order, before = order_as_guest(), crm.Interaction.objects.count()
    with caplog.at_level(logging.WARNING), django_assert_num_queries(TRIES):
        let_through = [try_it(f"E-AAAA-AAAA-{place:05}", "ada@example.com", now) for place in range(9_999)]
        let_through.append(try_it(order.number, "ada@example.com", now))
    assert let_through == [True] * TRIES + [False] * (10_000 - TRIES)
    assert caplog.text.count("too many tries at track-order:") == 1
    assert crm.Interaction.objects.count() == before
    assert not Shipment.objects.exists()


def test_ten_thousand_addresses_do_not_help_to_guess_at_one_order(
    counted_here: None, order_as_guest: Any, now: datetime, django_assert_num_queries: Any
) -> None:
    order = order_as_guest()
    with django_assert_num_queries(TRIES_FOR_AN_ORDER):
        let_through = [
            try_it(order.number, f"guess{place}@example.com", now, address=f"10.{place >> 8}.{place & 255}.1")
            for place in range(10_000)
        ]
    assert let_through == [True] * TRIES_FOR_AN_ORDER + [False] * (10_000 - TRIES_FOR_AN_ORDER)


def test_another_spelling_of_the_number_is_no_new_number(
    counted_here: None, order_as_guest: Any, now: datetime
) -> None:
    number = order_as_guest().number
    spellings = [number[:place] + "\x7f" * many + number[place:] for many in (1, 2, 3) for place in range(len(number))]
    let_through = [
        try_it(spelling, f"guess{place}@example.com", now, address=f"10.0.{place}.1")
        for place, spelling in enumerate(spellings)
    ]
    assert sum(let_through) == TRIES_FOR_AN_ORDER


def test_the_form_says_that_it_was_too_often_even_to_who_is_right(client: Client, order_as_guest: Any) -> None:
    order = order_as_guest()
    for _ in range(TRIES):
        look_up(client, "E-AAAA-AAAA-AA", "ada@example.com")
    answer = look_up(client, order.number, "ada@example.com")
    assert answer.status_code == 429
    assert "Too many tries" in answer.content.decode()
    assert look_up(client, order.number, "ada@example.com", REMOTE_ADDR="203.0.113.9").status_code == 302


def test_a_forged_header_gives_nobody_new_tries(client: Client, settings: Any, db: None) -> None:
    for place in range(TRIES):
        look_up(client, "E-AAAA-AAAA-AA", "a@example.com", HTTP_X_FORWARDED_FOR=f"198.51.100.{place}")
    assert look_up(client, "E-BBBB", "a@example.com", HTTP_X_FORWARDED_FOR="198.51.100.99").status_code == 429
    settings.TRUSTED_PROXIES = 1
    assert look_up(client, "E-BBBB", "a@example.com", HTTP_X_FORWARDED_FOR="198.51.100.99").status_code == 422


def test_one_visitor_has_all_addresses_of_an_ipv6_network(rf: RequestFactory) -> None:
    near = {visitor_of(rf.get("/", REMOTE_ADDR=f"2001:db8:0:7::{place}")) for place in range(1, 5)}
    assert near == {"2001:db8:0:7::/64"}
    assert visitor_of(rf.get("/", REMOTE_ADDR="203.0.113.7")) == "203.0.113.7"
    assert visitor_of(rf.get("/", REMOTE_ADDR="")) == ""


def test_what_is_tried_is_counted_by_itself(counted_here: None) -> None:
    for _ in range(2):
        count_try("one", "ada", tries=2, seconds=60)
    with pytest.raises(TooManyTries):
        count_try("one", "ada", tries=2, seconds=60)
    count_try("one", "mallory", tries=2, seconds=60)
    count_try("other", "ada\ud800" + "x" * 10_000, tries=2, seconds=60)


def test_without_redis_the_form_works_uncounted_and_says_so(
    client: Client, order_as_guest: Any, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    order = order_as_guest()
    nowhere = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": nowhere}
    with caplog.at_level(logging.WARNING):
        assert look_up(client, order.number, "ada@example.com").status_code == 302
    assert "are not counted" in caplog.text
