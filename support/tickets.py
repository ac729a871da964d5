"""What happens to a ticket. Every change locks its row first, so two people cannot write past each other."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from helpdesk.models import FollowUp, Queue, Ticket

from crm import api as crm
from shop import api as shop
from support import letters
from support.agents import active_agents
from support.files import CheckedFile, keep_files
from support.models import Message, TicketContext
from support.models.tickets import DONE
from support.references import reference_of
from support.steps import lock_ticket, pass_turn, record_fact, said_already, say, stand_in_line

MAX_REPLIES_PER_HOUR = 30
Author = Message.Author
Turn = TicketContext.Turn


class NothingWritten(ValueError):
    """An answer, a note or a reply without a word in it."""


class SomebodyWrote(Exception):
    """Others wrote since the page was opened; `news` is what they wrote. The writer should read it first."""

    def __init__(self, news: Sequence[FollowUp]) -> None:
        super().__init__(f"{len(news)} new")
        self.news = news


class TooManyReplies(Exception):
    """More replies within an hour than a person writes."""


class NotAnAgent(ValueError):
    """A ticket can only be given to an active agent."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What somebody writes to the desk, and what is known about how they came to write it."""

    title: str
    text: str
    email: str
    language: str
    channel: str
    topic: str = TicketContext.Topic.OTHER
    order_id: int | None = None
    query: str = ""
    articles_read: Sequence[str] = ()
    files: Sequence[CheckedFile] = ()
    visitor: UUID | None = None
    submission: UUID | None = None
    in_reply_to: Sequence[str] = field(default=())


def default_queue() -> Queue:
    """The queue that everything starts in; made at the first need."""
    queue = Queue.objects.filter(slug="destek").first()
    if queue is None:
        stand_in_line("support.queue:destek")
        queue = Queue.objects.filter(slug="destek").first() or Queue.objects.create(
            title="Destek", slug="destek", locale="tr", allow_public_submission=False, allow_email_submission=False
        )
    return queue


@transaction.atomic
def open_ticket(
    customer_id: int, *, question: Question, actor: crm.Actor, now: datetime, acknowledge: bool = True
) -> Ticket:
    """A new ticket with all that is known about it; its writer gets a receipt, within limits.

    The same form number gives the same ticket.
    """
    if question.submission is not None:
        stand_in_line(f"support.submission:{question.submission}")
        known = Ticket.objects.filter(context__submission=question.submission).first()
        if known:
            return known
    title = crm.clean_line(question.title)[:200] or _("(no subject)")
    text = crm.clean_text(question.text)
    ticket = Ticket.objects.create(
        title=title,
        description=text,
        queue=default_queue(),
        submitter_email=question.email,
        priority=3,
    )
    Ticket.objects.filter(pk=ticket.pk).update(created=now, modified=now)
    context = TicketContext.objects.create(
        ticket=ticket,
        customer_id=customer_id,
        order_id=question.order_id,
        email=question.email,
        language=question.language,
        channel=question.channel,
        topic=question.topic,
        query=crm.clean_line(question.query)[:200],
        articles_read=list(question.articles_read)[:20],
        visitor=question.visitor,
        submission=question.submission,
        waiting_since=now,
        search_text=_search_text(customer_id, question, f"{title} {text}"),
        created_at=now,
    )
    keep_files(ticket, question.files, now=now)
    record_fact(
        "opened", context, actor=actor, now=now, topic=context.topic, channel=context.channel, order=context.order_id
    )
    if acknowledge:
        letters.acknowledge(ticket, context, in_reply_to=question.in_reply_to, now=now)
    return ticket


@transaction.atomic
def customer_replied(
    ticket_id: int,
    *,
    text: str,
    actor: crm.Actor,
    now: datetime,
    files: Sequence[CheckedFile] = (),
    submission: UUID | None = None,
    message_id: str = "",
    other_sender: str = "",
) -> FollowUp:
    """The customer wrote again; a resolved ticket is open once more. The same form number adds nothing.

    :raises NothingWritten: if there is neither text nor file
    :raises TooManyReplies: if no person writes that much
    """
    ticket, context = lock_ticket(ticket_id)
    known = said_already(submission)
    if known:
        return known
    text = crm.clean_text(text)
    if not text and not files:
        raise NothingWritten
    hour_ago = now - timedelta(hours=1)
    if ticket.followup_set.filter(message__author=Author.CUSTOMER, date__gt=hour_ago).count() >= MAX_REPLIES_PER_HOUR:
        raise TooManyReplies
    is_reopened = ticket.status in DONE
    if is_reopened:
        ticket.status = Ticket.REOPENED_STATUS
    followup = say(
        ticket,
        context,
        Author.CUSTOMER,
        text,
        now=now,
        submission=submission,
        new_status=ticket.status if is_reopened else None,
        message_id=message_id,
        other_sender=other_sender,
    )
    keep_files(ticket, files, now=now, followup=followup)
    pass_turn(context, Turn.AGENT, now=now)
    record_fact("replied", context, actor=actor, now=now, followup=followup.pk)
    if is_reopened:
        record_fact("reopened", context, actor=actor, now=now, followup=followup.pk)
    return followup


@transaction.atomic
def reply_to_ticket(
    ticket_id: int,
    *,
    text: str,
    actor: crm.Actor,
    now: datetime,
    seen: int | None = None,
    submission: UUID | None = None,
    resolve: bool = False,
) -> FollowUp:
    """The answer of an agent: kept, and mailed to the customer in their language and thread.

    `seen` is the newest follow-up that the agent had on the page (0 for none). The same form number sends nothing.

    :raises NothingWritten: if there is no text
    :raises SomebodyWrote: if others wrote since
    """
    ticket, context = lock_ticket(ticket_id)
    known = said_already(submission)
    if known:
        return known
    text = crm.clean_text(text)
    if not text:
        raise NothingWritten
    _refuse_stale(ticket, seen, actor)
    if resolve:
        ticket.status, ticket.resolution = Ticket.RESOLVED_STATUS, text
    elif ticket.status in DONE:
        ticket.status = Ticket.REOPENED_STATUS
    if ticket.assigned_to_id is None:
        ticket.assigned_to_id = int(actor.id)
    followup = say(
        ticket,
        context,
        Author.AGENT,
        text,
        now=now,
        submission=submission,
        user_id=int(actor.id),
        new_status=ticket.status if resolve else None,
    )
    pass_turn(context, Turn.CUSTOMER, now=now)
    record_fact("answered", context, actor=actor, now=now, followup=followup.pk)
    if resolve:
        record_fact("resolved", context, actor=actor, now=now, followup=followup.pk)
    letters.send_answer(ticket, context, followup, is_resolved=resolve, now=now)
    return followup


@transaction.atomic
def add_note(ticket_id: int, *, text: str, actor: crm.Actor, now: datetime, submission: UUID | None = None) -> FollowUp:
    """For colleagues only: no customer ever sees it.

    :raises NothingWritten: if there is no text
    """
    ticket, context = lock_ticket(ticket_id)
    known = said_already(submission)
    if known:
        return known
    text = crm.clean_text(text)
    if not text:
        raise NothingWritten
    followup = say(
        ticket, context, Author.NOTE, text, now=now, submission=submission, user_id=int(actor.id), public=False
    )
    record_fact("noted", context, actor=actor, now=now, followup=followup.pk)
    return followup


def resolve_ticket(
    ticket_id: int,
    *,
    actor: crm.Actor,
    now: datetime,
    text: str = "",
    seen: int | None = None,
    submission: UUID | None = None,
) -> FollowUp:
    """Done: with a last answer, or without a word where none is needed (a thank-you, a duplicate).

    :raises SomebodyWrote: if others wrote since
    """
    if crm.clean_text(text):
        return reply_to_ticket(
            ticket_id, text=text, actor=actor, now=now, seen=seen, submission=submission, resolve=True
        )
    return _resolve_silently(ticket_id, actor=actor, now=now, seen=seen, submission=submission)


@transaction.atomic
def _resolve_silently(
    ticket_id: int, *, actor: crm.Actor, now: datetime, seen: int | None, submission: UUID | None
) -> FollowUp:
    ticket, context = lock_ticket(ticket_id)
    known = said_already(submission)
    if known:
        return known
    _refuse_stale(ticket, seen, actor)
    ticket.status = Ticket.RESOLVED_STATUS
    followup = say(
        ticket,
        context,
        Author.SYSTEM,
        "",
        now=now,
        submission=submission,
        user_id=int(actor.id),
        new_status=ticket.status,
        public=False,
    )
    pass_turn(context, Turn.CUSTOMER, now=now)
    record_fact("resolved", context, actor=actor, now=now, followup=followup.pk)
    return followup


@transaction.atomic
def reopen_ticket(ticket_id: int, *, actor: crm.Actor, now: datetime) -> Ticket:
    """Not done after all. One that is open stays as it is."""
    ticket, context = lock_ticket(ticket_id)
    if ticket.status not in DONE:
        return ticket
    ticket.status = Ticket.REOPENED_STATUS
    say(
        ticket,
        context,
        Author.SYSTEM,
        "",
        now=now,
        user_id=int(actor.id) if actor.kind == "staff" else None,
        new_status=ticket.status,
        public=False,
    )
    pass_turn(context, Turn.AGENT, now=now)
    record_fact("reopened", context, actor=actor, now=now)
    return ticket


@transaction.atomic
def assign_ticket(ticket_id: int, *, to_user_id: int | None, actor: crm.Actor, now: datetime) -> Ticket:
    """Give a ticket to an agent, or back to everybody (None).

    :raises NotAnAgent: if that account is no active agent
    """
    ticket, context = lock_ticket(ticket_id)
    if to_user_id is not None and not active_agents().filter(pk=to_user_id).exists():
        raise NotAnAgent(to_user_id)
    if ticket.assigned_to_id != to_user_id:
        ticket.assigned_to_id = to_user_id
        ticket.modified = now
        ticket.save(update_fields=["assigned_to", "modified"])
        record_fact("assigned", context, actor=actor, now=now, to=to_user_id)
    return ticket


def take_ticket(ticket_id: int, *, actor: crm.Actor, now: datetime) -> Ticket:
    return assign_ticket(ticket_id, to_user_id=int(actor.id), actor=actor, now=now)


@transaction.atomic
def sort_ticket(
    ticket_id: int, *, actor: crm.Actor, now: datetime, priority: int | None = None, queue_id: int | None = None
) -> Ticket:
    """Another priority (1 urgent … 5 can wait) or another queue.

    :raises ValueError: if there is no such priority
    :raises Queue.DoesNotExist: if there is no such queue
    """
    ticket, context = lock_ticket(ticket_id)
    if priority is not None and priority != ticket.priority:
        if priority not in dict(Ticket.PRIORITY_CHOICES):
            raise ValueError(f"no such priority: {priority}")
        ticket.priority = priority
        record_fact("sorted", context, actor=actor, now=now, priority=priority)
    if queue_id is not None and queue_id != ticket.queue_id:
        ticket.queue = Queue.objects.get(pk=queue_id)
        record_fact("sorted", context, actor=actor, now=now, queue=queue_id)
    ticket.modified = now
    ticket.save(update_fields=["priority", "queue", "modified"])
    return ticket


@transaction.atomic
def note_mail_trouble(ticket_id: int, *, address: str, actor: crm.Actor, now: datetime) -> None:
    """An answer came back: the agent is told, the customer waits for nothing that could come."""
    ticket, context = lock_ticket(ticket_id)
    text = _("E-mail to %(address)s came back undelivered.") % {"address": crm.clean_line(address)[:254]}
    say(ticket, context, Author.SYSTEM, text, now=now, public=False)
    context.mail_trouble = text[:300]
    context.save(update_fields=["mail_trouble"])
    pass_turn(context, Turn.AGENT, now=now)
    crm.record(
        "support.mail.bounced",
        customer_id=context.customer_id,
        actor=actor,
        now=now,
        subject=reference_of(ticket_id),
    )


def _search_text(customer_id: int, question: Question, said: str) -> str:
    name = crm.Customer.objects.values_list("name", flat=True).get(pk=customer_id)
    number = shop.Order.objects.filter(pk=question.order_id).values_list("number", flat=True).first() or ""
    return crm.fold(f"{name} {question.email} {number} {said}")


def _refuse_stale(ticket: Ticket, seen: int | None, actor: crm.Actor) -> None:
    if seen is None:
        return
    news = ticket.followup_set.filter(pk__gt=seen).exclude(comment="").select_related("user", "message")
    by_others = [followup for followup in news.order_by("pk") if str(followup.user_id) != actor.id]
    if by_others:
        raise SomebodyWrote(by_others)
