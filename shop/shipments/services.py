"""Goods leave the house and arrive."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from crm import api as crm
from shop.models import LineProgress, Parcel, Shipment, ShipmentLine
from shop.orders.steps import NotInThatState, lock_order, queue_order_mail, record_step, reserved_stock
from shop.oscar import Order


@transaction.atomic
def mark_shipped(order_id: int, *, carrier: str, tracking_number: str, actor: crm.Actor, now: datetime) -> Order:
    """The parcel has left: stock goes down, the customer gets a mail with the tracking link.

    :raises NotInThatState: if the order is not paid, or left already
    """
    order = lock_order(order_id)
    if order.status not in ("paid", "packed"):
        raise NotInThatState(order)
    shipment = Shipment.objects.create(order=order, state=Shipment.State.SHIPPED, packed_at=now, shipped_at=now)
    Parcel.objects.create(shipment=shipment, carrier=carrier, tracking_number=tracking_number)
    lines = list(order.lines.order_by("pk"))
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, line=line, quantity=line.quantity) for line in lines
    )
    LineProgress.objects.filter(line__in=lines).update(shipped=F("quantity"))
    for record, quantity in reserved_stock(order):
        record.consume_allocation(quantity)
    order.set_status("shipped")
    record_step(order, "shop.order.shipped", actor=actor, now=now)
    queue_order_mail(order, "order_shipped", now=now)
    return order


@transaction.atomic
def mark_delivered(order_id: int, *, actor: crm.Actor, now: datetime) -> Order:
    """:raises NotInThatState: if the order is not on its way"""
    order = lock_order(order_id)
    if order.status != "shipped":
        raise NotInThatState(order)
    order.shipments.update(state=Shipment.State.DELIVERED, delivered_at=now)
    order.set_status("delivered")
    record_step(order, "shop.order.delivered", actor=actor, now=now)
    return order
