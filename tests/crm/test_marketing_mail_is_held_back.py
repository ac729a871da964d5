"""Consent, suppression, frequency cap and quiet hours are asked when a mail leaves, not when it was queued."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail as django_mail
from django.utils import timezone

from crm import api as crm
from crm import outbox
from crm.models import Interaction, OutgoingMail, Suppression

Offer = Callable[..., OutgoingMail]
Status = OutgoingMail.Status


@pytest.fixture(autouse=True)
def _nothing_else_waits(ada: crm.Customer) -> None:
    outbox.deliver_due_mail()
    django_mail.outbox.clear()


def deliver(mail: OutgoingMail) -> tuple[str, str]:
    outbox.deliver_due_mail()
    mail.refresh_from_db()
    return mail.status, mail.error


def facts() -> list[str]:
    return list(Interaction.objects.filter(subject__startswith="crm.mail:").values_list("kind", flat=True))


def test_a_wanted_offer_leaves(ada: crm.Customer, offer: Offer) -> None:
    assert deliver(offer(ada)) == (Status.SENT, "")
    assert [message.to for message in django_mail.outbox] == [["ada@example.com"]]


def test_a_consent_withdrawn_after_queueing_holds_the_mail_back(ada: crm.Customer, offer: Offer, now: datetime) -> None:
    mail = offer(ada)
    crm.choose_offers(ada.pk, is_given=False, source="account", now=now)
    assert deliver(mail) == (Status.SUPPRESSED, "no consent")
    assert django_mail.outbox == []
    assert facts()[-1] == "crm.mail.suppressed"


def test_an_address_suppressed_after_queueing_holds_the_mail_back(
    ada: crm.Customer, offer: Offer, now: datetime
) -> None:
    mail = offer(ada, to="Ada <Ada@example.com>")
    Suppression.objects.create(address="ada@example.com", reason=Suppression.Reason.BOUNCED, created_at=now)
    assert deliver(mail) == (Status.SUPPRESSED, "address suppressed")
    assert django_mail.outbox == []


def test_the_second_offer_of_a_week_is_held_back(ada: crm.Customer, offer: Offer) -> None:
    assert deliver(offer(ada, 1))[0] == Status.SENT
    assert deliver(offer(ada, 2)) == (Status.SUPPRESSED, "frequency cap")
    OutgoingMail.objects.filter(status=Status.SENT).update(sent_at=timezone.now() - timedelta(days=7, minutes=1))
    assert deliver(offer(ada, 3))[0] == Status.SENT
    assert len(django_mail.outbox) == 2


def test_mail_about_an_order_is_never_held_back(mallory: crm.Customer, now: datetime, settings: Any) -> None:
    settings.MARKETING_QUIET_HOURS = "0-23"
    outbox.deliver_due_mail()
    assert {mail.status for mail in OutgoingMail.objects.filter(customer=mallory)} == {Status.SENT}


def test_an_offer_in_quiet_hours_waits_for_the_morning(ada: crm.Customer, offer: Offer, settings: Any) -> None:
    hour = timezone.localtime().hour
    settings.MARKETING_QUIET_HOURS = f"{(hour - 1) % 24}-{(hour + 2) % 24}"
    mail = offer(ada)
    assert deliver(mail) == (Status.QUEUED, "")
    assert (mail.attempts, django_mail.outbox) == (0, [])
    morning = timezone.localtime(mail.next_attempt_at)
    assert (morning.hour, morning.minute) == ((hour + 2) % 24, 0)
    assert timedelta(hours=1) < morning - timezone.now() <= timedelta(hours=2)
    settings.MARKETING_QUIET_HOURS = ""
    assert outbox.claim_next(now=mail.next_attempt_at - timedelta(seconds=1)) is None
    assert outbox.claim_next(now=mail.next_attempt_at) is not None


# Istanbul is three hours ahead of UTC all year: the local hour of each row is in its third column.
@pytest.mark.parametrize(
    ("hours", "now_utc", "local", "until_utc"),
    [
        ("21-9", "2026-11-16 17:59", "20:59", None),
        ("21-9", "2026-11-16 18:00", "21:00", "2026-11-17 06:00"),
        ("21-9", "2026-11-16 20:59", "23:59", "2026-11-17 06:00"),
        ("21-9", "2026-11-16 21:00", "00:00", "2026-11-17 06:00"),
        ("21-9", "2026-11-17 05:59", "08:59", "2026-11-17 06:00"),
        ("21-9", "2026-11-17 06:00", "09:00", None),
        ("21-9", "2026-12-31 20:00", "23:00", "2027-01-01 06:00"),
        ("0-8", "2026-11-16 20:59", "23:59", None),
        ("0-8", "2026-11-16 21:00", "00:00", "2026-11-17 05:00"),
        ("0-8", "2026-11-17 05:00", "08:00", None),
        ("21-0", "2026-11-16 20:59", "23:59", "2026-11-16 21:00"),
        ("21-0", "2026-11-16 21:00", "00:00", None),
        ("12-14", "2026-11-16 08:59", "11:59", None),
        ("12-14", "2026-11-16 10:30", "13:30", "2026-11-16 11:00"),
        ("12-14", "2026-11-16 11:00", "14:00", None),
        ("", "2026-11-16 23:00", "02:00", None),
    ],
)
def test_quiet_hours_end(settings: Any, hours: str, now_utc: str, local: str, until_utc: str | None) -> None:
    settings.MARKETING_QUIET_HOURS, settings.TIME_ZONE = hours, "Europe/Istanbul"
    now = datetime.fromisoformat(now_utc).replace(tzinfo=UTC)
    assert timezone.localtime(now).strftime("%H:%M") == local
    expected = datetime.fromisoformat(until_utc).replace(tzinfo=UTC) if until_utc else None
    assert outbox.end_of_quiet_hours(now) == expected


@pytest.mark.parametrize("hours", ["21-9", "0-8", "21-0", "9-21", "23-1", "12-13"])
@pytest.mark.parametrize("zone", ["Europe/Istanbul", "UTC", "America/New_York", "Asia/Kathmandu"])
def test_quiet_hours_end_soon_and_outside_themselves(settings: Any, hours: str, zone: str) -> None:
    settings.MARKETING_QUIET_HOURS, settings.TIME_ZONE = hours, zone
    start, end = (int(hour) for hour in hours.split("-"))
    quiet = 0
    for step in range(4 * 24 * 3):
        now = datetime(2026, 11, 20, tzinfo=UTC) + timedelta(minutes=15 * step)
        until = outbox.end_of_quiet_hours(now)
        if until is None:
            continue
        quiet += 1
        assert timedelta() < until - now <= timedelta(hours=(end - start) % 24)
        assert outbox.end_of_quiet_hours(until) is None
    assert quiet == 4 * 3 * ((end - start) % 24)
