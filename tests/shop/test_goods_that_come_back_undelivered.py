"""Refused at the door or returned to the sender: goods, money and order follow, once, and the customer is told."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import translation

from crm import api as crm
from shop.models import Attention, LineProgress, Parcel, Payment, Refund, ReturnRequest, Shipment
from shop.orders.links import order_token
from shop.orders.placing import place_order
from shop.orders.steps import NotInThatState
from shop.oscar import StockRecord
from shop.payment.services import pay
from shop.returns.links import return_token
from shop.returns.services import Arrived, NotThatMany
from shop.returns.settling import due_for, refund_return
from shop.returns.undelivered import PiecesAskedBack, book_undelivered
from shop.shipments.arriving import note_event
from shop.shipments.carriers import News
from shop.shipments.promises import note_late_deliveries
from shop.shipments.services import deliver, mark_shipped, pack, ship
from tests.races import run_at_once
from tests.shop.conftest import GOOD_CARD, delivery, fill, put_on_shelf
from tests.shop.payments import STAFF, templates
from tests.shop.returning import wish

CARRIER = crm.Actor.system("carrier-aras")


@pytest.fixture(autouse=True)
def _english(client: Client) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def on_its_way(now: Any, *, provider: str = "simulated-card", quantity: int = 2, price: str = "50.00") -> Any:
    basket = fill((put_on_shelf(price=price, stock=5), quantity))
    arguments: dict[str, Any] = {"expected_goods_total": None, "visitor": None, "language": "en", "now": now}
    order = place_order(basket.pk, delivery=delivery(), user=None, **arguments)
    pay(order.pk, provider=provider, form={"card_number": GOOD_CARD}, return_url=lambda payment: "", now=now)
    mark_shipped(order.pk, carrier="aras", tracking_number="1", actor=STAFF, now=now)
    return order


def tell(state: Any, now: Any, *, hours: int, parcel: Any = None) -> None:
    news = News(key=f"{state}-{hours}", state=state, occurred_at=now + timedelta(hours=hours), detail="refused")
    note_event((parcel or Parcel.objects.get()).pk, news, actor=CARRIER, now=news.occurred_at)


def press(client: Client, order: Any, back: int = 2, shelf: int = 1) -> str:
    line = order.lines.get().pk
    form = {"shipment": order.shipments.latest("pk").pk, f"back-{line}": back, f"shelf-{line}": shelf}
    answer = client.post(reverse("admin:shop_order_undelivered", args=[order.pk]), form)
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def book(order: Any, now: Any, back: int = 2, shelf: int = 1) -> ReturnRequest:
    arrived = {order.lines.get().pk: Arrived(back, shelf)}
    return book_undelivered(order.shipments.latest("pk").pk, arrived=arrived, actor=STAFF, now=now)


def stock() -> tuple[int, int]:
    record = StockRecord.objects.get()
    return record.num_in_stock, record.num_allocated


def open_matters() -> list[str]:
    return list(Attention.objects.filter(settled_at=None).values_list("kind", flat=True))


@pytest.mark.django_db
def test_the_carrier_tells_a_person_and_one_press_does_the_rest(client: Client, linus: Any, now: Any) -> None:
    order = on_its_way(now)
    tell("failed", now, hours=20)
    tell("returned", now, hours=70)
    tell("delivered", now, hours=90)  # to us
    assert (Parcel.objects.get().state, open_matters()) == ("returned", ["came_back"])
    assert note_late_deliveries(now=now + timedelta(days=20)) == 0
    client.force_login(linus)
    page = client.get(reverse("admin:order_order_change", args=[order.pk])).content.decode()
    assert page.index("It came back undelivered") < page.index("Mark as delivered")
    assert "goes back to the customer" in press(client, order)
    order.refresh_from_db()
    case, refund = ReturnRequest.objects.get(), Refund.objects.get()
    assert (order.status, order.shipments.get().state, stock()) == ("cancelled", "returned", (4, 0))
    assert (case.kind, case.state, case.refund) == ("unaccepted", "closed", refund)
    assert (refund.amount, refund.status) == (order.total_incl_tax, "done")  # the delivery, too
    assert LineProgress.objects.get().returned == 2
    assert (open_matters(), templates()[-2:]) == ([], ["order_came_back", "order_refunded"])
    assert crm.Interaction.objects.get(kind="shop.parcel.returned").actor == f"staff:{linus.pk}"
    assert "Nothing was changed" in press(client, order)
    assert (stock(), Refund.objects.count()) == ((4, 0), 1)


@pytest.mark.django_db
def test_what_was_to_be_paid_at_the_door_is_closed_as_not_taken(now: Any) -> None:
    order = on_its_way(now, provider="cash-on-delivery")
    book(order, now, shelf=2)
    order.refresh_from_db()
    payment = Payment.objects.get()
    assert (order.status, payment.status, payment.reason) == ("cancelled", "declined", "nothing was handed over")
    assert (ReturnRequest.objects.get().state, stock(), Refund.objects.count()) == ("closed", (5, 0), 0)
    assert "You do not have to pay for it." in crm.OutgoingMail.objects.latest("pk").text


@pytest.mark.django_db
def test_at_the_door_one_parcel_was_taken_and_one_refused(now: Any) -> None:
    order = on_its_way(now, provider="cash-on-delivery", quantity=1, price="80.00")
    product = order.lines.get().product
    basket = fill((product, 3))
    arguments: dict[str, Any] = {"expected_goods_total": None, "visitor": None, "language": "en", "now": now}
    order = place_order(basket.pk, delivery=delivery(), user=None, **arguments)
    pay(order.pk, provider="cash-on-delivery", form={}, return_url=lambda payment: "", now=now)
    for number in (1, 2):
        shipment = pack(order.pk, lines={order.lines.get().pk: number}, actor=STAFF, now=now)
        ship(shipment.pk, carrier="aras", tracking_number=f"B{number}", actor=STAFF, now=now)
    deliver(order.shipments.earliest("pk").pk, actor=STAFF, now=now)
    book(order, now, shelf=0)
    order.refresh_from_db()
    payment = order.payments.get()
    assert (order.status, payment.status) == ("delivered", "captured")
    assert payment.amount == order.total_incl_tax - Decimal("160.00")


@pytest.mark.django_db
def test_of_a_shipment_in_two_parcels_only_what_came_is_booked(now: Any) -> None:
    order = on_its_way(now)
    first = Parcel.objects.get()
    second = ship(first.shipment_id, carrier="aras", tracking_number="2", actor=STAFF, now=now)
    tell("delivered", now, hours=30, parcel=first)
    tell("returned", now, hours=80, parcel=second)
    case = book(order, now + timedelta(days=5), back=1, shelf=1)
    order.refresh_from_db()
    shipment = Shipment.objects.get()
    assert (order.status, shipment.state, shipment.delivered_at) == (
        "delivered",
        "delivered",
        now + timedelta(hours=30),
    )
    assert due_for(case).amount == Decimal("50.00")


@pytest.mark.django_db
def test_who_may_not_give_that_much_back_books_and_a_manager_pays(
    client: Client, grace: Any, now: Any, settings: Any
) -> None:
    settings.REFUND_CAP_AGENT = Decimal("10.00")
    order = on_its_way(now)
    grace.user_permissions.add(Permission.objects.get(codename="change_order", content_type__app_label="order"))
    client.force_login(grace)
    assert "A manager has to give" in press(client, order)
    case = ReturnRequest.objects.get()
    assert (case.state, stock(), Refund.objects.count()) == ("received", (4, 0), 0)
    assert open_matters() == ["return_waiting"]
    refund_return(case.pk, expected=order.total_incl_tax, actor=STAFF, now=now)
    assert open_matters() == []
    assert Payment.objects.get().refunded == order.total_incl_tax


@pytest.mark.django_db
@pytest.mark.parametrize("counts", [(1, 0), (0, 0), (3, 0), (2, 3), (-1, 0)])
def test_numbers_that_do_not_fit_change_nothing(now: Any, counts: tuple[int, int]) -> None:
    order = on_its_way(now)
    before = crm.Interaction.objects.count(), crm.OutgoingMail.objects.count()
    with pytest.raises(NotThatMany):
        book(order, now, *counts)
    assert (crm.Interaction.objects.count(), crm.OutgoingMail.objects.count()) == before
    assert (stock(), Shipment.objects.get().state) == ((3, 0), "shipped")


@pytest.mark.django_db
def test_pieces_that_are_asked_back_already_are_noted_there(now: Any) -> None:
    order = on_its_way(now)
    wish(order, now, 1)
    with pytest.raises(PiecesAskedBack):
        book(order, now)
    assert LineProgress.objects.get().returned == 1


@pytest.mark.django_db
def test_nobody_asks_for_such_a_return_on_the_page(client: Client, now: Any) -> None:
    order = on_its_way(now)
    assert client.get(reverse("shop:return_ask", args=[order_token(order), "unaccepted"])).status_code == 404


@pytest.mark.django_db
def test_its_page_does_not_say_that_the_customer_asked_for_it(client: Client, now: Any) -> None:
    case = book(on_its_way(now), now)
    with translation.override("en"):
        page = client.get(reverse("shop:return", args=[return_token(case)])).content.decode()
    assert "Arrived at our place" in page and "It could not be handed over" in page
    assert "Asked for" not in page and "Agreed" not in page


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("provider", ["simulated-card", "cash-on-delivery"])
def test_two_who_book_at_once_and_a_carrier_who_says_otherwise(now: Any, provider: str) -> None:
    """Either it was delivered or it came back; never both, and money and stock agree with it."""
    order = on_its_way(now, provider=provider)

    def settle() -> Any:
        case = book(order, now, shelf=2)
        return case if case.closed_at else refund_return(case.pk, expected=due_for(case).amount, actor=STAFF, now=now)

    answers = run_at_once(settle, settle, settle, lambda: tell("delivered", now, hours=20))
    order.refresh_from_db()
    payment, came_back = Payment.objects.get(), ReturnRequest.objects.count()
    assert sum(isinstance(answer, NotInThatState) for answer in answers) == 3 - came_back
    if came_back:
        assert (came_back, order.status, stock()) == (1, "cancelled", (5, 0))
        assert payment.status == ("captured" if provider == "simulated-card" else "declined")
        assert payment.refunded == (order.total_incl_tax if provider == "simulated-card" else 0)
    else:
        assert (order.status, stock(), payment.status, payment.refunded) == ("delivered", (3, 0), "captured", 0)
