"""News of a parcel is kept once and moves it by the carrier's own clock; order, customer and staff hear of it."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from crm import api as crm
from shop.models import Attention, CarrierEvent, Parcel, Shipment
from shop.orders.placing import place_order
from shop.payment.services import pay_by_card
from shop.returns.rules import last_day_to_withdraw
from shop.shipments.arriving import note_event
from shop.shipments.carriers import SIMULATED, News
from shop.shipments.promises import note_late_deliveries
from shop.shipments.services import mark_shipped, pack, ship
from shop.shipments.simulator import move_parcels
from tests.races import run_at_once
from tests.shop.conftest import GOOD_CARD, delivery, fill, put_on_shelf

STAFF, CARRIER = crm.Actor.staff(1), crm.Actor.system("carrier-aras")
HOUR = timedelta(hours=1)


def mails() -> list[str]:
    names = crm.OutgoingMail.objects.order_by("pk").values_list("template", flat=True)
    return [name.removeprefix("shop/email/order_") for name in names]


def kinds(order: Any) -> list[str]:
    rows = crm.Interaction.objects.about(f"shop.order:{order.pk}").order_by("id")
    return [row.kind.removeprefix("shop.") for row in rows]


@pytest.fixture
def order(order_as_guest: Any, now: datetime) -> Any:
    """On its way in one parcel."""
    order = order_as_guest()
    mark_shipped(order.pk, carrier="aras", tracking_number="1", actor=STAFF, now=now)
    return order


@pytest.fixture
def tell(order: Any, now: datetime) -> Any:
    """`tell("out", 5)`: the carrier says so of the parcel, as having happened five hours after it left."""

    def _tell(state: Any, hours: float, *, key: str = "", parcel: Any = None, **said: Any) -> bool:
        at = now + hours * HOUR
        news = News(key=key or f"{state}-{hours}", state=state, occurred_at=at, **said)
        return note_event((parcel or Parcel.objects.earliest("pk")).pk, news, actor=CARRIER, now=at)

    return _tell


def test_a_parcel_goes_its_way_and_each_step_is_told(order: Any, tell: Any) -> None:
    for state, hours in (("announced", 0), ("in_transit", 3), ("out", 20), ("delivered", 25)):
        assert tell(state, hours, place="İzmir")
    order.refresh_from_db()
    assert (order.status, Parcel.objects.get().state) == ("delivered", "delivered")
    assert Shipment.objects.get().delivered_at == Parcel.objects.get().last_event_at
    assert mails() == ["confirmed", "shipped", "out_for_delivery", "delivered"]
    assert kinds(order)[-3:] == ["order.shipped", "parcel.loaded", "order.delivered"]
    row = crm.Interaction.objects.get(kind="shop.parcel.loaded")
    assert row.data["parcel"] == Parcel.objects.get().pk


def test_the_same_news_twice_is_one(order: Any, tell: Any) -> None:
    assert [tell("out", 20, key="e-1"), tell("out", 20, key="e-1"), tell("delivered", 21, key="e-1")] == [
        True,
        False,
        False,
    ]
    assert CarrierEvent.objects.count() == 1
    assert mails().count("out_for_delivery") == 1
    assert Parcel.objects.get().state == "out"


def test_news_out_of_order_is_kept_and_moves_nothing_back(order: Any, tell: Any) -> None:
    tell("out", 20)
    tell("in_transit", 3)
    assert (Parcel.objects.get().state, CarrierEvent.objects.count()) == ("out", 2)
    tell("delivered", 19)  # of the courier's own device, whose clock is slow: it is there all the same
    tell("in_transit", 30)
    order.refresh_from_db()
    assert (Parcel.objects.get().state, order.status) == ("delivered", "delivered")
    assert CarrierEvent.objects.count() == 4
    assert mails() == ["confirmed", "shipped", "out_for_delivery", "delivered"]


def test_of_two_states_of_one_moment_the_further_one_counts(order: Any, tell: Any) -> None:
    tell("out", 20)
    tell("in_transit", 20)
    assert Parcel.objects.get().state == "out"


def test_a_second_try_on_another_day_is_told_again(order: Any, tell: Any) -> None:
    for hours in (20, 21, 45):
        tell("out", hours)
    assert mails().count("out_for_delivery") == 2


def test_a_delay_is_told_with_the_new_day_once_for_each_day(order: Any, tell: Any) -> None:
    tell("delayed", 20, expected_date=date(2026, 11, 24))
    tell("delayed", 21, expected_date=date(2026, 11, 24))
    assert mails() == ["confirmed", "shipped", "delayed"]
    assert "Tuesday, 24 November" in crm.OutgoingMail.objects.latest("pk").text
    assert Shipment.objects.get().promised_date == Parcel.objects.get().expected_date == date(2026, 11, 24)
    tell("delayed", 22, expected_date=date(2026, 11, 25))
    assert mails().count("delayed") == 2
    assert kinds(order).count("parcel.delayed") == 2


def test_a_delay_without_a_day_means_the_next_working_day(order: Any, tell: Any) -> None:
    tell("delayed", 20)
    assert Parcel.objects.get().expected_date == date(2026, 11, 23)  # promised for Friday the 20th


def test_what_cannot_be_delivered_waits_for_a_person_until_it_is(order: Any, tell: Any) -> None:
    tell("failed", 20, detail="address not found")
    tell("failed", 21)
    matter = Attention.objects.get()
    assert (matter.kind, matter.order_id) == (Attention.Kind.UNDELIVERABLE, order.pk)
    assert "address not found" in matter.detail
    assert kinds(order).count("parcel.failed") == 1
    tell("delivered", 40)
    matter.refresh_from_db()
    assert matter.settled_by == str(CARRIER)


def test_a_late_delivery_is_told_once_for_each_day_that_was_promised(order: Any, tell: Any, now: datetime) -> None:
    friday, saturday = now + timedelta(days=4), now + timedelta(days=5)
    assert [note_late_deliveries(now=day) for day in (friday, saturday, saturday + HOUR)] == [0, 1, 0]
    matter = Attention.objects.get()
    assert (matter.kind, mails()) == (Attention.Kind.DELIVERY_LATE, ["confirmed", "shipped", "delayed"])
    Attention.objects.update(settled_at=saturday, settled_by="staff:1")
    assert note_late_deliveries(now=saturday + 2 * HOUR) == 0
    tell("delayed", 24 * 5.5, expected_date=date(2026, 11, 24))
    assert note_late_deliveries(now=now + timedelta(days=9)) == 1
    tell("delivered", 24 * 10)
    assert not Attention.objects.filter(settled_at=None).exists()
    assert note_late_deliveries(now=now + timedelta(days=30)) == 0


def test_an_order_in_two_shipments_is_delivered_with_the_last_of_them(
    order_as_guest: Any, make_product: Any, tell: Any, now: datetime
) -> None:
    order = order_as_guest((make_product("Cup"), 2))
    line = order.lines.get().pk
    parcels = []
    for number in ("10", "11"):
        part = pack(order.pk, lines={line: 1}, actor=STAFF, now=now)
        parcels.append(ship(part.pk, carrier="aras", tracking_number=number, actor=STAFF, now=now))
    tell("delivered", 20, parcel=parcels[0])
    order.refresh_from_db()
    assert (order.status, kinds(order)[-1]) == ("shipped", "parcel.delivered")
    assert "still coming" in crm.OutgoingMail.objects.latest("pk").text
    tell("delivered", 21, parcel=parcels[1])
    order.refresh_from_db()
    assert (order.status, kinds(order)[-1]) == ("delivered", "order.delivered")
    assert mails().count("delivered") == 2


def test_a_part_that_arrives_before_the_rest_has_left_does_not_end_the_order(
    order_as_guest: Any, make_product: Any, tell: Any, now: datetime
) -> None:
    order = order_as_guest((make_product("Cup"), 2))
    part = pack(order.pk, lines={order.lines.get().pk: 1}, actor=STAFF, now=now)
    tell("delivered", 20, parcel=ship(part.pk, carrier="aras", tracking_number="10", actor=STAFF, now=now))
    order.refresh_from_db()
    assert order.status == "part_shipped"


def test_the_simulated_carrier_really_moves_its_parcels(order_as_guest: Any, now: datetime) -> None:
    order = order_as_guest()
    mark_shipped(order.pk, carrier="simulated", tracking_number="KK1", actor=STAFF, now=now)
    seen = []
    for seconds in range(0, 400, 10):
        move_parcels(seconds_per_day=100, now=now + timedelta(seconds=seconds))
        seen.append(Parcel.objects.get().state)
    order.refresh_from_db()
    assert order.status == "delivered"
    assert [state for place, state in enumerate(seen) if state not in seen[:place]] == [
        "announced",
        "in_transit",
        "out",
        "delivered",
    ]
    places = {*CarrierEvent.objects.exclude(place="").values_list("place", flat=True)}
    assert "İzmir" in places and len(places) == 3
    assert move_parcels(seconds_per_day=100, now=now + timedelta(days=9)) == 0


def test_some_simulated_parcels_are_late_and_the_same_number_goes_the_same_way(now: datetime) -> None:
    def journey(number: str) -> list[News]:
        told = {"tracking_number": number, "city": "Van", "shipped_at": now, "seconds_per_day": 60.0}
        return SIMULATED.news_until(now + timedelta(days=1), **told)  # type: ignore[arg-type]

    numbers = [f"KK{number}" for number in range(60)]
    late = [number for number in numbers if "delayed" in [news.state for news in journey(number)]]
    assert 2 <= len(late) <= 25
    assert all(journey(number) == journey(number) for number in numbers)
    assert all(journey(number)[-1].state == "delivered" for number in numbers)


def test_with_the_simulator_off_and_at_other_carriers_nothing_moves(order: Any, now: datetime) -> None:
    before = CarrierEvent.objects.count()
    assert move_parcels(seconds_per_day=0, now=now + timedelta(days=3)) == 0
    assert move_parcels(seconds_per_day=60, now=now + timedelta(days=3)) == 0
    assert CarrierEvent.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_news_told_by_several_at_once_is_taken_once(now: datetime) -> None:
    order = place_order(
        fill((put_on_shelf(), 1)).pk,
        delivery=delivery(),
        expected_goods_total=None,
        user=None,
        visitor=None,
        language="en",
        now=now,
    )
    pay_by_card(order.pk, card_number=GOOD_CARD, now=now)
    mark_shipped(order.pk, carrier="aras", tracking_number="1", actor=STAFF, now=now)
    news = News(key="e-1", state="delivered", occurred_at=now)
    answers = run_at_once(*[lambda: note_event(Parcel.objects.get().pk, news, actor=CARRIER, now=now)] * 5)
    assert sorted(answers) == [False] * 4 + [True]
    order.refresh_from_db()
    assert order.status == "delivered"
    assert mails().count("delivered") == 1
    assert kinds(order).count("order.delivered") == 1


def test_the_fourteen_days_count_from_the_last_parcel_whichever_is_heard_of_last(
    order: Any, tell: Any, now: Any
) -> None:
    """Mesafeli Sözleşmeler Yönetmeliği m. 9: of goods that come in pieces, from the day of the last piece."""
    first = Parcel.objects.get()
    second = ship(first.shipment_id, carrier="aras", tracking_number="2", actor=STAFF, now=now)
    tell("delivered", 24 * 5, parcel=second)
    tell("delivered", 24 * 2, parcel=first)  # it came before, the carrier tells it after
    order.refresh_from_db()
    assert order.status == "delivered"
    assert Shipment.objects.get().delivered_at == now + timedelta(days=5)
    assert last_day_to_withdraw(order) == date(2026, 12, 5)
