"""A question from the contact form becomes a ticket of the right customer."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from helpdesk.models import Ticket

from crm import api as crm
from support.models import TicketContext
from support.steps import stand_in_line
from support.tickets import Question, open_ticket

# Of one address or one browser. Kept in Postgres: the counting works when Redis does not.
TICKETS_PER_HOUR = 6


class TooManyTickets(Exception):
    """More tickets within an hour than a person writes."""


@transaction.atomic
def send_question(question: Question, *, name: str, who: crm.Who, order: Any = None, now: datetime) -> Ticket:
    """Open a ticket for whoever fills in the form.

    Logged in: their customer. Otherwise a guest, who by the typed address alone is nobody we know.

    :raises TooManyTickets: if this address or browser wrote too much within the hour
    """
    stand_in_line(f"support.address:{question.email}")
    if question.submission is not None:
        known = Ticket.objects.filter(context__submission=question.submission).first()
        if known:
            return known
    _refuse_flood(question.email, who.visitor, now)
    customer_id = who.customer_id or _guest(question, name, who, order, now)
    return open_ticket(customer_id, question=question, actor=crm.Actor.customer(customer_id), now=now)


def _refuse_flood(email: str, visitor: UUID | None, now: datetime) -> None:
    contexts = TicketContext.objects.filter(channel=TicketContext.Channel.WEB).from_address_or_browser(email, visitor)
    if contexts.opened_since(now - timedelta(hours=1)).count() >= TICKETS_PER_HOUR:
        raise TooManyTickets


def _guest(question: Question, name: str, who: crm.Who, order: Any, now: datetime) -> int:
    """The guest behind the order, if its signed link was shown and the address is the order's; else by browser.

    Never a customer with an account: for that, one logs in.
    """
    purchase = getattr(order, "purchase", None)
    if purchase and crm.normalise_email(purchase.email) == question.email and purchase.customer.account_id is None:
        return int(purchase.customer_id)
    customer = crm.customer_for_guest(
        email=question.email, name=name, language=question.language, visitor=who.visitor, now=now
    )
    return customer.pk
