"""How far an order is, as its tracking page shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shop.models import CarrierEvent, LineProgress, Parcel, Payment, Shipment
from shop.oscar import Order
from shop.returns.steps import contents_of_replacement
from shop.shipments.promises import ENDED, local_date, promised_date

# How many steps an order in a state has behind it, that of being out for delivery aside.
REACHED = {"pending": 1, "confirmed": 2, "paid": 2, "packed": 3, "part_shipped": 4, "shipped": 4, "delivered": 6}
OUT = 5


@dataclass(frozen=True)
class Step:
    label: str
    at: datetime | None
    is_done: bool
    is_current: bool


@dataclass(frozen=True)
class ParcelShown:
    """`events` begin with the newest."""

    parcel: Parcel
    events: list[CarrierEvent]
    arrives_by: date | None
    is_late: bool


@dataclass(frozen=True)
class ShipmentShown:
    """`contents` are (quantity, name); `place` counts the order's shipments from 1."""

    place: int
    shipment: Shipment
    contents: list[tuple[int, str]]
    parcels: list[ParcelShown]

    @property
    def is_replacement(self) -> bool:
        return self.shipment.replaces_id is not None

    @property
    def has_arrived(self) -> bool:
        return self.shipment.state == Shipment.State.DELIVERED


@dataclass(frozen=True)
class Progress:
    """`unsent` are (quantity, name) of what has not left yet, `arrives_by` its latest day; `cancelled` what never will.

    `at_the_door` is what the courier still has to be paid.
    """

    steps: list[Step]
    shipments: list[ShipmentShown]
    unsent: list[tuple[int, str]]
    cancelled: list[tuple[int, str]]
    arrives_by: date | None
    at_the_door: Decimal | None

    @property
    def under_way(self) -> list[ShipmentShown]:
        return [shown for shown in self.shipments if not shown.has_arrived]

    @property
    def arrived(self) -> list[ShipmentShown]:
        return [shown for shown in self.shipments if shown.has_arrived]

    @property
    def is_split(self) -> bool:
        """Whether it does not all come in one box."""
        own = [shown for shown in self.shipments if not shown.is_replacement]
        parcels = sum(len(shown.parcels) for shown in own)
        return len(own) > 1 or parcels > 1 or bool(own and self.unsent)


def progress_of(order: Order, lines: list[Any], *, now: datetime) -> Progress:
    """`lines` as shop.orders.lines.lines_of gives them."""
    names = {line.pk: line.name for line in lines}
    is_alive = order.status != "cancelled"  # what was packed for an order that was cancelled went back on the shelf
    rows = order.shipments.select_related("replaces").prefetch_related("lines", "parcels__events")
    shipments = list(rows.order_by("pk")) if is_alive else []
    shown = [_shown(place, shipment, names, local_date(now)) for place, shipment in enumerate(shipments, start=1)]
    lines_progress = LineProgress.objects.filter(line__order=order).order_by("pk")
    waiting = {each.pk: each.quantity - each.shipped - each.cancelled for each in lines_progress}
    cancelled = {each.pk: each.cancelled for each in lines_progress}
    for shipment in shipments:
        if shipment.state == Shipment.State.PACKED:
            for line in shipment.lines.all():
                waiting[line.line_id] = waiting.get(line.line_id, 0) - line.quantity
    unsent = [(waiting[pk], name) for pk, name in names.items() if waiting.get(pk, 0) > 0]
    has_to_leave = order.status in ("confirmed", "paid", "packed", "part_shipped")
    due = order.payments.filter(status=Payment.Status.AUTHORISED).values_list("amount", flat=True)
    at_the_door = due.first()
    return Progress(
        steps=_steps(order, [each for each in shipments if each.replaces_id is None], at_the_door is not None),
        shipments=shown,
        unsent=unsent,
        cancelled=[(cancelled[pk], name) for pk, name in names.items() if cancelled.get(pk)],
        arrives_by=promised_date(order) if has_to_leave else None,
        at_the_door=at_the_door,
    )


def _shown(place: int, shipment: Shipment, names: Mapping[int, str], today: date) -> ShipmentShown:
    if shipment.replaces:
        contents = contents_of_replacement(shipment.replaces, get_language() or "")
    else:
        lines = sorted(shipment.lines.all(), key=lambda line: line.pk)
        contents = [(line.quantity, names[line.line_id]) for line in lines if line.line_id in names]
    parcels = sorted(shipment.parcels.all(), key=lambda parcel: parcel.pk)
    return ShipmentShown(place, shipment, contents, [_parcel_shown(parcel, today) for parcel in parcels])


def _parcel_shown(parcel: Parcel, today: date) -> ParcelShown:
    events = sorted(parcel.events.all(), key=lambda event: (event.occurred_at, event.pk), reverse=True)
    expected = parcel.expected_date if parcel.state not in ENDED else None
    is_late = expected is not None and expected < today
    if parcel.state == Parcel.State.OUT_FOR_DELIVERY and not is_late:
        expected = None  # it comes today, whatever was said before
    return ParcelShown(parcel, events, expected, is_late)


def _steps(order: Order, shipments: list[Shipment], at_the_door: bool) -> list[Step]:
    purchase = order.purchase
    loaded = [
        event.occurred_at
        for shipment in shipments
        for parcel in shipment.parcels.all()
        for event in parcel.events.all()
        if event.state == Parcel.State.OUT_FOR_DELIVERY
    ]
    delivered = [shipment.delivered_at for shipment in shipments if shipment.delivered_at]
    first = shipments[0] if shipments else None
    reached = REACHED.get(order.status, 0)
    if order.status == "shipped" and _is_out(shipments):
        reached = OUT
    named: list[tuple[str, datetime | None]] = [
        (_("Ordered"), order.date_placed),
        (_("Confirmed, to be paid at the door"), purchase.confirmed_at)
        if at_the_door
        else (_("Paid"), purchase.paid_at),
        (_("Packed"), first.packed_at if first else None),
        (
            _("Partly on its way") if order.status == "part_shipped" else _("On its way"),
            min((shipment.shipped_at for shipment in shipments if shipment.shipped_at), default=None),
        ),
        (_("Out for delivery"), max(loaded, default=None)),
        (_("Delivered"), max(delivered, default=None) if order.status == "delivered" else None),
    ]
    return [
        Step(label, at if place <= reached else None, is_done=place <= reached, is_current=place == reached)
        for place, (label, at) in enumerate(named, start=1)
    ]


def _is_out(shipments: list[Shipment]) -> bool:
    """Whether everything that is not there yet comes today."""
    states = {parcel.state for shipment in shipments for parcel in shipment.parcels.all()}
    return bool(states) and states <= {Parcel.State.OUT_FOR_DELIVERY, *ENDED}
