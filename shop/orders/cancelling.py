"""Staff cancel an order of which nothing has left, or the rest of one: stock is free again, money goes back.

That it is cancelled and that its money is to go back become true in one transaction; sending the money is asked of the
provider after it, and by the sweeper if that fails.
"""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from crm import api as crm
from shop.models import LineProgress, Payment, Refund, Shipment
from shop.orders.due import AmountChanged, due_for_pieces, is_due_at_the_door, owe_less
from shop.orders.lines import lines_of
from shop.orders.releasing import close_for_good, release
from shop.orders.steps import NotInThatState, lock_order, queue_order_mail, record_step
from shop.oscar import Order
from shop.partner.stock import give_back, lock_stock
from shop.payment.refunds import ask_for_refund, send_refund
from shop.payment.services import give_up_payment
from shop.shipments.arriving import finish_order
from shop.shipments.promises import settle_lateness
from shop.shipments.services import left_to_pack

CANCELLABLE = ("pending", "confirmed", "paid", "packed")


def cancel_order(order_id: int, *, reason: str, actor: crm.Actor, now: datetime) -> Order:
    """Cancel an order and give back all that was paid for it. `reason` is for the customer.

    :raises NotInThatState: if it is cancelled, or some of it has left
    :raises PaymentUnderWay: if a provider does not say whether it is being paid in this moment
    """
    give_up_payment(order_id, now=now)
    order, refunds = _cancel(order_id, reason, actor=actor, now=now)
    for refund_id in refunds:
        send_refund(refund_id, now=now)
    return order


@transaction.atomic
def _cancel(order_id: int, reason: str, *, actor: crm.Actor, now: datetime) -> tuple[Order, list[int]]:
    order = lock_order(order_id)
    if order.status not in CANCELLABLE or order.shipments.exclude(state=Shipment.State.PACKED).exists():
        raise NotInThatState(order)
    if order.payments.filter(status=Payment.Status.PENDING).exists():
        raise NotInThatState(order)  # somebody began to pay after we looked
    order.shipments.all().delete()
    close_for_good(order, why="the order was cancelled", now=now)
    release(order, actor=actor, now=now)
    refunds, given_back = [], Decimal("0.00")
    for payment in order.payments.filter(status__in=Payment.HOLDS_MONEY).order_by("pk"):
        left = payment.amount - payment.refunded
        if left > 0:
            refund = ask_for_refund(
                payment.pk, amount=left, key=f"cancelled:{payment.pk}", reason=reason, actor=actor, now=now
            )
            refunds.append(refund.pk)
            given_back += left
    context = {"reason": reason, "given_back": given_back}
    queue_order_mail(order, "order_cancelled", context=context, now=now)
    return order, refunds


def cancel_rest(order_id: int, *, expected: Decimal, reason: str, actor: crm.Actor, now: datetime) -> Order:
    """Cancel what of a part-shipped order is in no shipment yet, and give back what was paid for it.

    `expected` is the amount that was shown to whoever decides; `reason` is for the customer.

    :raises NotInThatState: if nothing of it has left, or nothing is left to pack
    :raises AmountChanged: nothing was changed then
    """
    order, refund = _cancel_rest(order_id, expected, reason, actor=actor, now=now)
    if refund:
        send_refund(refund.pk, now=now)
    return order


@transaction.atomic
def _cancel_rest(
    order_id: int, expected: Decimal, reason: str, *, actor: crm.Actor, now: datetime
) -> tuple[Order, Refund | None]:
    order = lock_order(order_id)
    rest = left_to_pack(order)
    if order.status != "part_shipped" or not rest:
        raise NotInThatState(order)
    amount = due_for_pieces(order, rest).amount
    if amount != expected:
        raise AmountChanged(amount)
    at_the_door = is_due_at_the_door(order)
    lines = [line for line in lines_of(order, order.purchase.language) if line.pk in rest]
    stock: dict[int, int] = {}
    for line in lines:
        if line.stockrecord_id:
            stock[line.stockrecord_id] = stock.get(line.stockrecord_id, 0) + rest[line.pk]
    give_back(lock_stock(stock).values(), stock)
    for line in lines:
        LineProgress.objects.filter(line=line).update(cancelled=F("cancelled") + rest[line.pk])
    refund = owe_less(order, amount, key=f"rest:{order.pk}", reason=reason, actor=actor, now=now)
    record_step(order, "shop.order.rest_cancelled", actor=actor, now=now)
    settle_lateness(order, actor=actor, now=now)
    finish_order(order, actor=actor, now=now)
    context = {
        "reason": reason,
        "contents": [(rest[line.pk], line.name) for line in lines],
        "given_back": refund.amount if refund else None,
        "not_owed": amount if at_the_door else None,
    }
    queue_order_mail(order, "order_rest_cancelled", context=context, now=now)
    return order, refund
