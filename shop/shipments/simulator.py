"""Moves the parcels of the simulated carrier through the same door that real news comes by."""

from datetime import datetime

from crm import api as crm
from shop.models import Parcel
from shop.shipments.arriving import note_event
from shop.shipments.carriers import SIMULATED
from shop.shipments.promises import ENDED

CARRIER = crm.Actor.system("simulated-carrier")


def move_parcels(*, seconds_per_day: float, now: datetime) -> int:
    """Tell what has happened by now to the parcels that are on their way; returns how much of it was new."""
    if seconds_per_day <= 0:
        return 0
    moving = (
        Parcel.objects.filter(carrier=SIMULATED.code, shipment__shipped_at__isnull=False)
        .exclude(state__in=ENDED)
        .select_related("shipment__order__shipping_address")
        .prefetch_related("events")
        .order_by("pk")
    )
    return sum(_move(parcel, seconds_per_day, now) for parcel in moving)


def _move(parcel: Parcel, seconds_per_day: float, now: datetime) -> int:
    shipment = parcel.shipment
    address = shipment.order.shipping_address
    known = {event.key for event in parcel.events.all()}
    journey = SIMULATED.news_until(
        now,
        tracking_number=parcel.tracking_number,
        city=address.line4 if address else "",
        shipped_at=shipment.shipped_at or now,
        seconds_per_day=seconds_per_day,
    )
    return sum(note_event(parcel.pk, news, actor=CARRIER, now=now) for news in journey if news.key not in known)
