"""Who a guest or a sender is taken for, when nothing is proved."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from crm import api as crm
from crm.models import Customer, Identity
from tests.races import run_at_once

Guest = Callable[..., crm.Customer]


def sender(email: str, now: datetime, name: str = "Somebody") -> crm.Customer:
    return crm.customer_for_sender(email=email, name=name, language="tr", now=now)


def test_the_same_browser_with_the_same_address_is_the_same_guest(guest: Guest) -> None:
    browser = uuid.uuid4()
    assert guest("Someone@example.com", browser) == guest(" someone@Example.com", browser)


def test_the_same_address_from_elsewhere_is_somebody_else(guest: Guest) -> None:
    first = guest("someone@example.com", uuid.uuid4())
    assert guest("someone@example.com", uuid.uuid4()) != first
    assert guest("someone@example.com", None) != first


def test_the_same_browser_with_another_address_is_somebody_else(guest: Guest) -> None:
    browser = uuid.uuid4()
    first = guest("someone@example.com", browser)
    assert guest("flatmate@example.com", browser) != first
    assert [one.value for one in crm.emails_of(first.pk)] == ["someone@example.com"]


def test_a_guest_is_never_taken_for_an_account(ada: crm.Customer, guest: Guest, now: datetime) -> None:
    browser = uuid.uuid4()
    crm.recognise_browser(ada.pk, browser, now=now)
    assert guest("ada@example.com", browser) != ada


def test_a_sender_is_never_taken_for_an_account_or_a_browser(ada: crm.Customer, guest: Guest, now: datetime) -> None:
    shopper = guest("ada@example.com", uuid.uuid4())
    assert sender("ada@example.com", now) not in (ada, shopper)


def test_a_sender_who_writes_again_is_the_same(db: None, now: datetime) -> None:
    assert sender("Writer@example.com", now) == sender("writer@example.com ", now)


def test_a_sender_who_was_merged_is_not_found_again(ada: crm.Customer, now: datetime) -> None:
    first = sender("ada@example.com", now)
    crm.merge_customers(first.pk, into_id=ada.pk, reason="staff", actor=crm.Actor.system("test"), now=now)
    again = sender("ada@example.com", now)
    assert again not in (first, ada)
    assert again.merged_into is None


@pytest.mark.parametrize("name", ["", "N" * 10_000, "A\0B", "  "])
def test_any_name_of_a_sender_fits(db: None, now: datetime, name: str) -> None:
    assert len(sender("writer@example.com", now, name).name) <= 200


def test_staff_find_everybody_who_gave_an_address(ada: crm.Customer, guest: Guest) -> None:
    other = guest("ada@example.com", uuid.uuid4())
    assert set(crm.with_address("ADA@example.com")) == {ada, other}


@pytest.mark.django_db(transaction=True)
def test_a_double_click_in_one_browser_leaves_the_browser_with_one_owner(now: datetime) -> None:
    browser = uuid.uuid4()

    def order() -> Any:
        return crm.customer_for_guest(email="a@example.com", name="A", language="tr", visitor=browser, now=now)

    outcomes = run_at_once(order, order)
    assert all(isinstance(outcome, Customer) for outcome in outcomes), outcomes
    assert Identity.objects.filter(kind=Identity.Kind.VISITOR, value=str(browser)).count() == 1
