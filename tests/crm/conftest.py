"""What the tests of crm share: guests, offers, an empty stream, links out of mails."""

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from crm import api as crm
from crm import stream


@pytest.fixture
def traces() -> Iterator[Any]:
    """The stream, empty before and after."""
    stream.client().delete(stream.STREAM)
    yield stream
    stream.client().delete(stream.STREAM)


@pytest.fixture
def guest(db: None, now: datetime) -> Callable[..., crm.Customer]:
    """`guest("ada@example.com", visitor)`: somebody who ordered without an account."""

    def _guest(email: str, visitor: uuid.UUID | None = None) -> crm.Customer:
        return crm.customer_for_guest(email=email, name="Guest", language="tr", visitor=visitor, now=now)

    return _guest


@pytest.fixture
def offer(now: datetime) -> Callable[..., crm.OutgoingMail]:
    """`offer(ada, 1)`: a marketing mail in the outbox, due now."""

    def _offer(customer: crm.Customer, number: int = 1, to: str = "ada@example.com") -> crm.OutgoingMail:
        mail = crm.Mail(
            template="crm/email/account_exists",
            to=to,
            language="en",
            dedupe_key=f"offer:{customer.pk}:{number}",
            customer_id=customer.pk,
            is_marketing=True,
            context={"name": customer.name},
        )
        return crm.queue_mail(mail, now=now)

    return _offer


def token_in(mail: crm.OutgoingMail, page: str) -> str:
    """The token of the link to `/me/<page>/` in a mail."""
    found = re.search(rf"/me/{page}/([^/\s]+)/", mail.text + " " + mail.headers.get("List-Unsubscribe", ""))
    assert found, mail.text
    return found.group(1)
