"""What leaves instead of a piece that came back is a shipment: followed, mailed about, and not counted as a piece."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from crm import api as crm
from shop.models import Parcel, ReturnRequest, Shipment
from shop.orders.links import order_token
from shop.oscar import StockRecord
from shop.returns.rules import last_day_to_withdraw
from shop.returns.settling import ParcelMissing, send_replacement
from shop.returns.steps import ReturnHasMoved
from shop.shipments.arriving import note_event
from shop.shipments.carriers import News
from shop.shipments.services import NumberTaken, left_to_pack, pack, ship
from tests.races import run_at_once
from tests.shop.returning import STAFF, agree, arrive, everything_written, send_order, sent_order, wish
from tests.shop.shelves import product

CARRIER = crm.Actor.system("carrier-aras")


@pytest.fixture
def towel(db: None) -> Any:
    return product("Towel", variants={"Blue": 5, "Red": 2})


@pytest.fixture
def case(towel: Any, order_as_guest: Any, now: Any) -> ReturnRequest:
    """A blue towel is back; a red one shall come instead."""
    blue, red = towel.children.order_by("pk")
    order = send_order(order_as_guest((blue, 1)), now)
    return arrive(agree(wish(order, now, kind="exchange", instead=red.pk), now), now)


def tracking_path(order: Any, language: str = "en") -> str:
    with translation.override(language):
        return reverse("shop:tracking", args=[order_token(order)])


def send(case: ReturnRequest, now: Any, *, carrier: str = "Aras Kargo", number: str = "A-7") -> ReturnRequest:
    at = now + timedelta(days=5)
    return send_replacement(case.pk, carrier=carrier, parcel_number=number, actor=STAFF, now=at)


def tell(state: Any, now: Any, *, days: int) -> None:
    news = News(key=state, state=state, occurred_at=now + timedelta(days=days))
    note_event(Parcel.objects.latest("pk").pk, news, actor=CARRIER, now=news.occurred_at)


def test_its_parcel_is_followed_on_the_tracking_page(client: Client, case: Any, now: Any) -> None:
    send(case, now)
    parcel = Parcel.objects.latest("pk")
    assert (parcel.carrier, parcel.tracking_number, parcel.shipment.replaces_id) == ("aras", "A-7", case.pk)
    tell("out", now, days=6)
    page = client.get(tracking_path(case.order)).content.decode()
    assert "Your replacement" in page and "1 × Towel – Red" in page and "A-7" in page
    assert "several parcels" not in page
    assert page.count('aria-current="step"') == 1
    turkish = client.get(tracking_path(case.order, "tr")).content.decode()
    assert "1 × Red" in turkish  # it has no Turkish name: its own is shown, not that of what came back


def test_the_customer_is_mailed_when_it_leaves_and_when_it_is_there(case: Any, now: Any) -> None:
    send(case, now)
    tell("delivered", now, days=7)
    left, there = crm.OutgoingMail.objects.order_by("-pk")[:2][::-1]
    assert left.template == "shop/email/return_replaced" and "A-7" in left.text
    assert tracking_path(case.order) in left.text
    assert there.template == "shop/email/order_delivered"
    assert there.subject.startswith("The replacement") and "14 days" not in there.text + there.html
    assert "The rest is still coming" not in there.text
    case.order.refresh_from_db()
    assert (case.order.status, Shipment.objects.get(replaces=case).state) == ("delivered", "delivered")


def test_the_fourteen_days_of_the_order_are_not_moved_by_it(case: Any, now: Any) -> None:
    before = last_day_to_withdraw(case.order)
    send(case, now)
    tell("delivered", now, days=9)
    assert last_day_to_withdraw(case.order) == before is not None


def test_it_takes_nothing_from_what_is_left_to_pack(towel: Any, order_as_guest: Any, now: Any) -> None:
    blue, red = towel.children.order_by("pk")
    order = order_as_guest((blue, 3))
    line = order.lines.get().pk
    ship(
        pack(order.pk, lines={line: 2}, actor=STAFF, now=now).pk,
        carrier="aras",
        tracking_number="1",
        actor=STAFF,
        now=now,
    )
    case = arrive(agree(wish(order, now, kind="exchange", instead=red.pk), now), now)
    send(case, now)
    order.refresh_from_db()
    assert (order.status, left_to_pack(order)) == ("part_shipped", {line: 1})


def test_a_carrier_that_gives_numbers_is_asked_for_one(case: Any, now: Any) -> None:
    send(case, now, carrier="simulated", number="")
    assert Parcel.objects.latest("pk").tracking_number.startswith("KK")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [({"carrier": " "}, ParcelMissing), ({"number": ""}, ParcelMissing), ({"number": "A-1"}, NumberTaken)],
)
def test_without_a_number_of_its_own_nothing_leaves(case: Any, now: Any, changes: Any, refusal: Any) -> None:
    Parcel.objects.update(carrier="aras", tracking_number="A-1")
    before, stock = everything_written(), list(StockRecord.objects.order_by("pk").values_list("num_in_stock"))
    with pytest.raises(refusal):
        send(case, now, **changes)
    assert everything_written() == before
    assert list(StockRecord.objects.order_by("pk").values_list("num_in_stock")) == stock
    assert not Shipment.objects.filter(replaces__isnull=False).exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_press_at_once_send_one(now: Any) -> None:
    towel = product("Towel", variants={"Blue": 5, "Red": 2})
    blue, red = towel.children.order_by("pk")
    order = sent_order(now, (blue, 1))
    case = arrive(agree(wish(order, now, kind="exchange", instead=red.pk), now), now)
    answers = run_at_once(*[lambda number=number: send(case, now, number=f"A-{number}") for number in range(4)])
    assert sum(isinstance(answer, ReturnHasMoved) for answer in answers) == 3
    assert Shipment.objects.filter(replaces=case).count() == 1
    assert StockRecord.objects.get(product=red).num_in_stock == 1
