"""Whoever logs in was the nameless visitor of this browser."""

import uuid
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from crm import api as crm
from crm.customers import note_login
from crm.models import Identity, Interaction
from tests.conftest import PASSWORD


def viewed(visitor: uuid.UUID, now: datetime, customer: crm.Customer | None = None) -> Interaction:
    row = Interaction(
        kind="shop.product.viewed",
        visitor=visitor,
        customer=customer,
        actor=f"visitor:{visitor}",
        occurred_at=now,
        dedupe_key=uuid.uuid4().hex,
    )
    crm.record_many([row])
    return Interaction.objects.get(dedupe_key=row.dedupe_key)


def owner_of(row: Interaction) -> int | None:
    return Interaction.objects.get(pk=row.pk).customer_id


def log_in(client: Any, browser: uuid.UUID, email: str, password: str = PASSWORD) -> Any:
    client.cookies[settings.VISITOR_COOKIE] = str(browser)
    return client.post(reverse("customer:login"), {"username": email, "password": password})


def test_what_a_browser_did_nameless_becomes_its_customers(ada: crm.Customer, client: Any, now: datetime) -> None:
    browser = uuid.uuid4()
    row = viewed(browser, now)
    assert log_in(client, browser, "ada@example.com").status_code == 302
    assert owner_of(row) == ada.pk
    assert Identity.objects.get(kind=Identity.Kind.VISITOR, value=str(browser)).customer == ada
    assert Interaction.objects.filter(kind="crm.customer.logged_in", customer=ada).count() == 1


def test_a_refused_login_recognises_nobody(ada: crm.Customer, client: Any, now: datetime) -> None:
    browser = uuid.uuid4()
    row = viewed(browser, now)
    before = Interaction.objects.count()
    log_in(client, browser, "ada@example.com", "a-wrong-password")
    assert owner_of(row) is None
    assert not Identity.objects.filter(kind=Identity.Kind.VISITOR).exists()
    assert Interaction.objects.count() == before


def test_rows_of_other_browsers_and_other_people_stay_theirs(
    ada: crm.Customer, mallory: crm.Customer, client: Any, now: datetime
) -> None:
    browser = uuid.uuid4()
    adas, strangers = viewed(browser, now, ada), viewed(uuid.uuid4(), now)
    log_in(client, browser, "mallory@example.com")
    assert (owner_of(adas), owner_of(strangers)) == (ada.pk, None)


def test_a_browser_is_of_who_logged_in_last(ada: crm.Customer, mallory: crm.Customer, now: datetime) -> None:
    browser = uuid.uuid4()
    for customer in (ada, mallory):
        note_login(crm.User.objects.get(pk=customer.account_id), visitor=browser, now=now)
    assert [one.customer for one in Identity.objects.filter(value=str(browser))] == [mallory]


def test_staff_who_never_shopped_are_no_customer(grace: crm.User, client: Any) -> None:
    browser = uuid.uuid4()
    assert log_in(client, browser, "grace@example.com").status_code == 302
    assert not Identity.objects.filter(value=str(browser)).exists()
    assert Interaction.objects.count() == 0


@pytest.mark.parametrize("header", ["HTTP_SEC_GPC", "HTTP_DNT"])
def test_a_browser_that_objects_gets_no_number(db: None, client: Any, header: str) -> None:
    page = reverse("customer:login")
    assert settings.VISITOR_COOKIE not in client.get(page, **{header: "1"}).cookies
    assert settings.VISITOR_COOKIE in client.get(page).cookies


@pytest.mark.parametrize("cookie", ["", "nonsense", "'; DROP TABLE", "0" * 10_000])
def test_a_cookie_that_is_no_number_is_replaced(db: None, client: Any, cookie: str) -> None:
    client.cookies[settings.VISITOR_COOKIE] = cookie
    given = client.get(reverse("customer:login")).cookies[settings.VISITOR_COOKIE].value
    assert uuid.UUID(given).version == 4
