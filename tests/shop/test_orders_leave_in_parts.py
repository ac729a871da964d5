"""Packing and sending: in one go or in parts, never more than was bought, whoever packs at the same time."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from crm import api as crm
from shop.models import Attention, LineProgress, Parcel, Payment, Shipment, ShipmentLine
from shop.orders.placing import place_order
from shop.orders.steps import NotInThatState
from shop.oscar import StockRecord
from shop.payment.services import capture_at_the_door, pay_by_card
from shop.shipments.carriers import CannotAnnounce, carrier_code, carrier_name
from shop.shipments.promises import note_late_deliveries
from shop.shipments.services import (
    NotLeftToPack,
    NumberTaken,
    left_to_pack,
    mark_delivered,
    mark_shipped,
    pack,
    ship,
)
from tests.races import run_at_once
from tests.shop.conftest import GOOD_CARD, delivery, fill, put_on_shelf

STAFF = crm.Actor.staff(1)


def kinds(order: Any) -> list[str]:
    rows = crm.Interaction.objects.about(f"shop.order:{order.pk}").order_by("id")
    return [row.kind.removeprefix("shop.") for row in rows]


def mails() -> list[str]:
    names = crm.OutgoingMail.objects.order_by("pk").values_list("template", flat=True)
    return [name.removeprefix("shop/email/order_") for name in names]


def everything() -> list[int]:
    tables = (Shipment, ShipmentLine, Parcel, crm.Interaction, crm.OutgoingMail)
    return [table.objects.count() for table in tables]


@pytest.fixture
def order(order_as_guest: Any, make_product: Any) -> Any:
    """Three cups and a pot, paid."""
    return order_as_guest((make_product("Cup", stock=10), 3), (make_product("Pot", stock=10), 1))


def status_of(order: Any) -> str:
    order.refresh_from_db()
    return str(order.status)


def test_an_order_is_packed_sent_and_delivered_step_by_step(order: Any, now: datetime) -> None:
    shipment = pack(order.pk, actor=STAFF, now=now)
    assert (status_of(order), shipment.promised_date) == ("packed", date(2026, 11, 20))
    parcel = ship(shipment.pk, carrier="Aras Kargo", tracking_number=" 735 001 ", actor=STAFF, now=now)
    assert (status_of(order), parcel.carrier, parcel.tracking_number) == ("shipped", "aras", "735001")
    mark_delivered(order.pk, actor=STAFF, now=now)
    assert status_of(order) == "delivered"
    assert kinds(order)[2:] == ["order.packed", "order.shipped", "order.delivered"]
    assert mails() == ["confirmed", "packed", "shipped", "delivered"]
    shipment.refresh_from_db()
    parcel.refresh_from_db()
    assert (shipment.state, parcel.state) == (Shipment.State.DELIVERED, Parcel.State.DELIVERED)


def test_each_part_is_told_about_and_takes_its_own_stock(order: Any, now: datetime) -> None:
    cups, pot = order.lines.order_by("pk")
    first = pack(order.pk, lines={cups.pk: 2}, actor=STAFF, now=now)
    assert (status_of(order), left_to_pack(order)) == ("paid", {cups.pk: 1, pot.pk: 1})
    ship(first.pk, carrier="aras", tracking_number="1", actor=STAFF, now=now)
    assert status_of(order) == "part_shipped"
    stock = StockRecord.objects.in_bulk([cups.stockrecord_id, pot.stockrecord_id])
    assert [
        (stock[line.stockrecord_id].num_in_stock, stock[line.stockrecord_id].num_allocated) for line in (cups, pot)
    ] == [
        (8, 1),
        (10, 1),
    ]
    second = pack(order.pk, actor=STAFF, now=now)
    assert status_of(order) == "part_shipped"
    ship(second.pk, carrier="aras", tracking_number="2", actor=STAFF, now=now)
    assert status_of(order) == "shipped"
    assert [*LineProgress.objects.order_by("pk").values_list("shipped", flat=True)] == [3, 1]
    assert {*StockRecord.objects.values_list("num_in_stock", "num_allocated")} == {(7, 0), (9, 0)}
    assert mails() == ["confirmed", "packed", "shipped", "packed", "shipped"]
    texts = [mail.text for mail in crm.OutgoingMail.objects.order_by("pk")]
    assert "2 × Cup" in texts[2] and "Pot" not in texts[2]
    assert "A part of your order" in texts[2]
    assert "1 × Cup" in texts[4] and "1 × Pot" in texts[4]


def test_all_mails_of_the_parts_are_one_thread_in_the_customers_language(order: Any, now: datetime) -> None:
    order.purchase.language = "tr"
    order.purchase.save(update_fields=["language"])
    pack(order.pk, actor=STAFF, now=now)
    mark_shipped(order.pk, carrier="aras", tracking_number="1", actor=STAFF, now=now)
    confirmed, packed, shipped = crm.OutgoingMail.objects.order_by("pk")
    assert (packed.language, shipped.language) == ("tr", "tr")
    assert shipped.headers["References"].split() == [confirmed.message_id, packed.message_id]
    assert "/tr/track/" in shipped.text and "/tr/track/" in shipped.html
    assert "20 Kasım" in shipped.text


def test_a_shipment_may_leave_in_several_parcels_and_stock_goes_once(order: Any, now: datetime) -> None:
    shipment = pack(order.pk, actor=STAFF, now=now)
    for number in ("1", "2"):
        ship(shipment.pk, carrier="aras", tracking_number=number, actor=STAFF, now=now)
    assert shipment.parcels.count() == 2
    assert {*StockRecord.objects.values_list("num_in_stock", "num_allocated")} == {(7, 0), (9, 0)}
    assert mails() == ["confirmed", "packed", "shipped", "shipped"]
    assert kinds(order).count("order.shipped") == 1


def test_marking_as_shipped_sends_what_is_packed_and_what_is_left_in_one_parcel(order: Any, now: datetime) -> None:
    cups, pot = order.lines.order_by("pk")
    pack(order.pk, lines={cups.pk: 1}, actor=STAFF, now=now)
    pack(order.pk, lines={cups.pk: 1, pot.pk: 1}, actor=STAFF, now=now)
    done = mark_shipped(order.pk, carrier="aras", tracking_number="1", actor=STAFF, now=now)
    assert (done.status, Shipment.objects.count(), Parcel.objects.count()) == ("shipped", 1, 1)
    assert dict(ShipmentLine.objects.values_list("line_id", "quantity")) == {cups.pk: 3, pot.pk: 1}


@pytest.mark.parametrize("wrong", [{"cups": 4}, {"cups": 0}, {"cups": -1}, {}, {"cups": 1, "strange": 1}])
def test_more_than_is_left_nothing_and_strange_lines_are_refused(
    order: Any, order_as_guest: Any, now: datetime, wrong: dict[str, int]
) -> None:
    ids = {"cups": order.lines.order_by("pk")[0].pk, "strange": order_as_guest().lines.get().pk}
    before = everything()
    with pytest.raises(NotLeftToPack):
        pack(order.pk, lines={ids[name]: quantity for name, quantity in wrong.items()}, actor=STAFF, now=now)
    assert (everything(), status_of(order)) == (before, "paid")


def test_what_is_not_paid_or_has_left_is_not_packed(order: Any, order_as_guest: Any, now: datetime) -> None:
    unpaid = order_as_guest(is_paid=False)
    mark_shipped(order.pk, carrier="aras", tracking_number="1", actor=STAFF, now=now)
    before = everything()
    for refused in (unpaid, order):
        with pytest.raises(NotInThatState):
            pack(refused.pk, actor=STAFF, now=now)
    assert everything() == before


def test_what_was_cancelled_after_packing_does_not_leave(order: Any, now: datetime) -> None:
    shipment = pack(order.pk, actor=STAFF, now=now)
    order.refresh_from_db()
    order.set_status("cancelled")
    before = everything()
    with pytest.raises(NotInThatState):
        ship(shipment.pk, carrier="aras", tracking_number="1", actor=STAFF, now=now)
    assert everything() == before
    assert {*LineProgress.objects.values_list("shipped", flat=True)} == {0}


def test_a_number_is_used_once(order: Any, order_as_guest: Any, now: datetime) -> None:
    mark_shipped(order.pk, carrier="Aras Kargo", tracking_number="1", actor=STAFF, now=now)
    other = order_as_guest()
    before = everything()
    with pytest.raises(NumberTaken):
        mark_shipped(other.pk, carrier="aras", tracking_number="1", actor=STAFF, now=now)
    assert (everything(), status_of(other)) == (before, "paid")


def test_a_carrier_that_gives_numbers_is_asked_for_one(order: Any, order_as_guest: Any, now: datetime) -> None:
    mark_shipped(order.pk, carrier="simulated", actor=STAFF, now=now)
    assert Parcel.objects.get().tracking_number.startswith("KK")
    other = order_as_guest()
    for carrier in ("aras", "Uncle Hasan"):
        with pytest.raises(CannotAnnounce):
            mark_shipped(other.pk, carrier=carrier, actor=STAFF, now=now)
    assert status_of(other) == "paid"


def test_carriers_are_known_by_code_and_by_name() -> None:
    assert [carrier_code(text) for text in (" aras  kargo ", "ARAS", "Uncle  Hasan")] == ["aras", "aras", "Uncle Hasan"]
    assert [carrier_name(code) for code in ("aras", "Uncle Hasan")] == ["Aras Kargo", "Uncle Hasan"]


def test_who_leaves_late_is_told_a_day_that_can_be_kept(order: Any, now: datetime) -> None:
    shipment = pack(order.pk, actor=STAFF, now=now)
    parcel = ship(shipment.pk, carrier="aras", tracking_number="1", actor=STAFF, now=now + timedelta(days=3))
    shipment.refresh_from_db()
    assert shipment.promised_date == parcel.expected_date == date(2026, 11, 25)
    assert "Wednesday, 25 November" in crm.OutgoingMail.objects.get(template="shop/email/order_shipped").text


def test_what_is_paid_at_the_door_is_captured_when_it_arrives(order_as_guest: Any, now: datetime) -> None:
    order = order_as_guest(is_paid=False)
    order.set_status("confirmed")
    payment = Payment.objects.create(
        order=order,
        provider="cash",
        reference="door",
        status=Payment.Status.AUTHORISED,
        amount=order.total_incl_tax,
        currency=order.currency,
        started_at=now,
    )
    mark_shipped(order.pk, carrier="aras", tracking_number="1", actor=STAFF, now=now)
    payment.refresh_from_db()
    assert payment.status == Payment.Status.AUTHORISED
    mark_delivered(order.pk, actor=STAFF, now=now)
    payment.refresh_from_db()
    assert payment.status == Payment.Status.CAPTURED
    assert capture_at_the_door(order.pk, actor=STAFF, now=now) is None  # there is nothing more to collect
    order.refresh_from_db()
    assert (order.status, order.purchase.paid_at is not None) == ("delivered", True)
    assert kinds(order).count("order.paid") == 1


def test_an_order_that_stays_in_the_house_too_long_is_noticed_once(order: Any, now: datetime) -> None:
    assert note_late_deliveries(now=now + timedelta(days=4)) == 0
    late = now + timedelta(days=5)
    assert [note_late_deliveries(now=late + timedelta(hours=hours)) for hours in (0, 1, 30)] == [1, 0, 0]
    matter = Attention.objects.get()
    assert (matter.kind, matter.subject) == (Attention.Kind.DELIVERY_LATE, f"shop.order:{order.pk}")
    assert mails() == ["confirmed", "delayed"]
    mark_shipped(order.pk, carrier="aras", tracking_number="1", actor=STAFF, now=late)
    matter.refresh_from_db()
    assert matter.settled_at == late


def test_the_database_itself_lets_nothing_leave_that_was_not_bought(order: Any, now: datetime) -> None:
    mark_shipped(order.pk, carrier="aras", tracking_number="1", actor=STAFF, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        LineProgress.objects.update(shipped=F("shipped") + 1)


def paid_order(now: datetime, pieces: int) -> Any:
    order = place_order(
        fill((put_on_shelf(stock=10), pieces)).pk,
        delivery=delivery(),
        expected_goods_total=None,
        user=None,
        visitor=None,
        language="en",
        now=now,
    )
    pay_by_card(order.pk, card_number=GOOD_CARD, now=now)
    return order


def answers(*jobs: Any) -> list[str]:
    return sorted(type(answer).__name__ for answer in run_at_once(*jobs))


@pytest.mark.django_db(transaction=True)
def test_packers_at_the_same_time_never_pack_more_than_was_bought(now: datetime) -> None:
    order = paid_order(now, pieces=5)
    line = order.lines.get().pk
    jobs = [lambda: pack(order.pk, lines={line: 2}, actor=STAFF, now=now)] * 4
    assert answers(*jobs) == ["NotLeftToPack", "NotLeftToPack", "Shipment", "Shipment"]
    assert left_to_pack(order) == {line: 1}
    parcels = [
        lambda pk=pk, number=number: ship(pk, carrier="aras", tracking_number=number, actor=STAFF, now=now)
        for number, pk in enumerate(Shipment.objects.values_list("pk", flat=True))
        for number in (f"{number}",)
    ]
    assert answers(*parcels) == ["Parcel", "Parcel"]
    record = StockRecord.objects.get()
    assert (record.num_in_stock, record.num_allocated, LineProgress.objects.get().shipped) == (6, 1, 4)


@pytest.mark.django_db(transaction=True)
def test_an_order_marked_as_shipped_by_several_at_once_leaves_once(now: datetime) -> None:
    order = paid_order(now, pieces=2)
    jobs = [
        lambda number=number: mark_shipped(order.pk, carrier="aras", tracking_number=number, actor=STAFF, now=now)
        for number in ("1", "2", "3", "4")
    ]
    assert answers(*jobs) == ["NotInThatState"] * 3 + ["Order"]
    record = StockRecord.objects.get()
    assert (record.num_in_stock, record.num_allocated, Parcel.objects.count()) == (8, 0, 1)
    assert crm.OutgoingMail.objects.filter(template="shop/email/order_shipped").count() == 1
