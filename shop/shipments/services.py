"""Goods leave the house: packed into shipments, sent in parcels. What happens to a parcel then is in arriving.py.

An order may leave in several shipments; what is left to be packed is counted under the order's lock, and the database
knows by itself that no more of a line is shipped than was bought.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Sum

from crm import api as crm
from shop.models import LineProgress, Parcel, ReturnRequest, Shipment, ShipmentLine
from shop.orders.lines import lines_of
from shop.orders.steps import NotInThatState, lock_order, queue_order_mail, record_step
from shop.oscar import Order, OrderLine, StockRecord
from shop.shipments.arriving import note_arrival
from shop.shipments.carriers import CannotAnnounce, carrier_code, get_carrier
from shop.shipments.promises import OPEN, promised_date, settle_lateness


class NotLeftToPack(Exception):
    """More of a line than is left, nothing at all, or a line of another order."""


class NumberTaken(Exception):
    """Another parcel of that carrier has that number: most likely it was typed in twice."""


# --- Packing ---------------------------------------------------------------------------------------------


@transaction.atomic
def pack(order_id: int, *, lines: Mapping[int, int] | None = None, actor: crm.Actor, now: datetime) -> Shipment:
    """Put together what will leave together, and tell the customer. `lines` are quantities by line; None: all left.

    :raises NotInThatState: if nothing of the order may leave
    :raises NotLeftToPack: nothing was changed then
    """
    order = lock_order(order_id)
    shipment = _pack(order, lines, actor=actor, now=now)
    context = {"contents": _in_words(order, shipment)}
    queue_order_mail(order, "order_packed", about=f"shipment-{shipment.pk}", context=context, now=now)
    return shipment


def left_to_pack(order: Order) -> dict[int, int]:
    """How many of each line are in no shipment yet and not cancelled; lines of which none are left are not in it."""
    packed = dict(
        ShipmentLine.objects.filter(shipment__order=order)
        .values_list("line_id")
        .annotate(total=Sum("quantity"))
        .values_list("line_id", "total")
    )
    left = {
        progress.pk: progress.quantity - progress.cancelled - packed.get(progress.pk, 0)
        for progress in LineProgress.objects.filter(line__order=order).order_by("pk")
    }
    return {line: quantity for line, quantity in left.items() if quantity > 0}


def contents_of(shipment: Shipment) -> dict[int, int]:
    """Quantities by line."""
    return dict(shipment.lines.order_by("pk").values_list("line_id", "quantity"))


def _in_words(order: Order, shipment: Shipment) -> list[tuple[int, str]]:
    """(quantity, name) of what is in a shipment, in the customer's language."""
    contents = contents_of(shipment)
    return [(contents[line.pk], line.name) for line in lines_of(order, order.purchase.language) if line.pk in contents]


def _pack(order: Order, lines: Mapping[int, int] | None, *, actor: crm.Actor, now: datetime) -> Shipment:
    """Under the order's lock."""
    if order.status not in OPEN:
        raise NotInThatState(order)
    left = left_to_pack(order)
    wanted = left if lines is None else lines
    if not wanted or any(not 0 < quantity <= left.get(line, 0) for line, quantity in wanted.items()):
        raise NotLeftToPack(order.number)
    shipment = Shipment.objects.create(order=order, packed_at=now, promised_date=promised_date(order))
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, line_id=line, quantity=quantity) for line, quantity in wanted.items()
    )
    if order.status in ("confirmed", "paid") and not left_to_pack(order):
        order.set_status("packed")
    record_step(order, "shop.order.packed", actor=actor, now=now, shipment=shipment.pk)
    return shipment


# --- Sending ---------------------------------------------------------------------------------------------


def ship(shipment_id: int, *, carrier: str, tracking_number: str = "", actor: crm.Actor, now: datetime) -> Parcel:
    """One more parcel of a shipment leaves; with the first one its goods leave the stock.

    `carrier` is a code or a name; without a number the carrier is asked for one.

    :raises NotInThatState: if the order may not leave, or the shipment has arrived
    :raises Shipment.DoesNotExist: if it has left as a part of another one meanwhile
    :raises NumberTaken, CannotAnnounce: nothing was changed then
    """
    carrier, tracking_number = label_for(carrier, tracking_number)
    order_id = Shipment.objects.values_list("order_id", flat=True).get(pk=shipment_id)
    with transaction.atomic():
        order = lock_order(order_id)
        shipment = Shipment.objects.get(pk=shipment_id)
        return _ship(order, shipment, carrier, tracking_number, actor=actor, now=now)


def mark_shipped(order_id: int, *, carrier: str, tracking_number: str = "", actor: crm.Actor, now: datetime) -> Order:
    """Whatever has not left yet leaves in one parcel: what is packed already, or all that is left to be packed.

    :raises NotInThatState: if the order is not paid, or left already
    :raises NotLeftToPack, NumberTaken, CannotAnnounce: nothing was changed then
    """
    carrier, tracking_number = label_for(carrier, tracking_number)
    with transaction.atomic():
        order = lock_order(order_id)
        if order.status not in OPEN:
            raise NotInThatState(order)
        waiting = list(order.shipments.filter(state=Shipment.State.PACKED).order_by("pk"))
        if left_to_pack(order):
            waiting.append(_pack(order, None, actor=actor, now=now))
        if not waiting:
            raise NotLeftToPack(order.number)
        shipment = _in_one(waiting)
        _ship(order, shipment, carrier, tracking_number, actor=actor, now=now)
    return order


def _in_one(shipments: list[Shipment]) -> Shipment:
    """Packed shipments that leave in one parcel are one."""
    first, *others = shipments
    for other in others:
        for line, quantity in contents_of(other).items():
            known = first.lines.filter(line_id=line).update(quantity=F("quantity") + quantity)
            if not known:
                ShipmentLine.objects.create(shipment=first, line_id=line, quantity=quantity)
        other.delete()
    return first


def label_for(carrier: str, tracking_number: str) -> tuple[str, str]:
    """(code, number), asked of the carrier before anything is locked.

    :raises CannotAnnounce: if there is no number, and the carrier gives none
    """
    code, number = carrier_code(carrier), "".join(tracking_number.split())
    if number:
        return code, number
    known = get_carrier(code)
    if known is None:
        raise CannotAnnounce(code)
    return code, known.announce()


def _ship(
    order: Order, shipment: Shipment, carrier: str, tracking_number: str, *, actor: crm.Actor, now: datetime
) -> Parcel:
    """Under the order's lock."""
    is_first = shipment.state == Shipment.State.PACKED
    if shipment.state == Shipment.State.DELIVERED or (is_first and order.status not in OPEN):
        raise NotInThatState(order)
    if is_first:
        _leave_house(order, shipment, actor=actor, now=now)
    parcel = add_parcel(shipment, carrier, tracking_number)
    context = {
        "parcels": [parcel],
        "contents": _in_words(order, shipment) if is_first else [],
        "is_part": order.status == "part_shipped" or order.shipments.count() > 1,
    }
    queue_order_mail(order, "order_shipped", about=f"parcel-{parcel.pk}", context=context, now=now)
    return parcel


def send_instead(order: Order, case: ReturnRequest, *, carrier: str, tracking_number: str, now: datetime) -> Parcel:
    """A shipment that leaves instead of what came back. Under the order's lock; the caller sees to the stock.

    :raises NumberTaken:
    """
    shipment = Shipment.objects.create(
        order=order,
        replaces=case,
        state=Shipment.State.SHIPPED,
        packed_at=now,
        shipped_at=now,
        promised_date=promised_date(order, leaves_at=now),
    )
    return add_parcel(shipment, carrier, tracking_number)


def add_parcel(shipment: Shipment, carrier: str, tracking_number: str) -> Parcel:
    try:
        with transaction.atomic():
            return Parcel.objects.create(
                shipment=shipment,
                carrier=carrier,
                tracking_number=tracking_number,
                expected_date=shipment.promised_date,
            )
    except IntegrityError as error:
        raise NumberTaken(f"{carrier} {tracking_number}") from error


def _leave_house(order: Order, shipment: Shipment, *, actor: crm.Actor, now: datetime) -> None:
    contents = contents_of(shipment)
    _take_from_stock(contents)
    for line, quantity in sorted(contents.items()):
        LineProgress.objects.filter(pk=line).update(shipped=F("shipped") + quantity)
    realistic = promised_date(order, leaves_at=now)
    if realistic and (shipment.promised_date is None or realistic > shipment.promised_date):
        shipment.promised_date = realistic  # it leaves late, and the mail says so
    shipment.state, shipment.shipped_at = Shipment.State.SHIPPED, now
    shipment.save(update_fields=["state", "shipped_at", "promised_date"])
    has_more = LineProgress.objects.to_be_sent().filter(line__order=order).exists()
    order.set_status("part_shipped" if has_more else "shipped")
    settle_lateness(order, actor=actor, now=now)
    record_step(order, "shop.order.shipped", actor=actor, now=now, shipment=shipment.pk)


def _take_from_stock(contents: Mapping[int, int]) -> None:
    """What was reserved for these quantities by line is gone from the shelf."""
    leaving: dict[int, int] = {}
    lines = OrderLine.objects.filter(pk__in=contents, stockrecord__isnull=False)
    for line, record in lines.values_list("pk", "stockrecord_id"):
        leaving[record] = leaving.get(record, 0) + contents[line]
    for stock in StockRecord.objects.select_for_update(of=("self",)).filter(pk__in=leaving).order_by("pk"):
        stock.consume_allocation(leaving[stock.pk])


# --- Arriving --------------------------------------------------------------------------------------------


@transaction.atomic
def deliver(shipment_id: int, *, actor: crm.Actor, now: datetime) -> Order:
    """All parcels of one shipment have arrived, whatever the carrier says or does not say.

    :raises NotInThatState: if it is not on its way
    """
    order = lock_order(Shipment.objects.values_list("order_id", flat=True).get(pk=shipment_id))
    shipment = Shipment.objects.get(pk=shipment_id)
    if shipment.state != Shipment.State.SHIPPED:
        raise NotInThatState(order)
    for parcel in shipment.parcels.exclude(state=Parcel.State.DELIVERED).select_related("shipment").order_by("pk"):
        note_arrival(order, parcel, at=now, actor=actor, now=now)
    return order


@transaction.atomic
def mark_delivered(order_id: int, *, actor: crm.Actor, now: datetime) -> Order:
    """Everything that is on its way has arrived, whatever the carriers say or do not say.

    :raises NotInThatState: if the order is not on its way as a whole
    """
    order = lock_order(order_id)
    if order.status != "shipped":
        raise NotInThatState(order)
    parcels = Parcel.objects.filter(shipment__order=order, shipment__state=Shipment.State.SHIPPED)
    parcels = parcels.exclude(state=Parcel.State.DELIVERED)
    for parcel in parcels.select_related("shipment").order_by("pk"):
        note_arrival(order, parcel, at=now, actor=actor, now=now)
    return order
