"""The latest statement counts; every statement stays."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from crm import api as crm
from crm.models import Consent, Interaction, Suppression

STAFF = crm.Actor.staff(1)


def statements(customer: crm.Customer) -> list[tuple[bool, str]]:
    return list(Consent.objects.filter(customer=customer).order_by("pk").values_list("is_given", "source"))


def suppress(address: str, reason: str, now: datetime) -> None:
    Suppression.objects.create(address=address, reason=reason, created_at=now)


def test_who_said_nothing_wants_nothing(mallory: crm.Customer) -> None:
    assert not crm.wants_offers(mallory.pk)


def test_the_latest_statement_counts_and_all_are_kept(ada: crm.Customer, now: datetime) -> None:
    for days, is_given in enumerate((False, True, False), start=1):
        later = now + timedelta(days=days)
        crm.state_consent(ada.pk, is_given=is_given, source=f"day {days}", actor=STAFF, now=later)
    assert not crm.wants_offers(ada.pk)
    assert statements(ada) == [(True, "registration"), (False, "day 1"), (True, "day 2"), (False, "day 3")]


def test_of_two_statements_in_one_instant_the_later_row_counts(ada: crm.Customer, now: datetime) -> None:
    crm.state_consent(ada.pk, is_given=False, source="a", actor=STAFF, now=now)
    assert not crm.wants_offers(ada.pk)
    crm.state_consent(ada.pk, is_given=True, source="b", actor=STAFF, now=now)
    assert crm.wants_offers(ada.pk)


def test_a_statement_says_when_where_and_to_which_text(ada: crm.Customer, now: datetime) -> None:
    given = crm.state_consent(ada.pk, is_given=True, source="checkout", actor=STAFF, now=now, ip_address="2001:db8::1")
    given.refresh_from_db()
    assert (given.wording, given.source, given.ip_address, given.stated_at) == (
        "offers-by-email-1",
        "checkout",
        "2001:db8::1",
        now,
    )
    fact = Interaction.objects.filter(kind="crm.consent.given").latest("pk")
    assert (fact.actor, fact.data) == ("staff:1", {"channel": "email", "source": "checkout"})


def test_a_channel_says_nothing_about_another(mallory: crm.Customer, now: datetime) -> None:
    crm.state_consent(mallory.pk, is_given=True, source="call", actor=STAFF, now=now, channel=Consent.Channel.CALL)
    assert not crm.wants_offers(mallory.pk)
    assert crm.wants_offers(mallory.pk, channel=Consent.Channel.CALL)


def test_choosing_the_same_again_adds_no_statement(ada: crm.Customer, now: datetime) -> None:
    crm.choose_offers(ada.pk, is_given=True, source="account", now=now)
    assert statements(ada) == [(True, "registration")]


def test_wanting_offers_again_lifts_ones_own_unsubscription_only(
    ada: crm.Customer, mallory: crm.Customer, now: datetime
) -> None:
    suppress("ada@example.com", Suppression.Reason.UNSUBSCRIBED, now)
    suppress("somebody@example.com", Suppression.Reason.UNSUBSCRIBED, now)
    crm.choose_offers(mallory.pk, is_given=True, source="account", now=now)
    assert Suppression.objects.count() == 2
    crm.choose_offers(ada.pk, is_given=True, source="account", now=now)
    assert [one.address for one in Suppression.objects.all()] == ["somebody@example.com"]


def test_an_address_that_is_claimed_but_not_proved_lifts_nothing(mallory: crm.Customer, now: datetime) -> None:
    suppress("mallory@example.com", Suppression.Reason.UNSUBSCRIBED, now)
    crm.choose_offers(mallory.pk, is_given=True, source="account", now=now)
    assert Suppression.objects.filter(address="mallory@example.com").exists()


def test_a_bounced_or_complaining_address_stays_suppressed(ada: crm.Customer, now: datetime) -> None:
    suppress("ada@example.com", Suppression.Reason.BOUNCED, now)
    crm.choose_offers(ada.pk, is_given=True, source="account", now=now)
    assert Suppression.objects.filter(address="ada@example.com").exists()


def test_reading_what_counts_uses_the_index(ada: crm.Customer, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        crm.wants_offers(ada.pk)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    latest = Consent.objects.filter(customer=ada, channel="email").order_by("-stated_at", "-id")[:1]
    assert "crm_consent_latest" in latest.explain()
