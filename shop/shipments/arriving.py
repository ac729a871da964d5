"""What becomes of a parcel on its way: carriers tell, the order and the customer hear of it.

Carriers tell late, twice and out of order. News is kept once; it moves the parcel only if it is newer, by the
carrier's own clock, than what moved it last; that it was delivered, or came back to us, is the last word.
(A parcel that came back may be told as "delivered" once more: to us.)
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Count, Max

from crm import api as crm
from shop.attention.services import ask_a_person, settle_about
from shop.models import Attention, CarrierEvent, LineProgress, Parcel, Payment, Shipment
from shop.orders.releasing import close_for_good, note_cancelled
from shop.orders.steps import lock_order, queue_order_mail, record_step
from shop.oscar import Order
from shop.payment.services import capture_at_the_door
from shop.shipments.carriers import News
from shop.shipments.promises import ENDED, local_date
from shop.shipping.working_days import HOME, add_working_days

State = Parcel.State
# States of a parcel that no news of the same moment leads back from.
FURTHER = {
    State.ANNOUNCED: 0,
    State.IN_TRANSIT: 1,
    State.DELAYED: 1,
    State.OUT_FOR_DELIVERY: 2,
    State.UNDELIVERABLE: 3,
    State.RETURNED: 4,
}


@transaction.atomic
def note_event(parcel_id: int, news: News, *, actor: crm.Actor, now: datetime) -> bool:
    """Keep what a carrier says about a parcel, and do what follows from it. False if it was known already."""
    order_id = Parcel.objects.values_list("shipment__order_id", flat=True).get(pk=parcel_id)
    order = lock_order(order_id)
    parcel = Parcel.objects.select_related("shipment").get(pk=parcel_id)
    _, is_new = CarrierEvent.objects.get_or_create(
        parcel=parcel,
        key=news.key,
        defaults={
            "state": news.state,
            "place": news.place,
            "detail": news.detail,
            "occurred_at": news.occurred_at,
            "received_at": now,
        },
    )
    if is_new and _is_further(parcel, news):
        _move(order, parcel, news, actor=actor, now=now)
    return is_new


def _is_further(parcel: Parcel, news: News) -> bool:
    if parcel.state in ENDED:
        return False
    if news.state == State.DELIVERED or parcel.last_event_at is None:
        return True
    if news.occurred_at == parcel.last_event_at:
        return FURTHER[State(news.state)] > FURTHER[State(parcel.state)]
    return news.occurred_at > parcel.last_event_at


def _move(order: Order, parcel: Parcel, news: News, *, actor: crm.Actor, now: datetime) -> None:
    if news.state == State.DELIVERED:
        note_arrival(order, parcel, at=news.occurred_at, actor=actor, now=now)
        return
    before = parcel.state
    parcel.state, parcel.last_event_at = State(news.state), news.occurred_at
    parcel.save(update_fields=["state", "last_event_at"])
    if news.expected_date and news.state != State.DELAYED:
        _expect(parcel, news)
    if news.state == State.OUT_FOR_DELIVERY:
        record_step(order, "shop.parcel.loaded", actor=actor, now=now, parcel=parcel.pk)
        day = local_date(news.occurred_at).isoformat()
        _mail(order, "order_out_for_delivery", parcel, about=f"parcel-{parcel.pk}:{day}", now=now)
        settle_about(_reference(parcel), kind=Attention.Kind.UNDELIVERABLE, actor=actor, now=now)
    elif news.state == State.DELAYED:
        _note_delay(order, parcel, news, actor=actor, now=now)
    elif news.state == State.UNDELIVERABLE and before != State.UNDELIVERABLE:
        record_step(order, "shop.parcel.failed", actor=actor, now=now, parcel=parcel.pk)
        detail = f"{parcel}: {news.detail or news.place}"
        ask_a_person(order, Attention.Kind.UNDELIVERABLE, subject=_reference(parcel), detail=detail, now=now)
    elif news.state == State.RETURNED and before != State.RETURNED:
        detail = f"{parcel}: {news.detail or news.place}"
        settle_about(_reference(parcel), kind=Attention.Kind.UNDELIVERABLE, actor=actor, now=now)
        ask_a_person(order, Attention.Kind.CAME_BACK, subject=_reference(parcel), detail=detail, now=now)


def _note_delay(order: Order, parcel: Parcel, news: News, *, actor: crm.Actor, now: datetime) -> None:
    """Without a day from the carrier, we say the next working day after the one that we said before."""
    told = parcel.expected_date
    if news.expected_date is None and told:
        country = order.shipping_address.country_id if order.shipping_address else HOME
        parcel.expected_date = add_working_days(max(told, local_date(now)), 1, country=country)
    else:
        parcel.expected_date = news.expected_date
    if parcel.expected_date == told and told is not None:
        return  # said already
    parcel.save(update_fields=["expected_date"])
    if parcel.expected_date:
        Shipment.objects.filter(pk=parcel.shipment_id).update(promised_date=parcel.expected_date)
    record_step(order, "shop.parcel.delayed", actor=actor, now=now, parcel=parcel.pk)
    day = parcel.expected_date.isoformat() if parcel.expected_date else "some-day"
    _mail(order, "order_delayed", parcel, about=f"parcel-{parcel.pk}:{day}", now=now)


def _expect(parcel: Parcel, news: News) -> None:
    parcel.expected_date = news.expected_date
    parcel.save(update_fields=["expected_date"])


def note_arrival(order: Order, parcel: Parcel, *, at: datetime, actor: crm.Actor, now: datetime) -> None:
    """A parcel is there: its shipment is when all its parcels are, the order when nothing is missing any more.

    Under the order's lock.
    """
    parcel.state, parcel.last_event_at = State.DELIVERED, at
    parcel.save(update_fields=["state", "last_event_at"])
    for kind in (Attention.Kind.UNDELIVERABLE, Attention.Kind.CAME_BACK):
        settle_about(_reference(parcel), kind=kind, actor=actor, now=now)
    if not parcel.shipment.parcels.exclude(state=State.DELIVERED).exists():
        close_shipment(parcel.shipment, actor=actor, now=now)
    is_whole = finish_order(order, actor=actor, now=now)
    if not is_whole:
        record_step(order, "shop.parcel.delivered", actor=actor, now=now, parcel=parcel.pk)
    context: dict[str, object] = {"is_whole": is_whole, "is_replacement": parcel.shipment.replaces_id is not None}
    _mail(order, "order_delivered", parcel, about=f"parcel-{parcel.pk}", context=context, now=now)


def close_shipment(shipment: Shipment, *, actor: crm.Actor, now: datetime) -> None:
    """Nothing of it is on its way any more: it was delivered when the last of its parcels was, or came back as a whole.

    Carriers tell out of order: what counts is which parcel came last, not which we heard of last.
    """
    delivered = shipment.parcels.filter(state=State.DELIVERED).aggregate(number=Count("pk"), last=Max("last_event_at"))
    shipment.state = Shipment.State.DELIVERED if delivered["number"] else Shipment.State.RETURNED
    shipment.delivered_at = delivered["last"]
    shipment.save(update_fields=["state", "delivered_at"])
    settle_about(f"shop.shipment:{shipment.pk}", kind=Attention.Kind.DELIVERY_LATE, actor=actor, now=now)


def finish_order(order: Order, *, actor: crm.Actor, now: datetime) -> bool:
    """Something arrived, came back or will not leave: is the order at its end? Cancelled, if all of it came back.

    Under the order's lock. Replacements do not count: the order does not wait for them.
    """
    if LineProgress.objects.to_be_sent().filter(line__order=order).exists():
        return False
    if order.status == "part_shipped":
        order.set_status("shipped")  # what had not left will not
    shipments = order.shipments.filter(replaces=None)
    if order.status != "shipped" or shipments.filter(state=Shipment.State.SHIPPED).exists():
        return False
    if shipments.filter(state=Shipment.State.DELIVERED).exists():
        order.set_status("delivered")
        record_step(order, "shop.order.delivered", actor=actor, now=now)
        _collect(order, actor=actor, now=now)
    else:
        close_for_good(order, why="nothing was handed over", now=now)
        note_cancelled(order, actor=actor, now=now)
    return True


def _collect(order: Order, *, actor: crm.Actor, now: datetime) -> None:
    """What was to be paid at the door has been paid there. (The one call of shop/payment from here.)"""
    if order.payments.filter(status=Payment.Status.AUTHORISED).exists():
        capture_at_the_door(order.pk, actor=actor, now=now)


def _mail(
    order: Order, name: str, parcel: Parcel, *, about: str, now: datetime, context: dict[str, object] | None = None
) -> None:
    whole = {"parcels": [parcel], "new_date": parcel.expected_date, **(context or {})}
    queue_order_mail(order, name, about=about, context=whole, now=now)


def _reference(parcel: Parcel) -> str:
    return f"shop.parcel:{parcel.pk}"
