"""Orders that nobody pays for: what they held goes back, and can be taken again if the payment comes late."""

import logging
from datetime import datetime

from django.db import transaction

from crm import api as crm
from shop.attention.services import settle_all
from shop.models import Attention, Payment
from shop.offer.caps import count_uses, give_back_uses, lock_caps_of, no_longer_free
from shop.orders.placing import NotEnoughStock
from shop.orders.steps import NotInThatState, lock_order, record_step
from shop.oscar import Order
from shop.partner.stock import give_back, lock_stock, reserve

logger = logging.getLogger(__name__)


@transaction.atomic
def cancel_unpaid(order_id: int, *, actor: crm.Actor, now: datetime) -> Order:
    """Nobody paid: the stock is free again, and so are its vouchers and what it used of offers.

    :raises NotInThatState: if it is paid or cancelled by now
    """
    order = lock_order(order_id)
    if order.status != "pending" or order.payments.exclude(status=Payment.Status.DECLINED).exists():
        raise NotInThatState(order)
    release(order, actor=actor, now=now)
    return order


def release(order: Order, *, actor: crm.Actor, now: datetime) -> None:
    """Cancel an order that the caller has locked and looked at: all that it held is free again."""
    discounts = list(order.discounts.all())
    lock_caps_of(discounts)
    quantities = _quantities(order)
    give_back(lock_stock(quantities).values(), quantities)
    note_cancelled(order, actor=actor, now=now)
    give_back_uses(order, discounts)


def close_for_good(order: Order, *, why: str, now: datetime) -> None:
    """The customer is told that nothing comes: late money goes back, and no courier collects. `why` is for staff.

    The caller has locked the order.
    """
    order.payments.filter(status=Payment.Status.AUTHORISED).update(
        status=Payment.Status.DECLINED, reason=why, finished_at=now
    )
    order.purchase.pay_by = None
    order.purchase.save(update_fields=["pay_by"])


def note_cancelled(order: Order, *, actor: crm.Actor, now: datetime) -> None:
    """The caller has locked the order and sees to what it held."""
    order.set_status("cancelled")
    order.purchase.cancelled_at = now
    order.purchase.save(update_fields=["cancelled_at"])
    record_step(order, "shop.order.cancelled", actor=actor, now=now)
    settle_all(order, kinds=(Attention.Kind.DELIVERY_LATE, Attention.Kind.NO_INVOICE), actor=actor, now=now)


def cancel_all_unpaid(*, actor: crm.Actor, now: datetime) -> int:
    """Cancel the orders that were not paid in time and that no provider is working on; returns how many.

    One that breaks is left, and holds up nobody else's.
    """
    unpaid = (
        Order.objects.filter(status="pending", purchase__pay_by__lt=now)
        .exclude(payments__status__in=(Payment.Status.PENDING, Payment.Status.CAPTURED))
        .order_by("pk")
    )
    cancelled = 0
    for order_id in unpaid.values_list("pk", flat=True):
        try:
            cancel_unpaid(order_id, actor=actor, now=now)
        except NotInThatState:
            continue  # somebody paid in this very moment
        except Exception:
            logger.exception("order %s could not be cancelled", order_id)
            continue
        cancelled += 1
    return cancelled


def reserve_again(order: Order, *, now: datetime) -> None:
    """A payment came after the release: take everything the order had again, or nothing.

    The caller has locked the order and sees to its state. A voucher or a capped offer that somebody else has used up
    since is missing as goods would be: the price that was paid cannot be had any more.

    :raises NotEnoughStock: if some of it is gone; nothing was changed then
    """
    discounts = list(order.discounts.all())
    missing = no_longer_free(order, discounts)
    lines = list(order.lines.order_by("pk"))
    quantities = _quantities(order)
    records = lock_stock(quantities)
    for line in lines:
        record = records.get(line.stockrecord_id)
        if record is None or (
            record.can_track_allocations and record.net_stock_level < quantities[line.stockrecord_id]
        ):
            missing.append(line.title)
    if missing:
        raise NotEnoughStock(list(dict.fromkeys(missing)))
    reserve(records.values(), quantities)
    count_uses(order, discounts)


def _quantities(order: Order) -> dict[int, int]:
    """How many of each stock record an order reserves; a record that was deleted has nothing to give."""
    wanted: dict[int, int] = {}
    for record_id, quantity in order.lines.filter(stockrecord__isnull=False).values_list("stockrecord_id", "quantity"):
        wanted[record_id] = wanted.get(record_id, 0) + quantity
    return wanted
