"""Orders that nobody pays for: their stock goes back on the shelf."""

from datetime import datetime, timedelta

from django.db import transaction

from crm import api as crm
from shop.models import Payment
from shop.orders.placing import NotEnoughStock
from shop.orders.steps import NotInThatState, lock_order, record_step, reserved_stock
from shop.oscar import Order

PAYMENT_WAIT = timedelta(minutes=30)


@transaction.atomic
def cancel_unpaid(order_id: int, *, actor: crm.Actor, now: datetime) -> Order:
    """Nobody paid: the stock is free again.

    :raises NotInThatState: if it is paid or cancelled by now
    """
    order = lock_order(order_id)
    if order.status != "pending" or order.payments.exclude(status=Payment.Status.DECLINED).exists():
        raise NotInThatState(order)
    for record, quantity in reserved_stock(order):
        record.cancel_allocation(quantity)
    order.set_status("cancelled")
    order.purchase.cancelled_at = now
    order.purchase.save(update_fields=["cancelled_at"])
    record_step(order, "shop.order.cancelled", actor=actor, now=now)
    return order


def cancel_all_unpaid(*, actor: crm.Actor, now: datetime) -> int:
    """Cancel the orders that waited too long for a payment that no provider is working on; returns how many."""
    unpaid = (
        Order.objects.filter(status="pending", date_placed__lt=now - PAYMENT_WAIT, purchase__isnull=False)
        .exclude(payments__status__in=(Payment.Status.PENDING, Payment.Status.CAPTURED))
        .order_by("pk")
    )
    cancelled = 0
    for order_id in unpaid.values_list("pk", flat=True):
        try:
            cancel_unpaid(order_id, actor=actor, now=now)
        except NotInThatState:
            continue  # somebody paid in this very moment
        cancelled += 1
    return cancelled


@transaction.atomic
def reserve_again(order: Order, *, now: datetime) -> None:
    """Take the stock of a cancelled order, which the caller has locked, once more: its payment came late.

    :raises NotEnoughStock: nothing was changed then
    """
    stock = reserved_stock(order)
    missing = [record.product.get_title() for record, quantity in stock if record.net_stock_level < quantity]
    if missing:
        raise NotEnoughStock(missing)
    for record, quantity in stock:
        record.allocate(quantity)
