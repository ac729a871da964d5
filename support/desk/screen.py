"""The agent's screen: everything about a ticket on one page, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from helpdesk.models import FollowUp, Queue, Ticket

from crm import api as crm
from knowledgebase import api as knowledgebase
from shop import api as shop
from support.agents import active_agents
from support.models import Message, TicketContext, TicketFile
from support.models.tickets import DONE


@dataclass(frozen=True)
class Card:
    """One message, note or event as agents see it. `kind`: customer, agent, note or system."""

    id: int
    at: datetime
    kind: str
    author: str
    text: str
    event: str
    other_sender: str
    files: Sequence[TicketFile]
    is_new: bool


@dataclass(frozen=True)
class OrderCard:
    number: str
    url: str
    status: str
    placed_at: datetime
    total: str
    lines: Sequence[Any]
    parcels: list[str]
    tracking_url: str


@dataclass(frozen=True)
class CustomerCard:
    name: str
    url: str
    has_account: bool
    language: str
    since: datetime
    addresses: Sequence[crm.Identity]
    others: Sequence[crm.Customer]


@dataclass(frozen=True)
class Screen:
    ticket: Ticket
    context: TicketContext
    is_done: bool
    cards: Sequence[Card]
    seen: int
    customer: CustomerCard
    order: OrderCard | None
    timeline: crm.TimelinePage
    articles_read: Sequence[knowledgebase.FoundArticle]
    suggestions: Sequence[knowledgebase.FoundArticle]
    agents: Sequence[crm.User]
    queues: Sequence[Queue]
    priorities: Sequence[tuple[int, Any]]


def access_ticket(ticket_id: int) -> Ticket:
    """A ticket with what the screen needs of it. Who may ask is settled at the door: every agent sees every ticket.

    :raises Ticket.DoesNotExist: if there is none, or one that was not made by our services
    """
    return Ticket.objects.select_related(
        "queue", "assigned_to", "context__customer__account", "context__order__purchase"
    ).get(pk=ticket_id, context__isnull=False)


def screen_of(ticket: Ticket, *, new: Sequence[int] = (), before: str = "") -> Screen:
    context = ticket.context
    cards, seen = _cards(ticket, new)
    return Screen(
        ticket=ticket,
        context=context,
        is_done=ticket.status in DONE,
        cards=cards,
        seen=seen,
        customer=_customer_card(context),
        order=_order_card(context.order) if context.order else None,
        timeline=crm.timeline_page(context.customer_id, before=before, limit=25),
        articles_read=knowledgebase.articles_by_reference(context.articles_read, context.language),
        suggestions=_suggestions(ticket),
        agents=list(active_agents()),
        queues=list(Queue.objects.order_by("title")),
        priorities=list(Ticket.PRIORITY_CHOICES),
    )


def _suggestions(ticket: Ticket) -> list[knowledgebase.FoundArticle]:
    """Articles for what the title says; where that says little, for the message."""
    context = ticket.context
    texts = (f"{ticket.title} {context.query}", ticket.description or "")
    for text in texts:
        found = knowledgebase.search_articles(text[:300], language=context.language, limit=4)
        if found:
            return found
    return []


def _cards(ticket: Ticket, new: Sequence[int]) -> tuple[list[Card], int]:
    files: dict[int | None, list[TicketFile]] = {}
    for file in ticket.files.order_by("pk"):
        files.setdefault(file.followup_id, []).append(file)
    context = ticket.context
    customer = str(context.customer)
    text, attached = ticket.description or "", files.get(None, [])
    opening = Card(0, context.created_at, Message.Author.CUSTOMER, customer, text, "", "", attached, is_new=False)
    cards = [opening]
    seen = 0
    for followup in ticket.followup_set.select_related("user", "message").order_by("date", "pk"):
        seen = max(seen, followup.pk)
        cards.append(_card(followup, customer, files.get(followup.pk, []), is_new=followup.pk in new))
    return cards, seen


def _card(followup: FollowUp, customer: str, files: Sequence[TicketFile], *, is_new: bool) -> Card:
    message = getattr(followup, "message", None)
    # Without one it came from helpdesk's own pages: for agents only.
    kind = message.author if message else Message.Author.SYSTEM
    author = customer if kind == Message.Author.CUSTOMER else str(followup.user or "")
    event = ""
    if followup.new_status is not None:
        event = _("resolved") if followup.new_status in DONE else _("reopened")
    other_sender = message.other_sender if message else ""
    return Card(followup.pk, followup.date, kind, author, followup.comment or "", event, other_sender, files, is_new)


def _customer_card(context: TicketContext) -> CustomerCard:
    customer = context.customer
    return CustomerCard(
        name=str(customer),
        url=reverse("admin:crm_customer_change", args=[customer.pk]),
        has_account=customer.account_id is not None,
        language=customer.get_language_display(),
        since=customer.created_at,
        addresses=crm.emails_of(customer.pk),
        others=list(crm.with_address(context.email).exclude(pk=customer.pk).select_related("account")[:10]),
    )


def _order_card(order: Any) -> OrderCard:
    return OrderCard(
        number=order.number,
        url=reverse("admin:order_order_change", args=[order.pk]),
        status=shop.state_name(order.status),
        placed_at=order.date_placed,
        total=shop.money(order.total_incl_tax, order.currency),
        lines=shop.lines_of(order, get_language() or settings.LANGUAGE_CODE)[:30],
        parcels=[str(parcel) for parcel in shop.parcels_of(order)],
        tracking_url=shop.tracking_url(order),
    )
