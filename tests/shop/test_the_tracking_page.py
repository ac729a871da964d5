"""What the page of an order shows: how far it is, each parcel, and the address only to whose it is."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from crm import api as crm
from shop.models import Parcel, Payment, Refund
from shop.orders.cancelling import cancel_order
from shop.orders.links import order_token
from shop.orders.releasing import cancel_all_unpaid
from shop.payment.refunds import refund_order
from shop.payment.services import pay
from shop.returns.links import return_token
from shop.returns.services import refuse_return, withdraw_return
from shop.returns.settling import refund_return, send_replacement
from shop.shipments.arriving import note_event
from shop.shipments.carriers import News
from shop.shipments.services import deliver, mark_shipped, pack, ship
from shop.tracking.knowing import PROOF_LASTS
from tests.shop.returning import agree, arrive, send_order, sent_order, wish

STAFF = crm.Actor.staff(1)
STREET = "Kıbrıs Şehitleri"


@pytest.fixture(autouse=True)
def _english() -> Any:
    cache.clear()
    with translation.override("en"):
        yield


def page_of(client: Client, order: Any) -> str:
    answer = client.get(reverse("shop:tracking", args=[order_token(order)]))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def steps(client: Client, order: Any) -> list[str]:
    """The labels of the steps that are done."""
    answer = client.get(reverse("shop:tracking", args=[order_token(order)]))
    return [step.label for step in answer.context["progress"].steps if step.is_done]


def test_an_order_that_waits_for_its_payment_leads_to_it(client: Client, order_as_guest: Any) -> None:
    order = order_as_guest(is_paid=False)
    assert steps(client, order) == ["Ordered"]
    assert reverse("checkout:pay", args=[order_token(order)]) in page_of(client, order)


def test_the_steps_follow_the_order_to_the_door(client: Client, order_as_guest: Any, now: datetime) -> None:
    order = order_as_guest()
    assert steps(client, order) == ["Ordered", "Paid"]
    assert "Arrives by Friday, 20 November" in page_of(client, order)
    shipment = pack(order.pk, actor=STAFF, now=now)
    assert steps(client, order)[-1] == "Packed"
    assert "waits for the courier" in page_of(client, order)
    parcel = ship(shipment.pk, carrier="aras", tracking_number="735001", actor=STAFF, now=now)
    assert steps(client, order)[-1] == "On its way"
    Parcel.objects.update(expected_date=date(2040, 11, 20))
    assert "Arrives by Tuesday, 20 November" in page_of(client, order), "written as it was before it left"
    for place, state in enumerate(("in_transit", "out", "delivered")):
        at = now + timedelta(hours=place)
        news = News(key=str(place), state=state, occurred_at=at, place="Bornova")  # type: ignore[arg-type]
        note_event(parcel.pk, news, actor=STAFF, now=at)
        assert steps(client, order)[-1] == ("On its way", "Out for delivery", "Delivered")[place]
    page = page_of(client, order)
    assert page.count("Bornova") == 3
    assert page.index("Delivered · Bornova") < page.index("Out for delivery · Bornova")
    assert "<details" in page.partition("Delivered · Bornova")[0]
    assert "mainpage.aspx?code=735001" in page


def test_an_order_in_parts_says_what_is_where(
    client: Client, order_as_guest: Any, make_product: Any, now: datetime
) -> None:
    order = order_as_guest((make_product("Cup"), 3), (make_product("Pot"), 1))
    cups, _ = order.lines.order_by("pk")
    first = pack(order.pk, lines={cups.pk: 2}, actor=STAFF, now=now)
    ship(first.pk, carrier="aras", tracking_number="1", actor=STAFF, now=now)
    page = page_of(client, order)
    assert steps(client, order)[-1] == "Partly on its way"
    sent, _, unsent = page.partition("Still with us")
    assert "Shipment 1" in sent and "2 × Cup" in sent
    assert "1 × Cup" in unsent and "1 × Pot" in unsent
    mark_shipped(order.pk, carrier="aras", tracking_number="2", actor=STAFF, now=now)
    page = page_of(client, order)
    assert "Shipment 2" in page and "Still with us" not in page


def test_what_has_arrived_is_folded_below_what_is_still_coming(
    client: Client, order_as_guest: Any, make_product: Any, now: datetime
) -> None:
    order = order_as_guest((make_product("Cup"), 1), (make_product("Pot"), 1))
    cup, _ = order.lines.order_by("pk")
    first = pack(order.pk, lines={cup.pk: 1}, actor=STAFF, now=now)
    ship(first.pk, carrier="aras", tracking_number="1", actor=STAFF, now=now)
    deliver(first.pk, actor=STAFF, now=now)
    mark_shipped(order.pk, carrier="aras", tracking_number="2", actor=STAFF, now=now)
    coming, _, arrived = page_of(client, order).partition("<details")
    assert "Shipment 2" in coming and "1 × Pot" in coming.partition("What you ordered")[0]
    assert "<summary>Shipment 1" in arrived and "1 × Cup" in arrived
    assert coming.count("1 × Cup") == 0


def test_nothing_can_be_sent_back_before_it_has_left(client: Client, order_as_guest: Any, now: datetime) -> None:
    order = order_as_guest()
    assert reverse("shop:returns", args=[order_token(order)]) not in page_of(client, order)
    send_order(order, now)
    assert reverse("shop:returns", args=[order_token(order)]) in page_of(client, order)


def test_a_return_is_told_from_the_wish_to_the_money(
    client: Client, order_as_guest: Any, make_product: Any, now: datetime
) -> None:
    order = send_order(order_as_guest((make_product(), 2)), now)
    unsure = wish(order, now, is_proved=False)
    assert unsure.number not in page_of(client, order)
    case = wish(order, now)
    assert "A person looks at it" in page_of(client, order)
    agree(case, now)
    assert "The label is in your e-mail" in page_of(client, order)
    arrive(case, now)
    assert "We settle it now" in page_of(client, order)
    refund_return(case.pk, expected=Decimal("349.00"), actor=STAFF, now=now + timedelta(days=5))
    page = page_of(client, order)
    assert "We gave back ₺349.00 on 21 November 2026, the way you paid." in page
    assert "<dt>Given back on 21 November</dt><dd>−₺349.00</dd>" in page
    assert case.number in page and "I changed my mind" not in page
    assert return_token(case) not in page


def test_what_became_of_other_wishes_is_told(
    client: Client, order_as_guest: Any, make_product: Any, now: datetime
) -> None:
    order = send_order(order_as_guest((make_product(), 3)), now)
    refuse_return(wish(order, now, kind="claim", reason="damaged").pk, answer="No scratch.", actor=STAFF, now=now)
    withdraw_return(wish(order, now).pk, actor=STAFF, now=now)
    instead = order.lines.get().product_id
    case = arrive(agree(wish(order, now, kind="exchange", reason="small", instead=instead), now), now)
    send_replacement(case.pk, carrier="Aras", parcel_number="TR9", actor=STAFF, now=now)
    page = page_of(client, order)
    for words in ("We could not agree to it.", "It is called off; you keep", "The replacement has left with"):
        assert words in page
    assert "No scratch." not in page


def test_the_customer_who_is_logged_in_goes_on_to_the_return(now: datetime, ada: crm.Customer, login: Any) -> None:
    order = sent_order(now, user=ada.account)
    case = wish(order, now)
    assert reverse("shop:return", args=[return_token(case)]) in page_of(login(ada), order)


def test_money_that_went_back_is_told_and_a_second_payment_is_none_of_the_orders(
    client: Client, order_as_guest: Any, now: datetime
) -> None:
    order = order_as_guest()
    refund_order(order.pk, amount=Decimal("25.00"), key="sorry", reason="", actor=STAFF, now=now)
    surplus = Payment.objects.create(
        order=order, provider="simulated-card", reference="twice", status=Payment.Status.SURPLUS,
        amount=order.total_incl_tax, currency=order.currency, started_at=now,
    )  # fmt: skip
    Refund.objects.create(
        payment=surplus, key="twice", amount=surplus.amount, currency=surplus.currency, actor="", requested_at=now
    )
    page = page_of(client, order)
    assert "<dt>Given back on 16 November</dt><dd>−₺25.00</dd>" in page
    assert "On its way back to you" not in page


def test_a_transfer_that_is_waited_for_leads_to_the_account_number(
    client: Client, order_as_guest: Any, now: datetime
) -> None:
    order = order_as_guest(is_paid=False)
    pay(order.pk, provider="bank-transfer", form={}, return_url=lambda payment: "/", now=now)
    page = page_of(client, order)
    assert "We are waiting for your transfer." in page and "Pay now" not in page


def test_a_cancelled_order_says_what_becomes_of_the_money(client: Client, order_as_guest: Any, now: datetime) -> None:
    unpaid, paid, given_back = order_as_guest(is_paid=False), order_as_guest(), order_as_guest()
    cancel_all_unpaid(actor=STAFF, now=now + timedelta(hours=1))
    paid.set_status("cancelled")
    cancel_order(given_back.pk, reason="Sold out", actor=STAFF, now=now)
    assert "Nothing was charged" in page_of(client, unpaid)
    assert "comes back to you" in page_of(client, paid)
    assert "We gave back what you paid" in page_of(client, given_back)


def test_who_pays_at_the_door_reads_how_much(client: Client, order_as_guest: Any, now: datetime) -> None:
    order = order_as_guest(is_paid=False)
    order.set_status("confirmed")
    Payment.objects.create(
        order=order, provider="cash", reference="door", status=Payment.Status.AUTHORISED,
        amount=order.total_incl_tax, currency=order.currency, started_at=now,
    )  # fmt: skip
    assert steps(client, order) == ["Ordered", "Confirmed, to be paid at the door"]
    assert "You pay ₺408.90 to the courier." in page_of(client, order)


def test_a_parcel_that_should_be_there_says_so(client: Client, order_as_guest: Any) -> None:
    order = order_as_guest()
    ago = timezone.now() - timedelta(days=20)
    mark_shipped(order.pk, carrier="aras", tracking_number="1", actor=STAFF, now=ago)
    order.shipments.get().parcels.update(expected_date=(ago + timedelta(days=3)).date())
    assert "It should have been there by" in page_of(client, order)


def test_whoever_holds_the_link_sees_no_name_and_no_street(client: Client, order_as_guest: Any) -> None:
    page = page_of(client, order_as_guest())
    assert "A. – İzmir" in page
    assert not [secret for secret in (STREET, "Yılmaz", "35220", "ada@example.com", "555") if secret in page]
    assert 'content="noindex"' in page


def test_who_proved_to_know_the_order_sees_the_address_for_a_while(
    client: Client, order_as_guest: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, other = order_as_guest(), order_as_guest()
    client.post(reverse("shop:track"), {"number": order.number, "contact": "ada@example.com"})
    assert STREET in page_of(client, order)
    assert STREET not in page_of(client, other)
    assert STREET not in page_of(Client(), order)
    later = timezone.now() + PROOF_LASTS
    monkeypatch.setattr("shop.tracking.views.timezone.now", lambda: later)
    assert STREET not in page_of(client, order)


def test_the_customer_sees_the_address_and_nobody_elses_account_does(
    order_as_guest: Any, ada: crm.Customer, mallory: crm.Customer, login: Any
) -> None:
    order = order_as_guest()
    order.purchase.customer = ada
    order.purchase.save(update_fields=["customer"])
    assert STREET in page_of(login(ada), order)
    assert STREET not in page_of(login(mallory), order)


def test_the_page_asks_the_database_the_same_for_any_number_of_parcels(
    client: Client, order_as_guest: Any, make_product: Any, now: datetime, django_assert_max_num_queries: Any
) -> None:
    order = order_as_guest((make_product("Cup"), 5))
    line = order.lines.get().pk
    for place in range(5):
        part = pack(order.pk, lines={line: 1}, actor=STAFF, now=now)
        ship(part.pk, carrier="aras", tracking_number=str(place), actor=STAFF, now=now)
    page_of(client, order)
    with django_assert_max_num_queries(16):
        page_of(client, order)
