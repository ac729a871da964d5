"""What every change of a ticket is made of: its lock, one follow-up, whose turn it is, the fact for the timeline."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from helpdesk.models import FollowUp, Ticket

from crm import api as crm
from support.models import Message, TicketContext
from support.references import reference_of


def stand_in_line(key: str) -> None:
    """Let nobody else with this key pass until the caller's transaction ends."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def lock_ticket(ticket_id: int) -> tuple[Ticket, TicketContext]:
    ticket = Ticket.objects.select_for_update(of=("self",)).get(pk=ticket_id)
    return ticket, TicketContext.objects.get(ticket_id=ticket_id)


def said_already(submission: UUID | None) -> FollowUp | None:
    if submission is None:
        return None
    return FollowUp.objects.filter(message__submission=submission).first()


def say(
    ticket: Ticket,
    context: TicketContext,
    author: str,
    text: str,
    *,
    now: datetime,
    user_id: int | None = None,
    public: bool = True,
    submission: UUID | None = None,
    new_status: int | None = None,
    message_id: str = "",
    other_sender: str = "",
) -> FollowUp:
    """One follow-up with its message; whatever changed on the (locked) ticket is saved with it."""
    ticket.modified = now
    ticket.save(update_fields=["status", "resolution", "assigned_to", "modified"])
    # Not FollowUp.save(): that writes the whole ticket again, with the clock's time.
    [followup] = FollowUp.objects.bulk_create(
        [
            FollowUp(
                ticket=ticket,
                date=now,
                title=str(Message.Author(author).label),
                comment=text,
                public=public,
                user_id=user_id,
                new_status=new_status,
                message_id=message_id[:256],
            )
        ]
    )
    Message.objects.create(
        followup=followup, author=author, submission=submission, other_sender=crm.clean_line(other_sender)[:254]
    )
    if text:
        context.search_text = f"{context.search_text} {crm.fold(text)}"
        context.save(update_fields=["search_text"])
    return followup


def pass_turn(context: TicketContext, turn: str, *, now: datetime) -> None:
    """Whoever waited already has waited since then."""
    if context.turn != turn:
        context.turn, context.waiting_since = turn, now
        context.save(update_fields=["turn", "waiting_since"])


def record_fact(what: str, context: TicketContext, *, actor: crm.Actor, now: datetime, **data: Any) -> None:
    crm.record(
        f"support.ticket.{what}",
        customer_id=context.customer_id,
        actor=actor,
        now=now,
        subject=reference_of(context.ticket_id),
        data=data,
    )
