"""What was open for a person and is no matter any more closes by itself, in the same transaction."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm import api as crm
from shop.attention.services import ask_a_person
from shop.models import Attention, Parcel, Payment
from shop.orders.cancelling import cancel_order, cancel_rest
from shop.payment.refunds import confirm_refund, refund_payment
from shop.payment.services import finish_payment, start_payment
from shop.returns.services import Arrived
from shop.returns.undelivered import book_undelivered
from shop.shipments.arriving import note_event
from shop.shipments.carriers import News
from shop.shipments.promises import note_late_deliveries
from shop.shipments.services import deliver, mark_shipped, pack, ship
from tests.shop.conftest import put_on_shelf
from tests.shop.payments import STAFF, captured, unpaid_order

WEEKS = timedelta(days=21)
CARRIER = crm.Actor.system("carrier-aras")


def open_matters() -> list[str]:
    return list(Attention.objects.filter(settled_at=None).order_by("pk").values_list("kind", flat=True))


@pytest.fixture
def late(order_as_guest: Any, now: Any) -> Any:
    """Three pieces of one thing, on their way, and not there for weeks."""
    order = order_as_guest((put_on_shelf(stock=5), 3))
    mark_shipped(order.pk, carrier="aras", tracking_number="1", actor=STAFF, now=now)
    assert note_late_deliveries(now=now + WEEKS) == 1
    assert open_matters() == ["delivery_late"]
    return order


def test_a_late_parcel_that_arrives(late: Any, now: Any) -> None:
    deliver(late.shipments.get().pk, actor=STAFF, now=now + WEEKS)
    assert open_matters() == []
    assert Attention.objects.get().settled_by == str(STAFF)


def test_a_late_parcel_that_comes_back(late: Any, now: Any) -> None:
    arrived = {late.lines.get().pk: Arrived(3, 3)}
    book_undelivered(late.shipments.get().pk, arrived=arrived, actor=STAFF, now=now + WEEKS)
    assert open_matters() == ["return_waiting"]  # its money


def test_a_late_order_that_is_cancelled(order_as_guest: Any, now: Any) -> None:
    order, other = order_as_guest(), order_as_guest()
    assert note_late_deliveries(now=now + WEEKS) == 2
    cancel_order(order.pk, reason="sold out", actor=STAFF, now=now + WEEKS)
    assert [matter.order_id for matter in Attention.objects.filter(settled_at=None)] == [other.pk]


def test_a_late_rest_that_is_cancelled(order_as_guest: Any, now: Any) -> None:
    order = order_as_guest((put_on_shelf(price="10.00", stock=5), 3))
    shipment = pack(order.pk, lines={order.lines.get().pk: 1}, actor=STAFF, now=now)
    ship(shipment.pk, carrier="aras", tracking_number="1", actor=STAFF, now=now)
    deliver(shipment.pk, actor=STAFF, now=now)
    assert note_late_deliveries(now=now + WEEKS) == 1
    cancel_rest(order.pk, expected=Decimal("20.00"), reason="gone", actor=STAFF, now=now + WEEKS)
    assert open_matters() == []


def test_a_parcel_that_could_not_be_delivered_and_is_out_again(late: Any, now: Any) -> None:
    parcel = Parcel.objects.get()
    for hours, state, wanted in ((1, "failed", ["delivery_late", "undeliverable"]), (2, "out", ["delivery_late"])):
        at = now + WEEKS + timedelta(hours=hours)
        note_event(parcel.pk, News(key=state, state=state, occurred_at=at), actor=CARRIER, now=at)
        assert open_matters() == wanted


def test_another_sum_that_went_back_as_a_whole(db: None, now: Any) -> None:
    order = unpaid_order(now)
    payment = start_payment(order.pk, provider="simulated-card", now=now)
    finish_payment(payment.pk, outcome=captured(payment, Decimal("400.00")), now=now)
    assert open_matters() == ["mismatch"]
    Payment.objects.filter(pk=payment.pk).update(provider="bank-transfer")  # paid out by hand, one after the other
    arguments: dict[str, Any] = {"reason": "another sum", "actor": STAFF, "now": now}
    for number, amount in enumerate(("300.00", "100.00")):
        refund = refund_payment(payment.pk, amount=Decimal(amount), key=f"part-{number}", **arguments)
        assert "mismatch" in open_matters()
        confirm_refund(refund.pk, actor=STAFF, now=now)
    assert open_matters() == []


def test_an_invoice_that_nobody_needs_any_more(order_as_guest: Any, now: Any) -> None:
    order = order_as_guest()
    ask_a_person(order, Attention.Kind.NO_INVOICE, subject=f"shop.order:{order.pk}", now=now)
    ask_a_person(order, Attention.Kind.SURPLUS, subject="shop.payment:1", now=now)  # a person has to look at that
    cancel_order(order.pk, reason="sold out", actor=STAFF, now=now)
    assert open_matters() == ["surplus"]
