"""Tickets for the desk's tests, opened through services."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from crm import api as crm
from support import api as support
from tests.shop.conftest import fill_basket, make_product, order_as_guest

__all__ = ["fill_basket", "make_product", "order_as_guest"]


def question(**changes: Any) -> support.Question:
    data: dict[str, Any] = {
        "title": "Where is my parcel?",
        "text": "It should have come yesterday.",
        "email": "guest@example.com",
        "language": "en",
        "channel": "web",
    }
    return support.Question(**{**data, **changes})


@pytest.fixture
def ask(db: None, now: datetime) -> Callable[..., Any]:
    """`ask(customer=ada, title="…")`: a ticket; of a new guest where no customer is given."""

    def _ask(customer: crm.Customer | None = None, at: datetime | None = None, **changes: Any) -> Any:
        asked = question(**changes)
        if customer is None:
            customer = crm.customer_for_guest(
                email=asked.email, name="Guest", language=asked.language, visitor=None, now=now
            )
        return support.open_ticket(customer.pk, question=asked, actor=crm.Actor.customer(customer.pk), now=at or now)

    return _ask


def eml(
    *,
    sender: str = "Guest <guest@example.com>",
    to: str = "destek@esnaf.example",
    subject: str = "Where is my parcel?",
    message_id: str = "<one@mail.example>",
    body: str = "It should have come yesterday.",
    **headers: str,
) -> bytes:
    lines = {"From": sender, "To": to, "Subject": subject, "Message-ID": message_id, "MIME-Version": "1.0"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines.setdefault("Content-Type", "text/plain; charset=utf-8")
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"{head}\r\n{body}\r\n".encode()
