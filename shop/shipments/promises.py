"""The days that customers are told, and what happens when such a day has passed."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from crm import api as crm
from shop.attention.services import ask_a_person, settle_about
from shop.models import Attention, LineProgress, Parcel, Shipment
from shop.orders.steps import lock_order, queue_order_mail
from shop.oscar import Order
from shop.shipping.options import NoSuchOption, get_option

# States of a parcel that is not awaited any more.
ENDED = (Parcel.State.DELIVERED, Parcel.State.RETURNED)
# States of an order of which something may still leave the house.
OPEN = ("confirmed", "paid", "packed", "part_shipped")


def promised_date(order: Order, *, leaves_at: datetime | None = None) -> date | None:
    """The latest day that an order's way of travelling promises; None if we do not know that way.

    Counted from when the order became certain, as the checkout said, or from `leaves_at`.
    """
    if order.shipping_address is None:
        return None
    country = order.shipping_address.country_id
    try:
        option = get_option(order.shipping_code, country=country)
    except NoSuchOption:
        return None
    begins = leaves_at or order.purchase.confirmed_at or order.purchase.paid_at or order.date_placed
    return option.arrival(begins, country=country)[1]


def local_date(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def note_late_deliveries(*, now: datetime) -> int:
    """Tell customers and a person about what should be there by now, each promise once; returns how many."""
    today = local_date(now)
    sent = Shipment.objects.filter(state=Shipment.State.SHIPPED, promised_date__lt=today).order_by("pk")
    noted = sum(_note_late_shipment(pk, now=now) for pk in sent.values_list("pk", flat=True))
    # No way to travel is quicker than a day: younger orders cannot be late.
    unsent = Order.objects.filter(status__in=OPEN, purchase__isnull=False, date_placed__lt=now - timedelta(days=1))
    return noted + sum(_note_late_order(pk, now=now) for pk in unsent.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _note_late_shipment(shipment_id: int, *, now: datetime) -> bool:
    order = lock_order(Shipment.objects.values_list("order_id", flat=True).get(pk=shipment_id))
    shipment = Shipment.objects.get(pk=shipment_id)
    if shipment.state != Shipment.State.SHIPPED or shipment.promised_date is None:
        return False
    parcels = list(shipment.parcels.exclude(state__in=ENDED).order_by("pk"))
    if not parcels:
        return False  # it comes back to us: somebody books it
    return _note_late(order, f"shipment-{shipment_id}", shipment.promised_date, parcels, now=now)


@transaction.atomic
def _note_late_order(order_id: int, *, now: datetime) -> bool:
    order = lock_order(order_id)
    promised = promised_date(order)
    if order.status not in OPEN or promised is None:
        return False
    return _note_late(order, f"order-{order_id}", promised, [], now=now)


def _note_late(order: Order, what: str, promised: date, parcels: list[Parcel], *, now: datetime) -> bool:
    """`what` is like "shipment-7"."""
    if promised >= local_date(now):
        return False
    subject = f"shop.{what.replace('-', ':')}"
    day_after = datetime.combine(promised + timedelta(days=1), time(), ZoneInfo(settings.TIME_ZONE))
    known = Attention.objects.filter(kind=Attention.Kind.DELIVERY_LATE, subject=subject, opened_at__gte=day_after)
    if known.exists():
        return False  # somebody looks into it, or has
    detail = ", ".join([promised.isoformat(), *map(str, parcels)])
    ask_a_person(order, Attention.Kind.DELIVERY_LATE, subject=subject, detail=detail, now=now)
    context = {"parcels": parcels, "promised_date": promised, "new_date": None}
    about = f"{what}:late:{promised.isoformat()}"
    queue_order_mail(order, "order_delayed", about=about, context=context, now=now)
    return True


def settle_lateness(order: Order, *, actor: crm.Actor, now: datetime) -> None:
    """The last of the goods has left or was cancelled: that they had not left is no matter any more."""
    if not LineProgress.objects.to_be_sent().filter(line__order=order).exists():
        settle_about(f"shop.order:{order.pk}", kind=Attention.Kind.DELIVERY_LATE, actor=actor, now=now)
