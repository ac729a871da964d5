"""How the demo's orders travel: what was packed together, in which parcels, and what the carriers said."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shop.models import CarrierEvent, LineProgress, Parcel, Shipment, ShipmentLine
from shop.shipments.promises import local_date

if TYPE_CHECKING:
    from shop.demo.orders import DemoOrder

CARRIERS = ("aras", "yurtici", "ptt")
HUBS = ("İstanbul", "Bursa", "Ankara", "Eskişehir")
State = Parcel.State


@dataclass
class _Load:
    """A shipment before it is written, with its one parcel, if that has left."""

    order: "DemoOrder"
    lines: list[Any]
    shipment: Shipment
    parcel: Parcel | None = None


def send_parcels(orders: list["DemoOrder"], *, now: datetime) -> None:
    """Everything that is packed: whole, or now and then in two parcels."""
    loads = [load for order in orders if order.packed_at for load in _loads_of(order, now)]
    Shipment.objects.bulk_create([load.shipment for load in loads])
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=load.shipment, line=line, quantity=line.quantity) for load in loads for line in load.lines
    )
    Parcel.objects.bulk_create([load.parcel for load in loads if load.parcel])
    CarrierEvent.objects.bulk_create([event for load in loads if load.parcel for event in _events_of(load, now)])
    parcels = [load.parcel for load in loads if load.parcel]
    Parcel.objects.bulk_update(parcels, ["state", "last_event_at"], batch_size=500)
    LineProgress.objects.bulk_create(
        LineProgress(line=line, quantity=line.quantity, shipped=line.quantity if order.shipped_at else 0)
        for order in orders
        for line in order.lines
    )


def _loads_of(order: "DemoOrder", now: datetime) -> Iterator[_Load]:
    chance = random.Random(order.number)
    parts = [order.lines]
    if len(order.lines) > 2 and order.shipped_at and chance.random() < 0.3:
        parts = [order.lines[:-1], order.lines[-1:]]
    promised = order.shipping.arrival(order.paid_at)[1]
    if not order.delivered_at:
        promised = max(promised, local_date(now) + timedelta(days=1))
    for place, lines in enumerate(parts):
        state = Shipment.State.PACKED
        if order.shipped_at:
            state = Shipment.State.DELIVERED if order.delivered_at else Shipment.State.SHIPPED
        shipment = Shipment(
            order=order.row,
            state=state,
            packed_at=order.packed_at or order.paid_at,
            shipped_at=order.shipped_at,
            delivered_at=order.delivered_at,
            promised_date=promised,
        )
        parcel = Parcel(
            shipment=shipment,
            carrier=chance.choice(CARRIERS),
            tracking_number=f"{order.tracking_number}{place or ''}",
            expected_date=promised,
        )
        yield _Load(order, lines, shipment, parcel if order.shipped_at else None)


def _events_of(load: _Load, now: datetime) -> list[CarrierEvent]:
    """What the carrier said by now; the parcel is where the last of it left it."""
    order, parcel = load.order, load.parcel
    chance = random.Random(order.tracking_number)
    left, city = order.shipped_at or now, order.person.content["city"]
    arrives = order.delivered_at or left + timedelta(days=2)
    steps = [
        (left, State.ANNOUNCED, ""),
        (left + timedelta(hours=4), State.IN_TRANSIT, HUBS[0]),
        (left + timedelta(hours=15), State.IN_TRANSIT, chance.choice(HUBS[1:])),
        (arrives - timedelta(hours=7), State.IN_TRANSIT, city),
    ]
    if order.delivered_at:
        steps += [(arrives - timedelta(hours=2), State.OUT_FOR_DELIVERY, city), (arrives, State.DELIVERED, city)]
    told = [step for step in steps if step[0] < now]
    if parcel and told:
        parcel.last_event_at, parcel.state, _ = told[-1]
    return [
        CarrierEvent(parcel=parcel, key=f"demo-{place}", state=state, place=where, occurred_at=at, received_at=at)
        for place, (at, state, where) in enumerate(told)
    ]
