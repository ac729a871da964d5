"""A ticket as its customer sees it: what was said to and by them, nothing that agents say among themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from helpdesk.models import Ticket

from support.models import Message, TicketContext, TicketFile
from support.models.tickets import DONE


class NotTheirTicket(LookupError):
    """There is no such ticket for whoever asks."""


@dataclass(frozen=True)
class Said:
    """One message. `author` is empty for the customer's own."""

    at: datetime
    author: str
    is_ours: bool
    text: str
    files: Sequence[TicketFile]


@dataclass(frozen=True)
class Conversation:
    ticket: Ticket
    context: TicketContext
    is_done: bool
    said: Sequence[Said]


def conversation_of(ticket_id: int) -> Conversation:
    """:raises NotTheirTicket: if it is gone"""
    ticket = Ticket.objects.filter(pk=ticket_id).select_related("context__order", "context__customer").first()
    if ticket is None or not hasattr(ticket, "context"):
        raise NotTheirTicket(ticket_id)
    files: dict[int | None, list[TicketFile]] = {}
    for file in ticket.files.order_by("pk"):
        files.setdefault(file.followup_id, []).append(file)
    said = [Said(ticket.context.created_at, "", False, ticket.description or "", files.get(None, []))]
    shown = (Message.Author.CUSTOMER, Message.Author.AGENT)
    followups = ticket.followup_set.filter(public=True, message__author__in=shown)
    for followup in followups.select_related("user", "message").order_by("date", "pk"):
        is_ours = followup.message.author == Message.Author.AGENT
        author = followup.user.first_name if is_ours and followup.user else ""
        said.append(Said(followup.date, author, is_ours, followup.comment or "", files.get(followup.pk, [])))
    return Conversation(ticket, ticket.context, ticket.status in DONE, said)


def access_file(ticket_id: int, file_id: int) -> TicketFile:
    """A file that the customer of the ticket may have: none of a note's.

    :raises NotTheirTicket: if there is no such file in that ticket
    """
    file = TicketFile.objects.filter(pk=file_id, ticket_id=ticket_id).select_related("followup").first()
    if file is None or (file.followup is not None and not file.followup.public):
        raise NotTheirTicket(file_id)
    return file
