"""RFC 8058: the mailbox provider posts once, from nowhere; a scanner that opens links changes nothing."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse

from crm import api as crm
from crm.models import Consent, Interaction, Suppression
from tests.crm.conftest import token_in

Offer = Callable[..., crm.OutgoingMail]
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def provider() -> Client:
    """A mailbox provider: no cookie, no CSRF token, and the protection switched on."""
    return Client(enforce_csrf_checks=True)


def page_of(mail: crm.OutgoingMail) -> str:
    return reverse("crm:unsubscribe", args=[token_in(mail, "unsubscribe")])


def written() -> list[int]:
    return [model._default_manager.count() for model in (Consent, Suppression, Interaction)]


def test_a_marketing_mail_says_how(ada: crm.Customer, offer: Offer) -> None:
    headers = offer(ada).headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(r"<https?://\S+/en/me/unsubscribe/\S+/>", headers["List-Unsubscribe"])


def test_a_marketing_mail_needs_somebody_who_can_be_asked(db: None, now: datetime) -> None:
    mail = crm.Mail(
        template="crm/email/account_exists", to="a@example.com", language="en", dedupe_key="x", is_marketing=True
    )
    with pytest.raises(ValueError, match="needs a customer"):
        crm.queue_mail(mail, now=now)
    assert crm.OutgoingMail.objects.count() == 0


def test_one_post_without_cookies_is_enough(ada: crm.Customer, offer: Offer, provider: Client) -> None:
    assert provider.post(page_of(offer(ada)), ONE_CLICK).status_code == 200
    assert not crm.wants_offers(ada.pk)
    latest = Consent.objects.latest("pk")
    assert (latest.source, latest.is_given, latest.ip_address) == ("one-click", False, "127.0.0.1")
    assert Suppression.objects.get().address == "ada@example.com"


def test_opening_the_link_unsubscribes_nobody(ada: crm.Customer, offer: Offer, provider: Client) -> None:
    page = page_of(offer(ada))
    before = written()
    for method in (provider.get, provider.head):
        assert method(page).status_code in (200, 405)
    assert written() == before
    assert crm.wants_offers(ada.pk)


def test_unsubscribing_twice_states_it_once(ada: crm.Customer, offer: Offer, provider: Client) -> None:
    page = page_of(offer(ada))
    assert provider.post(page, ONE_CLICK).status_code == 200
    before = written()
    assert provider.post(page, ONE_CLICK).status_code == 200
    assert written() == before


def test_the_button_on_the_page_works_too(ada: crm.Customer, offer: Offer, client: Any) -> None:
    assert client.post(page_of(offer(ada))).status_code == 200
    assert Consent.objects.latest("pk").source == "unsubscribe page"


@pytest.mark.parametrize("how", ["cut short", "another salt", "nonsense"])
def test_a_forged_link_unsubscribes_nobody(ada: crm.Customer, offer: Offer, provider: Client, how: str) -> None:
    genuine = token_in(offer(ada), "unsubscribe")
    token = {
        "cut short": genuine[:-3],
        "another salt": signing.dumps([ada.pk, "ada@example.com"], salt="crm.verify-address", compress=True),
        "nonsense": "x" * 3000,
    }[how]
    before = written()
    assert provider.post(reverse("crm:unsubscribe", args=[token]), ONE_CLICK).status_code == 404
    assert written() == before


def test_a_link_of_a_guest_who_was_merged_still_stops_the_mails_to_its_address(
    ada: crm.Customer, offer: Offer, provider: Client, now: datetime
) -> None:
    other = crm.customer_for_guest(email="ada@example.com", name="A", language="tr", visitor=None, now=now)
    page = page_of(offer(other))
    crm.merge_customers(other.pk, into_id=ada.pk, reason="staff", actor=crm.Actor.system("test"), now=now)
    assert provider.post(page, ONE_CLICK).status_code == 200
    assert not crm.wants_offers(ada.pk)
    assert Suppression.objects.filter(address="ada@example.com").exists()


def test_a_name_beside_the_address_is_no_way_around(ada: crm.Customer, offer: Offer, provider: Client) -> None:
    mail = offer(ada, 1, "Ada Yılmaz <ada@example.com>")
    assert provider.post(page_of(mail), ONE_CLICK).status_code == 200
    assert Suppression.objects.get().address == "ada@example.com"
