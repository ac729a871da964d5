"""The door of the desk."""

from support.demo.loading import load_demo
from support.links import reply_address, ticket_token
from support.mail_in.receiving import Receipt, receive_mail
from support.models import TicketContext
from support.tickets import (
    Question,
    SomebodyWrote,
    add_note,
    customer_replied,
    open_ticket,
    reply_to_ticket,
    resolve_ticket,
)

__all__ = [
    "Question",
    "Receipt",
    "SomebodyWrote",
    "TicketContext",
    "add_note",
    "customer_replied",
    "load_demo",
    "open_ticket",
    "receive_mail",
    "reply_address",
    "reply_to_ticket",
    "resolve_ticket",
    "ticket_token",
]
