"""An account is anybody's; an address is whose the mailed link proves it to be."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import signing
from django.core.exceptions import ValidationError
from django.urls import reverse

from crm import api as crm
from crm.models import Consent, Customer, Identity, Interaction, OutgoingMail, User
from tests.conftest import PASSWORD
from tests.crm.conftest import token_in


def open_account(now: datetime, email: str = "new@example.com", **changes: Any) -> crm.User:
    given = {"password": PASSWORD, "name": "New Person", "language": "en", "who": crm.Who(None, None)}
    return crm.open_account(email=email, wants_offers=False, now=now, **{**given, **changes})


def verification_of(user: crm.User) -> OutgoingMail:
    return OutgoingMail.objects.get(template="crm/email/verify_address", to=user.email)


def written() -> list[int]:
    return [model._default_manager.count() for model in (User, Customer, Identity, Interaction, OutgoingMail, Consent)]


def test_an_account_has_a_customer_and_an_unproved_address(db: None, now: datetime) -> None:
    user = open_account(now, "  New@Example.COM ")
    customer = crm.customer_of_account(user.pk)
    assert (user.email, user.email_verified_at, customer.name) == ("new@example.com", None, "New Person")
    assert [(one.value, one.verified_at) for one in crm.emails_of(customer.pk)] == [("new@example.com", None)]
    assert [entry.kind for entry in crm.timeline(customer.pk)] == ["crm.customer.registered"]
    assert verification_of(user).language == "en"


@pytest.mark.parametrize("password", ["short", "password12", "new@example.com"])
def test_a_weak_password_opens_nothing(db: None, now: datetime, password: str) -> None:
    before = written()
    with pytest.raises(ValidationError):
        open_account(now, password=password)
    assert written() == before


@pytest.mark.parametrize("email", ["ada@example.com", " ADA@example.com"])
def test_an_address_with_an_account_opens_no_second_one(ada: crm.Customer, now: datetime, email: str) -> None:
    before = written()
    with pytest.raises(crm.AccountExists):
        open_account(now, email)
    assert written() == before


def test_the_owner_is_told_of_the_try_once_an_hour(ada: crm.Customer, now: datetime) -> None:
    first = crm.remind_of_account("Ada@example.com ", now=now)
    again = crm.remind_of_account("ada@example.com", now=now + timedelta(minutes=20))
    later = crm.remind_of_account("ada@example.com", now=now + timedelta(hours=2))
    assert first is not None
    assert again == first
    assert later != first
    assert crm.remind_of_account("nobody@example.com", now=now) is None


def test_opening_the_link_proves_nothing_pressing_the_button_does(client: Any, db: None, now: datetime) -> None:
    user = open_account(now)
    page = reverse("crm:verify_address", args=[_fresh_token(user)])
    assert client.get(page).status_code == 200
    user.refresh_from_db()
    assert user.email_verified_at is None
    assert client.post(page).status_code == 302
    user.refresh_from_db()
    assert user.email_verified_at is not None
    assert crm.emails_of(crm.customer_of_account(user.pk))[0].verified_at is not None


def _fresh_token(user: crm.User) -> str:
    return signing.dumps([user.pk, user.email], salt="crm.verify-address")


def test_the_link_in_the_mail_is_the_one_that_proves(db: None, now: datetime) -> None:
    user = open_account(now)
    customer = crm.verify_address(token_in(verification_of(user), "verify"), now=now)
    assert customer == crm.customer_of_account(user.pk)
    assert Interaction.objects.filter(customer=customer, kind="crm.email.verified").count() == 1


def test_the_link_works_twice_and_proves_once(db: None, now: datetime) -> None:
    user = open_account(now)
    token = _fresh_token(user)
    for later in (0, 1):
        customer = crm.verify_address(token, now=now + timedelta(hours=later))
    user.refresh_from_db()
    assert user.email_verified_at == now
    assert Interaction.objects.filter(customer=customer, kind="crm.email.verified").count() == 1


def test_a_forged_link_proves_nothing(client: Any, db: None, now: datetime) -> None:
    user = open_account(now)
    genuine = _fresh_token(user)
    forged = [
        genuine[:-1] + ("A" if genuine[-1] != "A" else "B"),
        signing.dumps([user.pk, user.email], salt="crm.unsubscribe"),
        signing.dumps([user.pk + 1, user.email], salt="crm.verify-address"),
        "x",
        "%00",
    ]
    before = written()
    for token in forged:
        assert client.post(reverse("crm:verify_address", args=[token])).status_code == 404, token
    user.refresh_from_db()
    assert (user.email_verified_at, written()) == (None, before)


def test_an_old_link_proves_nothing(db: None, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    user = open_account(now)
    token = _fresh_token(user)
    real = signing.time.time
    monkeypatch.setattr(signing.time, "time", lambda: real() + 3 * 24 * 3600 + 5)
    with pytest.raises(crm.LinkNoLongerValid):
        crm.verify_address(token, now=now)
    user.refresh_from_db()
    assert user.email_verified_at is None


def test_a_link_for_an_address_that_was_changed_since_proves_nothing(db: None, now: datetime) -> None:
    user = open_account(now)
    token = _fresh_token(user)
    user.email = "other@example.com"
    user.save(update_fields=["email"])
    before = written()
    with pytest.raises(crm.LinkNoLongerValid):
        crm.verify_address(token, now=now)
    user.refresh_from_db()
    assert (user.email_verified_at, written()) == (None, before)


def test_the_longest_address_and_name_fit(db: None, now: datetime) -> None:
    email = f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.com"
    user = open_account(now, email, name="N" * 10_000)
    assert verification_of(user).to == email
    assert len(crm.customer_of_account(user.pk).name) == 200


def test_what_the_browser_did_before_belongs_to_the_new_account(db: None, now: datetime) -> None:
    visitor = uuid.uuid4()
    crm.record_many([_view(visitor, now)])
    user = open_account(now, who=crm.Who(None, visitor))
    kinds = {entry.kind for entry in crm.timeline(crm.customer_of_account(user.pk).pk)}
    assert kinds == {"crm.customer.registered", "shop.product.viewed"}


def _view(visitor: uuid.UUID, now: datetime) -> Interaction:
    actor = f"visitor:{visitor}"
    return Interaction(kind="shop.product.viewed", visitor=visitor, actor=actor, occurred_at=now, subject="")
