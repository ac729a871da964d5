"""Staff cancel an order of which nothing has left: what it held is free again, what was paid goes back.

That it is cancelled and that its money is to go back become true in one transaction; sending the money is asked of the
provider after it, and by the sweeper if that fails.
"""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from crm import api as crm
from shop.models import Payment, Shipment
from shop.orders.releasing import release
from shop.orders.steps import NotInThatState, lock_order, queue_order_mail
from shop.oscar import Order
from shop.payment.refunds import ask_for_refund, send_refund
from shop.payment.services import give_up_payment

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
    order.payments.filter(status=Payment.Status.AUTHORISED).update(
        status=Payment.Status.DECLINED, reason="the order was cancelled", finished_at=now
    )
    order.purchase.pay_by = None  # the customer is told that nothing comes: money that is late goes back
    order.purchase.save(update_fields=["pay_by"])
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
