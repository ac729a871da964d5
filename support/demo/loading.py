"""The desk of the demo shop: agents, and a year of questions (tickets.json) from the people of the shop's demo.

Rows are written in bulk with their dates in the past; nothing is mailed.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from helpdesk.models import FollowUp, Ticket

from crm import api as crm
from shop import api as shop
from support.models import Message, TicketContext
from support.references import reference_of
from support.steps import stand_in_line
from support.tickets import default_queue

TICKETS = Path(__file__).parent / "tickets.json"
DEMO_WORD = "esnaf"
STAFF = (("grace", "Grace", "Demir", "agents"), ("linus", "Linus", "Kaya", "managers"))


@dataclass
class _Story:
    ticket: Ticket
    context: TicketContext
    followups: list[tuple[FollowUp, str]]
    facts: list[tuple[str, datetime, str]]


@transaction.atomic
def load_demo(now: datetime) -> int:
    """Agents and tickets; returns how many tickets were added (0 when they are there already).

    The shop's demo comes first: its people ask.
    """
    stand_in_line("support.demo")
    grace = load_staff()["grace"]
    if FollowUp.objects.filter(message__isnull=False).exists() or TicketContext.objects.exists():
        return 0
    told = json.loads(TICKETS.read_text(encoding="utf-8"))["tickets"]
    askers = _askers(sorted({entry["language"] for entry in told}))
    if not askers:
        return 0
    stories = [_story(entry, number, len(told), askers, grace, now) for number, entry in enumerate(told)]
    _write(stories, grace)
    return len(stories)


def load_staff() -> dict[str, crm.User]:
    """Grace, an agent, and Linus, a manager; both log in with the demo's password."""
    staff = {}
    for login, first_name, last_name, group in STAFF:
        email = f"{login}@example.com"
        user = crm.User.objects.filter(email=email).first() or crm.User.objects.create_user(
            email, DEMO_WORD, first_name=first_name, last_name=last_name, is_staff=True
        )
        user.groups.add(Group.objects.get_or_create(name=group)[0])
        staff[login] = user
    return staff


@dataclass(frozen=True)
class _Asker:
    customer: crm.Customer
    email: str
    orders: Sequence[Any]


def _askers(languages: Sequence[str]) -> dict[str, list[_Asker]]:
    """Customers by language, in a fixed order, with their address and orders."""
    found: dict[str, list[_Asker]] = {language: [] for language in languages}
    emails = crm.Identity.objects.filter(kind=crm.Identity.Kind.EMAIL, customer__merged_into=None)
    demo_addresses = emails.filter(value__regex=r"@example\.(com|org)$").select_related("customer").order_by("value")
    for email in demo_addresses:
        if email.customer.language in found and not email.customer.name.startswith("Mallory"):
            orders = list(shop.orders_of_customer(email.customer_id)[:20])
            found[email.customer.language].append(_Asker(email.customer, email.value, orders))
    everybody = [asker for askers in found.values() for asker in askers]
    return {language: askers or everybody for language, askers in found.items()} if everybody else {}


def _pick(options: Sequence[Any], key: str) -> Any:
    return options[zlib.crc32(key.encode()) % len(options)]


def _story(
    entry: dict[str, Any],
    number: int,
    total: int,
    askers: dict[str, list[_Asker]],
    grace: crm.User,
    now: datetime,
) -> _Story:
    opened = _opening_time(entry, number, total, now)
    asker, order = _asker_and_order(entry, askers[entry["language"]], opened)
    is_done = entry["state"] == "resolved"
    opening, *later = entry["messages"]
    turn = TicketContext.Turn.CUSTOMER if is_done or entry["state"] == "waiting" else TicketContext.Turn.AGENT
    ticket = Ticket(
        title=entry["title"],
        description=opening["text"],
        queue=default_queue(),
        submitter_email=asker.email,
        priority=entry["priority"],
        status=Ticket.RESOLVED_STATUS if is_done else Ticket.OPEN_STATUS,
        assigned_to=grace if later else None,
    )
    said = " ".join(message["text"] for message in entry["messages"])
    context = TicketContext(
        customer=asker.customer,
        order=order,
        email=asker.email,
        language=entry["language"],
        channel=TicketContext.Channel.MAIL if number % 3 == 2 else TicketContext.Channel.WEB,
        topic=entry["topic"],
        turn=turn,
        waiting_since=opened,
        search_text=crm.fold(
            f"{asker.customer.name} {asker.email} {order.number if order else ''} {entry['title']} {said}"
        ),
        created_at=opened,
    )
    story = _Story(ticket, context, [], [("opened", opened, f"customer:{asker.customer.pk}")])
    for place, message in enumerate(later):
        _tell(story, message, opened, grace, resolves=is_done and place == _last_answer(later))
    last = story.followups[-1][0].date if story.followups else opened
    context.waiting_since = _waiting_since(story, opened)
    ticket.created, ticket.modified = opened, last
    return story


def _asker_and_order(entry: dict[str, Any], askers: Sequence[_Asker], opened: datetime) -> tuple[_Asker, Any]:
    """Who asks, and about which order: the last one that was placed a day before, at least."""
    if entry["about_order"]:
        bought = {
            asker.email: order
            for asker in askers
            if (order := next((one for one in asker.orders if one.date_placed < opened - timedelta(days=1)), None))
        }
        buyers = sorted(
            (asker for asker in askers if asker.email in bought),
            key=lambda asker: (opened - bought[asker.email].date_placed, asker.email),
        )
        if buyers:
            asker = _pick(buyers[:3], entry["title"])
            return asker, bought[asker.email]
    return _pick(askers, entry["title"]), None


def _opening_time(entry: dict[str, Any], number: int, total: int, now: datetime) -> datetime:
    """Over the last year; what is open, within the last days."""
    if entry["state"] == "resolved":
        days = 350 - 340 * number / total
    else:
        days = 1 + (zlib.crc32(entry["title"].encode()) % 40) / 10
    hours = max(message["hours_later"] for message in entry["messages"])
    return now - timedelta(days=days, hours=hours + 1)


def _last_answer(messages: Sequence[dict[str, Any]]) -> int:
    return max((place for place, message in enumerate(messages) if message["from"] == "agent"), default=-1)


def _tell(story: _Story, message: dict[str, Any], opened: datetime, grace: crm.User, *, resolves: bool) -> None:
    author = message["from"]
    at = opened + timedelta(hours=message["hours_later"], minutes=7 * len(story.followups))
    followup = FollowUp(
        date=at,
        title=str(Message.Author(author).label),
        comment=message["text"],
        public=author != Message.Author.NOTE,
        user=None if author == Message.Author.CUSTOMER else grace,
        new_status=Ticket.RESOLVED_STATUS if resolves else None,
    )
    story.followups.append((followup, author))
    fact = {"customer": "replied", "agent": "answered", "note": "noted"}[author]
    actor = f"customer:{story.context.customer_id}" if author == "customer" else f"staff:{grace.pk}"
    story.facts.append((fact, at, actor))
    if resolves:
        story.facts.append(("resolved", at, actor))
        story.ticket.resolution = message["text"]


def _waiting_since(story: _Story, opened: datetime) -> datetime:
    """When whoever is awaited became so: after the last message of the other side."""
    since, turn = opened, TicketContext.Turn.AGENT
    for followup, author in story.followups:
        next_turn = {"customer": TicketContext.Turn.AGENT, "agent": TicketContext.Turn.CUSTOMER}.get(author, turn)
        if next_turn != turn:
            since, turn = followup.date, next_turn
    return since


def _write(stories: Sequence[_Story], grace: crm.User) -> None:
    # created is auto_now_add: the dates are put right in a second step.
    dates = [(story.ticket.created, story.ticket.modified) for story in stories]
    tickets = Ticket.objects.bulk_create([story.ticket for story in stories])
    for ticket, (created, modified) in zip(tickets, dates, strict=True):
        ticket.created, ticket.modified = created, modified
    Ticket.objects.bulk_update(tickets, ["created", "modified"])
    for story in stories:
        story.context.ticket = story.ticket
        for followup, _author in story.followups:
            followup.ticket = story.ticket
    TicketContext.objects.bulk_create([story.context for story in stories])
    said = [one for story in stories for one in story.followups]
    FollowUp.objects.bulk_create([followup for followup, _author in said])
    Message.objects.bulk_create([Message(followup=followup, author=author) for followup, author in said])
    crm.record_many(fact for story in stories for fact in _facts(story))


def _facts(story: _Story) -> list[crm.Interaction]:
    reference = reference_of(story.ticket.pk)
    opened = {"topic": story.context.topic, "channel": story.context.channel, "order": story.context.order_id}
    return [
        crm.Interaction(
            kind=f"support.ticket.{what}",
            customer_id=story.context.customer_id,
            actor=actor,
            subject=reference,
            data=opened if what == "opened" else {},
            occurred_at=at,
        )
        for what, at, actor in story.facts
    ]
