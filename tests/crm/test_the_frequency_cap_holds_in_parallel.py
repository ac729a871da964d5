"""Two workers with two offers of one customer in hand would both count none sent. They must not come to that."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as django_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from crm import api as crm
from crm import outbox
from crm.models import OutgoingMail
from tests.races import run_at_once

Status = OutgoingMail.Status
PEOPLE, OFFERS = 6, 4


class Slow(BaseEmailBackend):
    """A server that takes its time, so that the workers meet."""

    def send_messages(self, email_messages: Any) -> int:
        time.sleep(0.05)
        django_mail.outbox.extend(email_messages)
        return len(email_messages)


def customer_with_offers(name: str, now: Any) -> crm.Customer:
    customer = crm.customer_for_guest(email=f"{name}@example.com", name=name, language="en", visitor=None, now=now)
    crm.state_consent(customer.pk, is_given=True, source="test", actor=crm.Actor.system("test"), now=now)
    for number in range(OFFERS):
        mail = crm.Mail(
            template="crm/email/account_exists",
            to=f"{name}@example.com",
            language="en",
            dedupe_key=f"offer:{name}:{number}",
            customer_id=customer.pk,
            is_marketing=True,
        )
        crm.queue_mail(mail, now=now)
    return customer


@pytest.mark.django_db(transaction=True)
def test_four_workers_send_each_customer_one_offer(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EMAIL_DELIVERY_BACKEND = f"{__name__}.Slow"
    monkeypatch.setattr(outbox, "ASK_AGAIN_SECONDS", 0.1)
    now = timezone.now()
    for index in range(PEOPLE):
        customer_with_offers(f"person{index}", now)

    def work() -> None:
        deadline = time.monotonic() + 20
        while OutgoingMail.objects.filter(status__in=[*OutgoingMail.WAITING, Status.SENDING]).exists():
            outbox.deliver_due_mail()
            time.sleep(0.02)
            assert time.monotonic() < deadline

    assert run_at_once(*[work] * 4) == [None] * 4
    recipients = sorted(message.to[0] for message in django_mail.outbox)
    print(f"\nfrequency cap: {PEOPLE * OFFERS} offers for {PEOPLE} customers, 4 workers: {len(recipients)} sent")
    assert recipients == [f"person{index}@example.com" for index in range(PEOPLE)]
    assert OutgoingMail.objects.filter(status=Status.SUPPRESSED, error="frequency cap").count() == PEOPLE * (OFFERS - 1)


@pytest.mark.django_db(transaction=True)
def test_claiming_never_waits_for_a_merger_of_the_customer() -> None:
    now = timezone.now()
    customer = customer_with_offers("person", now)
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            crm.Customer.objects.select_for_update().get(pk=customer.pk)
            locked.set()
            done.wait(timeout=5)

    def claim() -> float:
        locked.wait(timeout=5)
        began = time.monotonic()
        claimed = outbox.claim_next(now=now + timedelta(seconds=1))
        done.set()
        assert claimed is None
        return time.monotonic() - began

    _, waited = run_at_once(hold, claim)
    assert waited < 2
    assert OutgoingMail.objects.filter(status=Status.QUEUED, next_attempt_at__gt=now).count() == OFFERS
