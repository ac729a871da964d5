"""A return from its wish to its arrival: asked, confirmed by mail, answered, received. The money is in settling.py.

Pieces are held (LineProgress.returned) from the moment that a wish is sure: at once for somebody logged in as the
order's customer, after the click in the mail for everybody else. What is not confirmed holds nothing and is forgotten
after CONFIRM_WITHIN.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from crm import api as crm
from shop.attention.services import ask_a_person, settle_about
from shop.events import RETURNED
from shop.models import Attention, ReturnLine, ReturnPhoto, ReturnRequest
from shop.orders.steps import lock_order
from shop.oscar import Order, StockRecord
from shop.returns.numbers import new_return_number
from shop.returns.photos import keep_photos
from shop.returns.rules import LEFT_THE_HOUSE, may_withdraw, replacements_for, returnable_lines
from shop.returns.steps import (
    ReturnHasMoved,
    State,
    check_state,
    free_replacements,
    hold,
    is_replaced,
    lines_of_return,
    lock_replacements,
    lock_return,
    queue_return_mail,
    record_return,
    reference_of,
)

CONFIRM_WITHIN = timedelta(days=7)
# How many wishes of one order may wait for their click: whoever holds a forwarded link floods no mailbox.
MAX_UNCONFIRMED = 3
NOTE_LENGTH, ANSWER_LENGTH = 4000, 4000


class NothingToSendBack(Exception):
    """The order was not paid, not sent, cancelled, or all of it is on its way back."""


class TooLateToWithdraw(Exception):
    """The fourteen days are over; a claim is still possible."""


class NothingChosen(Exception):
    """No line, a line twice, or a number of pieces below one."""


class MoreThanWasSent(Exception):
    """Of a line that many are not with the customer; also said of lines of other orders."""


class CannotBeReplaced(Exception):
    """What is wanted instead costs something else, is sold out, or is wanted for some lines only."""


class TooManyUnconfirmed(Exception):
    """MAX_UNCONFIRMED wishes of this order wait for their click already."""


class ConfirmedTooLate(Exception):
    """The link in the mail is older than CONFIRM_WITHIN."""


class AnswerMissing(Exception):
    """Nobody is refused without a word."""


class NotThatMany(Exception):
    """More than was announced, less than none, nothing at all, or more on the shelf than arrived."""


@dataclass(frozen=True, kw_only=True)
class WantedLine:
    """`reason` is of ReturnLine.Reason; `exchange_for` the product that shall come instead."""

    line_id: int
    quantity: int
    reason: str
    exchange_for: int | None = None


@transaction.atomic
def request_return(
    order_id: int,
    *,
    kind: str,
    lines: Sequence[WantedLine],
    note: str,
    photos: Sequence[bytes],
    language: str,
    is_proved: bool,
    submission: UUID | None,
    actor: crm.Actor,
    now: datetime,
) -> ReturnRequest:
    """Ask for a return, an exchange or a claim. The same `submission` again answers with what it asked for before.

    `photos` come from photos.clean_photo; `is_proved` says that the asker is logged in as the order's customer,
    otherwise the order's address gets a mail with the link that confirms.

    :raises NothingToSendBack, TooLateToWithdraw, NothingChosen, MoreThanWasSent, CannotBeReplaced,
        TooManyUnconfirmed: nothing was written then
    """
    order = lock_order(order_id)
    known = ReturnRequest.objects.filter(submission=submission, order=order).first() if submission else None
    if known:
        return known
    _check_wish(order, kind, lines, now)
    unconfirmed = ReturnRequest.objects.filter(
        order=order, state=State.UNCONFIRMED, requested_at__gt=now - CONFIRM_WITHIN
    )
    if not is_proved and unconfirmed.count() >= MAX_UNCONFIRMED:
        raise TooManyUnconfirmed(order.number)
    case = ReturnRequest.objects.create(
        order=order,
        number=new_return_number(),
        kind=kind,
        language=language,
        note=crm.clean_text(note)[:NOTE_LENGTH],
        submission=submission,
        requested_at=now,
    )
    ReturnLine.objects.bulk_create(
        ReturnLine(
            request=case,
            line_id=wanted.line_id,
            quantity=wanted.quantity,
            reason=wanted.reason,
            exchange_for_id=wanted.exchange_for,
        )
        for wanted in lines
    )
    if is_proved:
        _make_sure(case, actor=actor, now=now)
    else:
        queue_return_mail(case, "to_confirm", now=now, last_day=now + CONFIRM_WITHIN)
    keep_photos(case, photos, now=now)
    return case


def _check_wish(order: Order, kind: str, lines: Sequence[WantedLine], now: datetime) -> None:
    if order.status not in LEFT_THE_HOUSE or not (available := returnable_lines(order, "")):
        raise NothingToSendBack(order.number)
    if kind != ReturnRequest.Kind.CLAIM and not may_withdraw(order, now=now):
        raise TooLateToWithdraw(order.number)
    line_ids = {wanted.line_id for wanted in lines}
    if not lines or len(line_ids) < len(lines) or any(wanted.quantity < 1 for wanted in lines):
        raise NothingChosen(order.number)
    pieces = {each.line.pk: each.available for each in available}
    if any(wanted.quantity > pieces.get(wanted.line_id, 0) for wanted in lines):
        raise MoreThanWasSent(order.number)
    replaced = [wanted for wanted in lines if wanted.exchange_for is not None]
    if len(replaced) != (len(lines) if kind == ReturnRequest.Kind.EXCHANGE or replaced else 0):
        raise CannotBeReplaced(order.number)
    if replaced and kind == ReturnRequest.Kind.RETURN:
        raise CannotBeReplaced(order.number)
    by_id = {each.line.pk: each.line for each in available}
    for wanted in replaced:
        in_stock = {each.product_id: each.in_stock for each in replacements_for(by_id[wanted.line_id], "")}
        if wanted.quantity > in_stock.get(wanted.exchange_for or 0, 0):
            raise CannotBeReplaced(order.number)


def _make_sure(case: ReturnRequest, *, actor: crm.Actor, now: datetime) -> None:
    """The wish is certain: its pieces are held, staff is told, the customer gets a receipt."""
    hold({line.line_id: line.quantity for line in lines_of_return(case)})
    case.state, case.confirmed_at = State.REQUESTED, now
    case.save(update_fields=["state", "confirmed_at"])
    record_return(case, "requested", actor=actor, now=now)
    ask_a_person(
        case.order,
        Attention.Kind.RETURN_WAITING,
        subject=reference_of(case),
        detail=case.number,
        now=now,
    )
    queue_return_mail(case, "requested", now=now)


@transaction.atomic
def confirm_return(return_id: int, *, actor: crm.Actor, now: datetime) -> ReturnRequest:
    """The click in the mail. A second one changes nothing.

    The fourteen days are those of the wish, not of the click: it was sent in time.

    :raises ConfirmedTooLate: after CONFIRM_WITHIN
    :raises MoreThanWasSent: if the pieces were asked back by another wish meanwhile
    """
    case = lock_return(return_id)
    if case.state != State.UNCONFIRMED:
        return case
    if now > case.requested_at + CONFIRM_WITHIN:
        raise ConfirmedTooLate(case.number)
    pieces = {each.line.pk: each.available for each in returnable_lines(case.order, "")}
    if any(line.quantity > pieces.get(line.line_id, 0) for line in lines_of_return(case)):
        raise MoreThanWasSent(case.number)
    _make_sure(case, actor=actor, now=now)
    return case


@transaction.atomic
def withdraw_return(return_id: int, *, actor: crm.Actor, now: datetime) -> ReturnRequest:
    """The customer keeps it after all, as long as nothing arrived here. A second time changes nothing.

    :raises ReturnHasMoved: if it was refused, arrived or was settled
    """
    case = lock_return(return_id)
    if case.state == State.WITHDRAWN:
        return case
    check_state(case, (State.UNCONFIRMED, State.REQUESTED, State.APPROVED))
    was_sure = case.state != State.UNCONFIRMED
    if was_sure:
        free_replacements(case)
        hold({line.line_id: -line.quantity for line in lines_of_return(case)})
        record_return(case, "withdrawn", actor=actor, now=now)
        queue_return_mail(case, "withdrawn", now=now)
    _move(case, State.WITHDRAWN, closed_at=now)
    _is_answered(case, actor=actor, now=now)
    return case


@transaction.atomic
def approve_return(return_id: int, *, answer: str, comes_back: bool, actor: crm.Actor, now: datetime) -> ReturnRequest:
    """Agree: the customer gets the label, or hears that nothing need be sent back (claims only).

    What shall come instead is kept aside from now on.

    :raises ReturnHasMoved: if it was answered or withdrawn
    :raises CannotBeReplaced: if what shall come instead was sold meanwhile
    """
    case = lock_return(return_id, among=(State.REQUESTED,))
    lines = lines_of_return(case)
    if is_replaced(lines):
        _keep_aside(case, lines)
    case.comes_back = comes_back or case.kind != ReturnRequest.Kind.CLAIM
    _decide(case, State.APPROVED, answer, actor=actor, now=now)
    record_return(case, "approved", actor=actor, now=now)
    queue_return_mail(case, "approved", now=now)
    return case


def _keep_aside(case: ReturnRequest, lines: Sequence[ReturnLine]) -> None:
    records = lock_replacements(lines)
    for line in lines:
        record = records.get(line.exchange_for_id)
        if record is None or record.net_stock_level < line.quantity:
            raise CannotBeReplaced(case.number)
        record.allocate(line.quantity)


@transaction.atomic
def refuse_return(return_id: int, *, answer: str, actor: crm.Actor, now: datetime) -> ReturnRequest:
    """Say no, with the reason: to the wish, to a parcel that never came, or to one that holds something else.

    The pieces count as the customer's again.

    :raises AnswerMissing: without a reason
    :raises ReturnHasMoved: if it is closed, its money is on its way, or some of it is on the shelf already
    """
    case = lock_return(return_id, among=(State.REQUESTED, State.APPROVED, State.RECEIVED))
    if case.kind == ReturnRequest.Kind.UNDELIVERED:
        raise ReturnHasMoved(case)  # nobody has it but us
    if not crm.clean_text(answer):
        raise AnswerMissing(case.number)
    lines = lines_of_return(case)
    if any(line.restocked for line in lines):
        raise ReturnHasMoved(case)
    free_replacements(case)
    hold({line.line_id: -(line.quantity if line.received is None else line.received) for line in lines})
    _decide(case, State.REFUSED, answer, actor=actor, now=now)
    record_return(case, "refused", actor=actor, now=now)
    queue_return_mail(case, "refused", now=now)
    return case


def _decide(case: ReturnRequest, state: State, answer: str, *, actor: crm.Actor, now: datetime) -> None:
    case.state, case.decided_at, case.decided_by = state, now, str(actor)
    case.answer = crm.clean_text(answer)[:ANSWER_LENGTH]
    case.save(update_fields=["state", "decided_at", "decided_by", "answer", "comes_back"])
    _is_answered(case, actor=actor, now=now)


def _is_answered(case: ReturnRequest, *, actor: crm.Actor, now: datetime) -> None:
    settle_about(reference_of(case), kind=Attention.Kind.RETURN_WAITING, actor=actor, now=now)


def _move(case: ReturnRequest, state: State, **instants: datetime) -> None:
    case.state = state
    for name, instant in instants.items():
        setattr(case, name, instant)
    case.save(update_fields=["state", *instants])


@dataclass(frozen=True)
class Arrived:
    """Of one line: how many came, and how many of them go back on the shelf."""

    received: int
    restocked: int


@transaction.atomic
def receive_return(return_id: int, *, arrived: Mapping[int, Arrived], actor: crm.Actor, now: datetime) -> ReturnRequest:
    """The parcel is here and was looked at. `arrived` is by ReturnLine; a line that is not in it did not come.

    What did not come counts as the customer's again.

    :raises ReturnHasMoved: if it was not agreed, or was received already
    :raises NotThatMany: nothing was changed then
    """
    case = lock_return(return_id, among=(State.APPROVED,))
    lines = lines_of_return(case)
    if not case.comes_back:
        raise ReturnHasMoved(case)
    counts = {line.pk: arrived.get(line.pk, Arrived(0, 0)) for line in lines}
    if arrived.keys() - counts.keys() or not any(count.received for count in counts.values()):
        raise NotThatMany(case.number)
    if any(not 0 <= counts[line.pk].restocked <= counts[line.pk].received <= line.quantity for line in lines):
        raise NotThatMany(case.number)
    hold({line.line_id: counts[line.pk].received - line.quantity for line in lines})
    _lock_stock(lines)
    restock(lines, counts)
    if is_replaced(lines):
        records = lock_replacements(lines)
        for line in lines:
            if record := records.get(line.exchange_for_id):
                record.cancel_allocation(line.quantity - counts[line.pk].received)
    for line in lines:
        line.received, line.restocked = counts[line.pk].received, counts[line.pk].restocked
        line.save(update_fields=["received", "restocked"])
    _move(case, State.RECEIVED, received_at=now)
    record_return(case, "received", actor=actor, now=now)
    record_returned(case, lines, actor=actor, now=now)
    queue_return_mail(case, "received", now=now)
    return case


def _lock_stock(lines: Sequence[ReturnLine]) -> None:
    """What came back and what shall come instead, all of it in the order of the keys."""
    is_touched = Q(pk__in={line.line.stockrecord_id for line in lines}) | Q(
        product__in={line.exchange_for_id for line in lines}
    )
    list(StockRecord.objects.select_for_update(of=("self",)).filter(is_touched).order_by("pk"))


def restock(lines: Sequence[ReturnLine], counts: Mapping[int, Arrived]) -> None:
    """What the shop does not sell any more goes nowhere."""
    more: dict[int, int] = {}
    for line in lines:
        if line.line.stockrecord_id and counts[line.pk].restocked:
            more[line.line.stockrecord_id] = more.get(line.line.stockrecord_id, 0) + counts[line.pk].restocked
    for record in StockRecord.objects.filter(pk__in=more):
        if record.can_track_allocations:
            StockRecord.objects.filter(pk=record.pk).update(num_in_stock=F("num_in_stock") + more[record.pk])


def record_returned(case: ReturnRequest, lines: Sequence[ReturnLine], *, actor: crm.Actor, now: datetime) -> None:
    """One fact for each line: recommendations leave out what was sent back. A variant counts as its parent."""
    crm.record_many(
        crm.Interaction(
            kind=RETURNED,
            customer_id=case.order.purchase.customer_id,
            actor=str(actor),
            occurred_at=now,
            subject=f"shop.product:{line.line.product.parent_id or line.line.product_id}",
            data={"order": case.order.number, "quantity": line.received},
        )
        for line in lines
        if line.received and line.line.product
    )


@transaction.atomic
def attach_ticket_to_return(number: str, *, order_id: int, ticket: str) -> bool:
    """Note that a ticket ("support.ticket:12") is about the return of that number and order; False if there is none.

    The latest ticket stands. Nothing is recorded here: the ticket is a fact of the desk's own.
    """
    found = ReturnRequest.objects.filter(number=number.strip().upper(), order_id=order_id)
    return bool(found.update(ticket=ticket))


def forget_unconfirmed(*, now: datetime) -> int:
    """Remove the wishes that nobody confirmed in time or somebody disowned, with their photos; returns how many."""
    forgotten = 0
    old = ReturnRequest.objects.filter(confirmed_at=None, requested_at__lt=now - CONFIRM_WITHIN)
    for return_id in old.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            case = lock_return(return_id)
            if case.confirmed_at is not None:
                continue
            files = [photo.file for photo in ReturnPhoto.objects.filter(request=case)]
            case.delete()
        for file in files:
            file.storage.delete(str(file))
        forgotten += 1
    return forgotten
