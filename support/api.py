"""The door of the desk."""

from support.agents import active_agents, is_agent
from support.demo.loading import load_demo
from support.links import NotATicketLink, reply_address, ticket_token, ticket_url
from support.mail_in.receiving import Receipt, receive_mail
from support.models import InboundMail, TicketContext
from support.tickets import (
    NothingWritten,
    Question,
    SomebodyWrote,
    TooManyReplies,
    add_note,
    assign_ticket,
    customer_replied,
    open_ticket,
    reopen_ticket,
    reply_to_ticket,
    resolve_ticket,
    take_ticket,
)

__all__ = [
    "InboundMail",
    "NotATicketLink",
    "NothingWritten",
    "Question",
    "Receipt",
    "SomebodyWrote",
    "TicketContext",
    "TooManyReplies",
    "active_agents",
    "add_note",
    "assign_ticket",
    "customer_replied",
    "is_agent",
    "load_demo",
    "open_ticket",
    "receive_mail",
    "reopen_ticket",
    "reply_address",
    "reply_to_ticket",
    "resolve_ticket",
    "take_ticket",
    "ticket_token",
    "ticket_url",
]
