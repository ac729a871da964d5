"""Giving money back."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from crm import api as crm
from shop.models import Payment, Refund
from shop.orders.steps import lock_order


class MoreThanWasPaid(Exception):
    """The order does not hold that much money any more."""


@transaction.atomic
def refund_order(order_id: int, *, amount: Decimal, key: str, reason: str, actor: crm.Actor, now: datetime) -> Refund:
    """Give back part or all of what was paid for an order, once for each `key`.

    :raises MoreThanWasPaid: nothing was changed then
    """
    order = lock_order(order_id)
    known = Refund.objects.filter(key=key).first()
    if known:
        return known
    payment = order.payments.select_for_update(of=("self",)).filter(status=Payment.Status.CAPTURED).first()
    if payment is None or payment.refunded + amount > payment.amount:
        raise MoreThanWasPaid(f"{order.number}: {amount}")
    Payment.objects.filter(pk=payment.pk).update(refunded=F("refunded") + amount)
    return Refund.objects.create(
        payment=payment,
        key=key,
        amount=amount,
        currency=payment.currency,
        status=Refund.Status.DONE,
        reason=reason[:200],
        actor=str(actor),
        requested_at=now,
        finished_at=now,
    )
