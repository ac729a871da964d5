"""Tracking without an account, and what strangers get to see: nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import translation

from crm import api as crm
from shop.orders.links import order_token
from shop.orders.selectors import orders_of_customer
from shop.tracking.knowing import TRIES


@pytest.fixture(autouse=True)
def _english() -> Any:
    cache.clear()
    with translation.override("en"):
        yield


def look_up(client: Client, number: str, email: str) -> Any:
    return client.post(reverse("shop:track"), {"number": number, "contact": email})


def test_the_link_opens_the_order_without_an_account(client: Client, order_as_guest: Any) -> None:
    order = order_as_guest()
    page = client.get(reverse("shop:tracking", args=[order_token(order)]))
    assert order.number in page.content.decode()


@pytest.mark.parametrize("token", ["E-XXXX-XXXX-XX", "E-XXXX-XXXX-XX:forged", "x", "%00", "a" * 2000])
def test_a_forged_link_opens_nothing(client: Client, order_as_guest: Any, token: str) -> None:
    order = order_as_guest()
    page = client.get(reverse("shop:track") + token + "/")
    assert page.status_code == 404
    assert order.number not in page.content.decode()


def test_a_link_cannot_be_moved_to_another_order(client: Client, order_as_guest: Any) -> None:
    first, second = order_as_guest(), order_as_guest()
    signature = order_token(first).partition(":")[2]
    page = client.get(reverse("shop:tracking", args=[f"{second.number}:{signature}"]))
    assert page.status_code == 404


def test_number_and_address_find_the_order_however_they_are_typed(client: Client, order_as_guest: Any) -> None:
    order = order_as_guest()
    answer = look_up(client, f" {order.number.lower()} ", "ADA@example.com")
    assert answer.url == reverse("shop:tracking", args=[order_token(order)])


def test_a_wrong_address_and_a_wrong_number_look_the_same(client: Client, order_as_guest: Any) -> None:
    order = order_as_guest()
    wrong = [look_up(client, order.number, "mallory@example.com"), look_up(client, "E-AAAA-AAAA-AA", "ada@example.com")]
    assert [answer.status_code for answer in wrong] == [422, 422]
    errors = [answer.context["form"].non_field_errors() for answer in wrong]
    assert errors[0] == errors[1]


def test_guessing_has_an_end(client: Client, order_as_guest: Any) -> None:
    order = order_as_guest()
    for _ in range(TRIES):
        look_up(client, "E-AAAA-AAAA-AA", "ada@example.com")
    assert look_up(client, order.number, "ada@example.com").status_code == 429


def test_an_account_with_somebody_elses_address_sees_none_of_their_orders(
    order_as_guest: Any, login: Callable[[Any], Client], now: Any
) -> None:
    order = order_as_guest(email="victim@example.com")
    thief = crm.open_account(
        email="victim@example.com",
        password="a-long-enough-password",
        name="Mallory",
        language="en",
        who=crm.Who(None, None),
        wants_offers=False,
        now=now,
    )
    customer = crm.customer_of_account(thief.pk)
    assert list(orders_of_customer(customer.pk)) == []
    page = login(thief).get(reverse("customer:profile-view"))
    assert order.number not in page.content.decode()


def test_once_the_address_is_proved_the_guests_orders_join_the_account(
    order_as_guest: Any, mallory: crm.Customer, now: Any
) -> None:
    order = order_as_guest(email="mallory@example.com")
    crm.mark_verified(mallory, "mallory@example.com", now=now)
    assert list(orders_of_customer(mallory.pk)) == [order]


def test_the_account_pages_are_for_those_who_are_logged_in(client: Client, db: None) -> None:
    page = client.get(reverse("customer:profile-view"))
    assert page.url.startswith(reverse("customer:login"))


def test_opening_an_account_twice_answers_the_same_and_tells_the_owner(client: Client, ada: crm.Customer) -> None:
    accounts = crm.User.objects.count()
    data = {"name": "X", "password": "a-long-enough-password"}
    known = client.post(reverse("customer:register"), {**data, "email": "ADA@example.com"})
    new = Client().post(reverse("customer:register"), {**data, "email": "new@example.com"})
    pages = [answer.content.decode().replace(to, "…") for answer, to in ((known, "ADA@"), (new, "new@"))]
    assert known.status_code == new.status_code == 200
    assert pages[0] == pages[1]
    assert crm.User.objects.count() == accounts + 1
    assert crm.OutgoingMail.objects.filter(to="ada@example.com", template="crm/email/account_exists").count() == 1
