"""Goods that come back without having arrived: refused at the door, nobody there, returned to the sender.

They are a return that nobody asked for: it begins where others have arrived, and is settled like any other. Where
nothing was paid yet, the courier collects less, or nothing, and the return is closed at once.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from crm import api as crm
from shop.attention.services import ask_a_person, settle_about
from shop.models import Attention, LineProgress, Parcel, ReturnLine, ReturnRequest, Shipment
from shop.orders.due import due_for_pieces, is_due_at_the_door, owe_less
from shop.orders.lines import lines_of
from shop.orders.steps import NotInThatState, lock_order, queue_order_mail, record_step
from shop.oscar import Order
from shop.partner.stock import lock_stock
from shop.returns.numbers import new_return_number
from shop.returns.services import Arrived, NotThatMany, record_returned, restock
from shop.returns.steps import State, hold, lines_of_return, record_return, reference_of
from shop.shipments.arriving import close_shipment, finish_order
from shop.shipments.services import contents_of


class PiecesAskedBack(Exception):
    """The customer has asked to send these back: what came is noted at that return."""


@transaction.atomic
def book_undelivered(
    shipment_id: int, *, arrived: Mapping[int, Arrived], actor: crm.Actor, now: datetime
) -> ReturnRequest:
    """What of a shipment was not taken is here again and was looked at. `arrived` is by line of the order.

    Of a shipment of which no parcel was delivered everything is here; what is broken does not go on the shelf.

    :raises NotInThatState: if the shipment is not on its way
    :raises NotThatMany, PiecesAskedBack: nothing was changed then
    """
    order = lock_order(Shipment.objects.values_list("order_id", flat=True).get(pk=shipment_id))
    shipment = Shipment.objects.get(pk=shipment_id)
    if shipment.state != Shipment.State.SHIPPED or shipment.replaces_id:
        raise NotInThatState(order)
    _check(order, shipment, arrived)
    pieces = {line_id: count.received for line_id, count in arrived.items() if count.received}
    due = due_for_pieces(order, pieces)
    case = _booked(order, pieces, arrived, actor=actor, now=now)
    _close_parcels(shipment, actor=actor, now=now)
    record_step(order, "shop.parcel.returned", actor=actor, now=now, shipment=shipment.pk)
    was_due = is_due_at_the_door(order)
    if was_due:
        owe_less(order, due.amount, key="", reason=case.number, actor=actor, now=now)
        case.state, case.closed_at, case.agreed_amount = State.CLOSED, now, Decimal(0)
        case.save(update_fields=["state", "closed_at", "agreed_amount"])
        record_return(case, "closed", actor=actor, now=now)
    else:  # until its money went back: whoever books it may not be who may give that much
        kind = Attention.Kind.RETURN_WAITING
        ask_a_person(order, kind, subject=reference_of(case), detail=case.number, now=now)
    finish_order(order, actor=actor, now=now)
    names = {line.pk: line.name for line in lines_of(order, order.purchase.language)}
    context = {
        "contents": [(number, names[line_id]) for line_id, number in pieces.items()],
        "is_all": order.status == "cancelled",
        "was_due": was_due,
        "is_paid": due.amount > 0 and not was_due,
    }
    queue_order_mail(order, "order_came_back", about=f"shipment-{shipment.pk}", context=context, now=now)
    return case


def _check(order: Order, shipment: Shipment, arrived: Mapping[int, Arrived]) -> None:
    contents = contents_of(shipment)
    counts = {line_id: arrived.get(line_id, Arrived(0, 0)) for line_id in contents}
    if arrived.keys() - contents.keys() or not any(count.received for count in counts.values()):
        raise NotThatMany(order.number)
    if any(not 0 <= counts[pk].restocked <= counts[pk].received <= most for pk, most in contents.items()):
        raise NotThatMany(order.number)
    is_split = shipment.parcels.filter(state=Parcel.State.DELIVERED).exists()
    if not is_split and any(counts[pk].received < most for pk, most in contents.items()):
        raise NotThatMany(order.number)
    for progress in LineProgress.objects.filter(line__in=contents):
        if counts[progress.pk].received > progress.shipped - progress.returned:
            raise PiecesAskedBack(order.number)


def _booked(
    order: Order, pieces: Mapping[int, int], arrived: Mapping[int, Arrived], *, actor: crm.Actor, now: datetime
) -> ReturnRequest:
    """The return that it becomes, with its pieces held and those that are fit on the shelf."""
    case = ReturnRequest.objects.create(
        order=order,
        number=new_return_number(),
        kind=ReturnRequest.Kind.UNDELIVERED,
        state=State.RECEIVED,
        language=order.purchase.language,
        requested_at=now,
        confirmed_at=now,
        received_at=now,
    )
    ReturnLine.objects.bulk_create(
        ReturnLine(
            request=case,
            line_id=line_id,
            quantity=number,
            received=number,
            restocked=arrived[line_id].restocked,
            reason=ReturnLine.Reason.UNDELIVERED,
        )
        for line_id, number in sorted(pieces.items())
    )
    hold(dict(pieces))
    lines = lines_of_return(case)
    lock_stock(line.line.stockrecord_id for line in lines if line.line.stockrecord_id)
    restock(lines, {line.pk: arrived[line.line_id] for line in lines})
    record_return(case, "received", actor=actor, now=now)
    record_returned(case, lines, actor=actor, now=now)
    return case


def _close_parcels(shipment: Shipment, *, actor: crm.Actor, now: datetime) -> None:
    for parcel in shipment.parcels.exclude(state=Parcel.State.DELIVERED).order_by("pk"):
        if parcel.state != Parcel.State.RETURNED:
            parcel.state, parcel.last_event_at = Parcel.State.RETURNED, now
            parcel.save(update_fields=["state", "last_event_at"])
        for kind in (Attention.Kind.UNDELIVERABLE, Attention.Kind.CAME_BACK):
            settle_about(f"shop.parcel:{parcel.pk}", kind=kind, actor=actor, now=now)
    close_shipment(shipment, actor=actor, now=now)
