"""Workers race for the outbox, die and are swept: every mail leaves, none is lost."""

import smtplib
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as django_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, connections
from django.utils import timezone

from crm import api as crm
from crm import outbox
from crm.models import Interaction, OutgoingMail, Suppression
from tests.processes import queue

Status = OutgoingMail.Status


class Refusing(BaseEmailBackend):
    """A server that answers with `error` to every mail."""

    error: Exception

    def send_messages(self, email_messages: Any) -> int:
        raise type(self).error


@pytest.fixture
def refuse(settings: Any) -> Any:
    def _refuse(error: Exception) -> None:
        Refusing.error = error
        settings.EMAIL_DELIVERY_BACKEND = f"{__name__}.Refusing"

    return _refuse


def test_a_queued_mail_is_sent_and_says_when(db: None) -> None:
    (mail,) = queue()
    assert outbox.deliver_due_mail() == 1
    mail.refresh_from_db()
    assert (mail.status, mail.attempts) == (Status.SENT, 1)
    assert mail.sent_at is not None
    assert [message.extra_headers["Message-ID"] for message in django_mail.outbox] == [mail.message_id]


def test_the_same_dedupe_key_queues_one_mail(ada: crm.Customer, now: Any) -> None:
    before = OutgoingMail.objects.count()
    for _ in range(2):
        queue()
    assert OutgoingMail.objects.count() == before + 1


def test_a_sent_mail_is_never_claimed_again(db: None) -> None:
    queue()
    outbox.deliver_due_mail()
    assert outbox.claim_next(now=timezone.now() + timedelta(days=9)) is None


def test_a_server_that_is_away_costs_no_attempt_and_the_mail_leaves_later(db: None, refuse: Any, settings: Any) -> None:
    (mail,) = queue()
    refuse(ConnectionRefusedError("nobody home"))
    assert outbox.deliver_due_mail() == 0
    mail.refresh_from_db()
    assert (mail.status, mail.attempts) == (Status.RETRY, 0)
    OutgoingMail.objects.update(next_attempt_at=timezone.now())
    settings.EMAIL_DELIVERY_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert outbox.deliver_due_mail() == 1


def test_a_temporary_refusal_is_tried_again_later_and_later(db: None, refuse: Any) -> None:
    (mail,) = queue()
    refuse(smtplib.SMTPResponseException(451, b"greylisted"))
    waits = []
    for _ in range(2):
        OutgoingMail.objects.update(next_attempt_at=timezone.now())
        outbox.deliver_due_mail()
        mail.refresh_from_db()
        assert mail.status == Status.RETRY
        waits.append(mail.next_attempt_at - timezone.now())
    assert waits[1] > waits[0]


def test_a_mail_refused_too_often_has_failed(db: None, refuse: Any) -> None:
    (mail,) = queue(attempts=outbox.MAX_REFUSALS - 1)
    refuse(smtplib.SMTPResponseException(451, b"greylisted"))
    outbox.deliver_due_mail()
    mail.refresh_from_db()
    assert mail.status == Status.FAILED


def test_an_unknown_recipient_bounces_and_is_suppressed(db: None, refuse: Any) -> None:
    (mail,) = queue()
    refuse(smtplib.SMTPRecipientsRefused({"person0@example.com": (550, b"no such user")}))
    outbox.deliver_due_mail()
    mail.refresh_from_db()
    assert mail.status == Status.BOUNCED
    assert Suppression.objects.get().address == "person0@example.com"


def test_a_refused_mail_does_not_stop_the_next_one(db: None, refuse: Any) -> None:
    queue(3)
    refuse(smtplib.SMTPDataError(554, b"we do not like this"))
    outbox.deliver_due_mail()
    assert OutgoingMail.objects.filter(status=Status.FAILED).count() == 3


def test_a_mail_whose_worker_died_is_put_back_only_after_its_time(db: None, settings: Any) -> None:
    queue()
    now = timezone.now()
    died = now - timedelta(seconds=settings.OUTBOX_CLAIM_SECONDS)
    OutgoingMail.objects.update(next_attempt_at=died)
    assert outbox.claim_next(now=died) is not None
    assert outbox.release_stuck(now=now - timedelta(seconds=1)) == 0
    assert outbox.release_stuck(now=now + timedelta(seconds=1)) == 1
    OutgoingMail.objects.update(next_attempt_at=now)
    assert outbox.deliver_due_mail() == 1


@pytest.mark.django_db(transaction=True)
def test_four_workers_send_five_hundred_mails_none_twice() -> None:
    queue(500)
    sent: list[int] = []

    def work() -> None:
        try:
            sent.append(outbox.deliver_due_mail())
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    keys = [message.extra_headers["Message-ID"] for message in django_mail.outbox]
    assert (sum(sent), len(keys), len(set(keys))) == (500, 500, 500)
    assert OutgoingMail.objects.filter(status=Status.SENT).count() == 500


def test_mail_of_django_itself_goes_through_the_outbox(db: None, settings: Any) -> None:
    settings.EMAIL_BACKEND = "crm.backends.OutboxBackend"
    message = django_mail.EmailMultiAlternatives("Hi", "text", "a@example.com", ["b@example.com", "c@example.com"])
    message.attach_alternative("<p>html</p>", "text/html")
    message.attach("note.txt", "attached", "text/plain")
    assert message.send() == 1
    rows = OutgoingMail.objects.order_by("to")
    assert [(row.to, row.html, row.status) for row in rows] == [
        ("b@example.com", "<p>html</p>", Status.QUEUED),
        ("c@example.com", "<p>html</p>", Status.QUEUED),
    ]
    assert [bytes(part.content) for row in rows for part in row.attachments.all()] == [b"attached"] * 2
    assert django_mail.outbox == []


def test_a_sent_mail_stands_in_the_customers_timeline(ada: crm.Customer) -> None:
    outbox.deliver_due_mail()
    assert Interaction.objects.filter(customer=ada, kind="crm.mail.sent").count() == 1


def test_the_index_of_due_mails_is_used(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = OutgoingMail.objects.due(timezone.now())[:1].explain()
    assert "crm_outgoingmail_due" in plan
