"""Mails of the desk: receipt and answer, each in the thread of its ticket."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from helpdesk.models import FollowUp, Ticket

from crm import api as crm
from support.links import desk_address, reply_address, ticket_url
from support.models import InboundMail, TicketContext
from support.references import reference_of

RECEIPT = "support/email/ticket_received"
# Two answering machines that face each other stop here.
RECEIPTS_PER_HOUR = 3


def thread_of(ticket_id: int) -> list[str]:
    """Message-IDs of all mail about a ticket, both ways, oldest first."""
    came = (
        InboundMail.objects.filter(ticket_id=ticket_id).exclude(message_id="").values_list("received_at", "message_id")
    )
    went = crm.OutgoingMail.objects.filter(reference=reference_of(ticket_id)).values_list("queued_at", "message_id")
    return [message_id for _, message_id in sorted([*came, *went])]


def acknowledge(ticket: Ticket, context: TicketContext, *, in_reply_to: Sequence[str], now: datetime) -> None:
    """Say that the message has arrived; not to an address that got several receipts within the hour."""
    receipts = crm.OutgoingMail.objects.filter(
        template=RECEIPT, to=context.email, queued_at__gt=now - timedelta(hours=1)
    )
    if receipts.count() < RECEIPTS_PER_HOUR:
        _queue(RECEIPT, ticket, context, key="receipt", now=now, in_reply_to=in_reply_to)


def send_answer(
    ticket: Ticket, context: TicketContext, followup: FollowUp, *, is_resolved: bool, now: datetime
) -> None:
    template = "support/email/ticket_resolved" if is_resolved else "support/email/ticket_answered"
    author = followup.user.first_name if followup.user else ""
    _queue(
        template,
        ticket,
        context,
        key=f"answer:{followup.pk}",
        now=now,
        in_reply_to=thread_of(ticket.pk),
        text=followup.comment,
        author=author,
    )


def _queue(
    template: str,
    ticket: Ticket,
    context: TicketContext,
    *,
    key: str,
    now: datetime,
    in_reply_to: Sequence[str],
    text: str | None = "",
    author: str = "",
) -> None:
    crm.queue_mail(
        crm.Mail(
            template=template,
            to=context.email,
            language=context.language,
            customer_id=context.customer_id,
            reference=reference_of(ticket.pk),
            dedupe_key=f"support.ticket:{ticket.pk}:{key}",
            from_email=f"{settings.SHOP_NAME} <{desk_address()}>",
            reply_to=reply_address(ticket.pk),
            in_reply_to=in_reply_to,
            context={
                "ticket": ticket,
                "name": context.customer.name,
                "text": text,
                "author": author,
                "link": ticket_url(ticket.pk, language=context.language),
            },
        ),
        now=now,
    )
