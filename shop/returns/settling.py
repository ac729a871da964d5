"""How a return ends: with money or with a replacement.

What is given back is agreed under the order's lock (agreed_amount), the provider is asked outside of it under the key
`return:<id>`, then the return is closed. A crash in between leaves a return that the same button, or the sweeper
(finish_settlements), brings to its end; money moves once, whatever happens.
"""

import logging
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import translation

from crm import api as crm
from shop.attention.services import settle_about
from shop.models import Attention, Refund, ReturnLine, ReturnRequest, Shipment
from shop.orders.due import AmountChanged, Due, due_for_pieces, is_due_at_the_door
from shop.orders.links import tracking_url
from shop.payment.refunds import NothingToRefund, TooMuch, attempt_of, refund_order
from shop.returns.steps import (
    ReturnHasMoved,
    State,
    free_replacements,
    is_replaced,
    lines_of_return,
    lock_replacements,
    lock_return,
    queue_return_mail,
    record_return,
    reference_of,
)
from shop.shipments.carriers import CannotAnnounce
from shop.shipments.services import label_for, send_instead

logger = logging.getLogger(__name__)

SYSTEM = crm.Actor.system("returns")


class NotPaidYet(Exception):
    """The courier still collects for the order: closed now, it would be paid in full for what came back."""


class RefundFailed(Exception):
    """The provider did not give the money back; the return waits."""


class ParcelMissing(Exception):
    """A replacement leaves with a carrier and a parcel number."""


class ReplacementMissing(Exception):
    """What was kept aside is not in the stock any more: somebody counted and corrected it."""


def can_be_settled(case: ReturnRequest) -> bool:
    """It arrived, or need not come back."""
    return case.state == State.RECEIVED or (case.state == State.APPROVED and not case.comes_back)


def pieces_of(line: ReturnLine, *, comes_back: bool) -> int:
    return (line.received or 0) if comes_back else line.quantity


def due_for(case: ReturnRequest) -> Due:
    """What the customer gets back for a return that can be settled: nothing where nothing was paid yet."""
    pieces = {line.line_id: pieces_of(line, comes_back=case.comes_back) for line in lines_of_return(case)}
    due = due_for_pieces(case.order, pieces)
    return replace(due, held=Decimal(0)) if is_due_at_the_door(case.order) else due


def _is_being_collected(case: ReturnRequest) -> bool:
    """What was refused at the door comes back without a delivery: then no money is waited for."""
    return is_due_at_the_door(case.order) and case.order.shipments.filter(state=Shipment.State.DELIVERED).exists()


def refund_return(return_id: int, *, expected: Decimal, actor: crm.Actor, now: datetime) -> ReturnRequest:
    """Give back the money for a return and close it; a second time changes nothing.

    `expected` is the amount that was shown to whoever decides. An order that holds no money any more is closed
    without a refund.

    :raises ReturnHasMoved: if it has not arrived, or ended otherwise
    :raises AmountChanged: nothing was changed then
    :raises NotPaidYet: if some of the order was handed over and the courier brings the money with the rest
    :raises RefundFailed: the provider refused; the same button tries again
    """
    case = _agree(return_id, expected=expected)
    if case.state == State.CLOSED:
        return case
    refund = None
    if case.agreed_amount:
        try:
            refund = refund_order(
                case.order_id,
                amount=case.agreed_amount,
                key=refund_key(case),
                reason=case.number,
                actor=actor,
                now=now,
            )
        except (NothingToRefund, TooMuch) as error:
            raise AmountChanged(_disagree(return_id)) from error
        if refund.status == Refund.Status.FAILED:
            raise RefundFailed(refund.failure)
    return _close(return_id, refund, actor=actor, now=now)


def refund_key(case: ReturnRequest) -> str:
    return f"return:{case.pk}"


@transaction.atomic
def _agree(return_id: int, *, expected: Decimal) -> ReturnRequest:
    case = lock_return(return_id)
    if case.agreed_amount is None:
        if not can_be_settled(case):
            raise ReturnHasMoved(case)
        if _is_being_collected(case):
            raise NotPaidYet(case.number)
        amount = due_for(case).amount
        if amount != expected:
            raise AmountChanged(amount)
        case.agreed_amount = amount
        case.save(update_fields=["agreed_amount"])
    elif case.agreed_amount != expected:
        raise AmountChanged(case.agreed_amount)
    return case


@transaction.atomic
def _disagree(return_id: int) -> Decimal:
    """The order's money went elsewhere between the agreement and the refund: what is due now."""
    case = lock_return(return_id)
    case.agreed_amount = None
    case.save(update_fields=["agreed_amount"])
    return due_for(case).amount


@transaction.atomic
def _close(return_id: int, refund: Refund | None, *, actor: crm.Actor, now: datetime) -> ReturnRequest:
    case = lock_return(return_id)
    if case.state == State.CLOSED:
        return case
    free_replacements(case)
    settle_about(reference_of(case), kind=Attention.Kind.RETURN_WAITING, actor=actor, now=now)
    case.state, case.closed_at, case.refund = State.CLOSED, now, refund
    case.save(update_fields=["state", "closed_at", "refund"])
    if refund:
        record_return(case, "refunded", actor=actor, now=now, amount=f"{refund.amount:.2f} {refund.currency}")
    else:
        record_return(case, "closed", actor=actor, now=now)
    if case.kind != ReturnRequest.Kind.UNDELIVERED:  # told when it came back; the refund has a mail of its own
        queue_return_mail(case, "refunded", now=now, refund=refund)
    return case


def finish_settlements(*, now: datetime) -> int:
    """Close the returns whose money went back and which a crash left open; returns how many."""
    finished = 0
    for case in ReturnRequest.objects.filter(agreed_amount__isnull=False, closed_at=None).order_by("pk"):
        refund = attempt_of(refund_key(case))
        if refund is None:
            continue
        try:
            _close(case.pk, refund, actor=SYSTEM, now=now)
        except Exception:
            logger.exception("return %s could not be closed", case.pk)
            continue
        finished += 1
    return finished


def send_replacement(
    return_id: int, *, carrier: str, parcel_number: str, actor: crm.Actor, now: datetime
) -> ReturnRequest:
    """What was kept aside leaves, to be followed as any parcel: stock goes down, the customer is told, it is closed.

    Without a number the carrier is asked for one.

    :raises ParcelMissing: without a carrier, or without a number where the carrier gives none
    :raises NumberTaken: if another parcel has that number
    :raises ReplacementMissing: if the stock says that it is not there
    :raises ReturnHasMoved: if it has not arrived, nothing is wanted instead, or it ended
    """
    carrier, parcel_number = crm.clean_line(carrier)[:60], crm.clean_line(parcel_number)[:60]
    if not carrier:
        raise ParcelMissing
    try:
        code, number = label_for(carrier, parcel_number)
    except CannotAnnounce as error:
        raise ParcelMissing from error
    return _send_replacement(return_id, code, number, actor=actor, now=now)


@transaction.atomic
def _send_replacement(
    return_id: int, carrier: str, tracking_number: str, *, actor: crm.Actor, now: datetime
) -> ReturnRequest:
    case = lock_return(return_id, among=(State.APPROVED, State.RECEIVED))
    lines = lines_of_return(case)
    if not is_replaced(lines) or not can_be_settled(case):
        raise ReturnHasMoved(case)
    records = lock_replacements(lines)
    for line in lines:
        record, pieces = records.get(line.exchange_for_id), pieces_of(line, comes_back=case.comes_back)
        if record is None or (record.can_track_allocations and not record.is_allocation_consumption_possible(pieces)):
            raise ReplacementMissing(case.number)
        record.consume_allocation(pieces)
    parcel = send_instead(case.order, case, carrier=carrier, tracking_number=tracking_number, now=now)
    case.state, case.closed_at = State.CLOSED, now
    case.save(update_fields=["state", "closed_at"])
    record_return(case, "replaced", actor=actor, now=now)
    with translation.override(case.language):
        link = tracking_url(case.order)
    queue_return_mail(case, "replaced", now=now, parcel=parcel, tracking_link=link)
    return case
