"""One mail that no server can get does not hold up the others."""

from datetime import datetime
from typing import Any

import pytest
from django.core import mail as django_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from crm import api as crm
from crm import outbox
from crm.models import OutgoingMail

Status = OutgoingMail.Status


class Strict(BaseEmailBackend):
    """Writes each message out, as SMTP does, before it keeps it."""

    def send_messages(self, email_messages: Any) -> int:
        for message in email_messages:
            message.message().as_bytes()
            django_mail.outbox.append(message)
        return len(email_messages)


def queue(to: str, **changes: Any) -> OutgoingMail:
    now = timezone.now()
    row = OutgoingMail(
        dedupe_key=f"test:{to}"[:150],
        message_id=crm.message_id_for(to),
        language="en",
        from_email="shop@example.com",
        to=to,
        subject="Hello",
        text="Hello",
        queued_at=now,
        next_attempt_at=now,
    )
    for name, value in changes.items():
        setattr(row, name, value)
    return outbox.enqueue(row)


@pytest.mark.parametrize(
    "broken",
    [
        {"to": "a@example.com\nBcc: everybody@example.com"},
        {"to": "b@example.com", "subject": "two\nlines"},
        {"to": "c@example.com", "headers": {"X-Odd": "a\nb"}},
    ],
)
def test_a_mail_that_cannot_be_written_has_failed_and_the_next_leaves(
    db: None, settings: Any, broken: dict[str, Any]
) -> None:
    settings.EMAIL_DELIVERY_BACKEND = f"{__name__}.Strict"
    poison = queue(**broken)
    fine = queue("fine@example.com")
    assert outbox.deliver_due_mail() == 1
    poison.refresh_from_db()
    fine.refresh_from_db()
    assert (poison.status, fine.status) == (Status.FAILED, Status.SENT)
    assert poison.error
    assert [message.to for message in django_mail.outbox] == [["fine@example.com"]]


def test_long_keys_and_subjects_fit_and_still_tell_mails_apart(db: None, now: datetime) -> None:
    key = "verify:" + "a" * 300
    mails = [
        crm.queue_mail(
            crm.Mail(template="crm/email/account_exists", to="a@example.com", language="en", dedupe_key=one), now=now
        )
        for one in (key + "1", key + "2", key + "1")
    ]
    assert mails[0] == mails[2] != mails[1]
    assert len(queue("long@example.com", subject="S" * 5000).subject) == 998
