"""The rest of an order that has left in part: its stock is free again, its money goes back once, the order ends."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from crm import api as crm
from shop.models import LineProgress, Payment, Refund
from shop.orders.cancelling import cancel_rest
from shop.orders.due import AmountChanged
from shop.orders.placing import place_order
from shop.orders.steps import NotInThatState
from shop.oscar import Order, StockRecord
from shop.payment.services import pay
from shop.shipments.services import deliver, pack, ship
from tests.races import run_at_once
from tests.shop.conftest import GOOD_CARD, delivery, fill, put_on_shelf
from tests.shop.payments import STAFF, templates


@pytest.fixture(autouse=True)
def _english(client: Client) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def part_shipped(now: Any, *, provider: str = "simulated-card", is_delivered: bool = False) -> Any:
    """Three of one thing for 100 ₺ together; one has left."""
    basket = fill((put_on_shelf(price="33.33", stock=5), 3))
    arguments: dict[str, Any] = {"expected_goods_total": None, "visitor": None, "language": "en", "now": now}
    order = place_order(basket.pk, delivery=delivery(), user=None, **arguments)
    pay(order.pk, provider=provider, form={"card_number": GOOD_CARD}, return_url=lambda payment: "", now=now)
    shipment = pack(order.pk, lines={order.lines.get().pk: 1}, actor=STAFF, now=now)
    ship(shipment.pk, carrier="aras", tracking_number=f"A{order.pk}", actor=STAFF, now=now)
    if is_delivered:
        deliver(shipment.pk, actor=STAFF, now=now)
    order.refresh_from_db()
    assert order.status == "part_shipped"
    return order


def press(client: Client, order: Any, amount: str = "66.66") -> str:
    form = {"amount": amount, "reason": "The kiln broke"}
    answer = client.post(reverse("admin:shop_order_cancelrest", args=[order.pk]), form)
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def stock() -> tuple[int, int]:
    record = StockRecord.objects.get()
    return record.num_in_stock, record.num_allocated


@pytest.mark.django_db
def test_stock_and_money_go_back_and_the_order_ends_with_what_has_left(client: Client, linus: Any, now: Any) -> None:
    order = part_shipped(now)
    assert stock() == (4, 2)
    client.force_login(linus)
    page = client.get(reverse("admin:order_order_change", args=[order.pk])).content.decode()
    assert "Cancel the rest" in page and 'name="amount" value="66.66"' in page
    assert "The rest is cancelled" in press(client, order)
    order.refresh_from_db()
    refund, progress = Refund.objects.get(), LineProgress.objects.get()
    assert (order.status, stock()) == ("shipped", (4, 0))
    assert (refund.amount, refund.status, refund.reason) == (Decimal("66.66"), "done", "The kiln broke")
    assert (progress.quantity, progress.shipped, progress.cancelled) == (3, 1, 2)
    assert templates()[-2:] == ["order_rest_cancelled", "order_refunded"]
    mail = crm.OutgoingMail.objects.get(template="shop/email/order_rest_cancelled")
    assert all(text in mail.text for text in ("2 × Copper cezve", "The kiln broke", "₺66.66"))
    assert crm.Interaction.objects.get(kind="shop.order.rest_cancelled").actor == f"staff:{linus.pk}"
    deliver(order.shipments.get().pk, actor=STAFF, now=now)
    order.refresh_from_db()
    assert order.status == "delivered"


@pytest.mark.django_db
def test_what_is_packed_still_leaves_and_what_was_delivered_ends_the_order(now: Any) -> None:
    order = part_shipped(now, is_delivered=True)
    packed = pack(order.pk, lines={order.lines.get().pk: 1}, actor=STAFF, now=now)
    cancel_rest(order.pk, expected=Decimal("33.33"), reason="gone", actor=STAFF, now=now)
    order.refresh_from_db()
    assert (order.status, stock()) == ("part_shipped", (4, 1))
    ship(packed.pk, carrier="aras", tracking_number="A-2", actor=STAFF, now=now)
    order.refresh_from_db()
    assert (order.status, stock()) == ("shipped", (3, 0))
    deliver(packed.pk, actor=STAFF, now=now)
    order.refresh_from_db()
    assert order.status == "delivered"


@pytest.mark.django_db
def test_nothing_is_awaited_then_the_order_is_delivered(now: Any) -> None:
    order = part_shipped(now, is_delivered=True)
    cancel_rest(order.pk, expected=Decimal("66.66"), reason="gone", actor=STAFF, now=now)
    order.refresh_from_db()
    assert order.status == "delivered"
    assert crm.Interaction.objects.filter(kind="shop.order.delivered").count() == 1


@pytest.mark.django_db
def test_the_courier_collects_less(now: Any) -> None:
    order = part_shipped(now, provider="cash-on-delivery")
    payment = Payment.objects.get()
    before = payment.amount
    cancel_rest(order.pk, expected=Decimal("66.66"), reason="gone", actor=STAFF, now=now)
    assert "The courier collects ₺66.66 less" in crm.OutgoingMail.objects.latest("pk").text
    deliver(order.shipments.get().pk, actor=STAFF, now=now)
    payment.refresh_from_db()
    order.refresh_from_db()
    assert (payment.status, payment.amount, order.status) == ("captured", before - Decimal("66.66"), "delivered")
    assert not Refund.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("case", ["another amount", "no reason", "over the cap", "nothing has left"])
def test_a_refusal_changes_nothing(
    client: Client, grace: Any, linus: Any, order_as_guest: Any, now: Any, settings: Any, case: str
) -> None:
    settings.REFUND_CAP_AGENT = Decimal("50.00")
    order = part_shipped(now) if case != "nothing has left" else order_as_guest((put_on_shelf(stock=5), 3))
    grace.user_permissions.add(Permission.objects.get(codename="change_order", content_type__app_label="order"))
    client.force_login(grace if case == "over the cap" else linus)
    before = stock(), crm.Interaction.objects.count(), crm.OutgoingMail.objects.count()
    if case == "no reason":
        client.post(reverse("admin:shop_order_cancelrest", args=[order.pk]), {"amount": "66.66"})
    else:
        told = press(client, order, "10.00" if case == "another amount" else "66.66")
        assert "Nothing was" in told
    assert (stock(), crm.Interaction.objects.count(), crm.OutgoingMail.objects.count()) == before
    assert not Refund.objects.exists() and not LineProgress.objects.filter(cancelled__gt=0).exists()


@pytest.mark.django_db
def test_the_database_itself_refuses_to_send_what_was_cancelled(now: Any) -> None:
    part_shipped(now)
    with pytest.raises(IntegrityError), transaction.atomic():
        LineProgress.objects.update(cancelled=3)


@pytest.mark.django_db(transaction=True)
def test_two_who_press_at_once_and_one_who_packs_do_it_once(now: Any) -> None:
    order = part_shipped(now)
    line = order.lines.get().pk
    answers = run_at_once(
        *[lambda: cancel_rest(order.pk, expected=Decimal("66.66"), reason="x", actor=STAFF, now=now)] * 3,
        lambda: pack(order.pk, lines={line: 1}, actor=STAFF, now=now),
    )
    progress = LineProgress.objects.get()
    packed = order.shipments.count() - 1
    assert sum(isinstance(answer, Order) for answer in answers) == (not packed)
    assert {type(answer) for answer in answers if isinstance(answer, Exception) and not packed} <= {
        NotInThatState,
        AmountChanged,
        type(answers[3]),
    }
    cancelled = 0 if packed else 2
    assert (progress.cancelled, stock()) == (cancelled, (4, 2 - cancelled))
    assert sum(refund.amount for refund in Refund.objects.all()) == Decimal("33.33") * cancelled
