"""A transfer that comes when nobody waits for it any more: honoured or given back, told to a person, counted once."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from crm import api as crm
from shop.models import Attention, Payment, Refund
from shop.orders.cancelling import cancel_order
from shop.orders.releasing import cancel_all_unpaid
from shop.oscar import Order, StockRecord
from shop.payment.refunds import finish_refunds
from shop.payment.services import (
    confirm_bank_transfer,
    finish_waiting,
    give_up_payment,
    pay,
    pay_by_card,
    start_payment,
)
from tests.races import run_at_once
from tests.shop.conftest import GOOD_CARD, put_on_shelf
from tests.shop.payments import STAFF, matters, templates, unpaid_order

Status = Payment.Status
TRANSFER = "bank-transfer"


@pytest.fixture(autouse=True)
def _english(client: Client) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def awaited(now: Any, **options: Any) -> Any:
    order = unpaid_order(now, **options)
    pay(order.pk, provider=TRANSFER, form={}, return_url=lambda payment: "", now=now)
    return order


def released(now: Any, **options: Any) -> Any:
    order = awaited(now, **options)
    later = now + timedelta(days=5, minutes=1)
    finish_waiting(now=later)
    cancel_all_unpaid(actor=STAFF, now=later)
    assert Order.objects.get(pk=order.pk).status == "cancelled"
    return order


def press(client: Client, order: Any, amount: str = "408.90") -> str:
    answer = client.post(reverse("admin:shop_order_transfer", args=[order.pk]), {"amount": amount})
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def page_of(client: Client, order: Any) -> str:
    return client.get(reverse("admin:order_order_change", args=[order.pk])).content.decode()


@pytest.mark.django_db
def test_it_is_honoured_while_the_goods_are_there(client: Client, linus: Any, now: Any) -> None:
    order = released(now)
    client.force_login(linus)
    assert "A late transfer has arrived" in page_of(client, order)
    assert "the order is paid after all" in press(client, order)
    order.refresh_from_db()
    assert (order.status, StockRecord.objects.get().num_allocated) == ("paid", 1)
    assert templates() == ["order_awaits_transfer", "order_confirmed"]
    assert crm.Interaction.objects.get(kind="shop.order.paid").actor == f"staff:{linus.pk}"
    assert reverse("admin:shop_order_transfer", args=[order.pk]) not in page_of(client, order)


@pytest.mark.django_db
def test_it_is_to_be_given_back_by_hand_when_the_goods_are_gone(client: Client, linus: Any, now: Any) -> None:
    product = put_on_shelf(price="349.00", stock=1)
    order = released(now, product=product)
    unpaid_order(now, product=product)
    client.force_login(linus)
    assert "transfer it back" in press(client, order)
    finish_refunds(now=now)
    payment = order.payments.get()
    assert (payment.status, payment.refunded, matters()) == (
        Status.SURPLUS,
        payment.amount,
        ["late_payment", "refund_by_hand"],
    )
    client.post(reverse("admin:shop_order_paidout", args=[order.pk]), {"refund": Refund.objects.get().pk})
    assert not Attention.objects.filter(settled_at=None).exists()
    assert templates()[-1] == "order_refunded"
    assert Order.objects.get(pk=order.pk).status == "cancelled"


@pytest.mark.django_db
def test_it_never_revives_what_staff_cancelled(now: Any) -> None:
    order = awaited(now)
    cancel_order(order.pk, reason="the last one is broken", actor=STAFF, now=now)
    payment = confirm_bank_transfer(order.pk, amount=order.total_incl_tax, actor=STAFF, now=now)
    assert (payment.status, payment.refunded, matters()) == (Status.SURPLUS, payment.amount, ["late_payment"])
    assert StockRecord.objects.get().num_allocated == 0


@pytest.mark.django_db
def test_it_is_surplus_where_the_order_was_paid_otherwise(now: Any) -> None:
    order = awaited(now)
    give_up_payment(order.pk, now=now)
    pay_by_card(order.pk, card_number=GOOD_CARD, now=now)
    payment = confirm_bank_transfer(order.pk, amount=order.total_incl_tax, actor=STAFF, now=now)
    assert (payment.status, matters()) == (Status.SURPLUS, ["surplus"])
    assert sorted(order.payments.values_list("status", flat=True)) == [Status.CAPTURED, Status.SURPLUS]


@pytest.mark.django_db
def test_another_sum_or_an_order_without_a_transfer_changes_nothing(client: Client, linus: Any, now: Any) -> None:
    order, other = released(now), unpaid_order(now)
    start_payment(other.pk, provider="simulated-card", now=now)
    client.force_login(linus)
    before = crm.Interaction.objects.count(), crm.OutgoingMail.objects.count()
    assert "Nothing was confirmed" in press(client, order, "40.00")
    assert "Nothing was confirmed" in press(client, other)
    assert (crm.Interaction.objects.count(), crm.OutgoingMail.objects.count(), matters()) == (*before, [])
    assert not Payment.objects.filter(status__in=Payment.HOLDS_MONEY).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("stock", [1, 0])
def test_two_who_press_at_once_count_it_once(now: Any, stock: int) -> None:
    """Also where the shopper began the transfer twice: there is one row more, not more money."""
    product = put_on_shelf(price="349.00", stock=1)
    order = awaited(now, product=product)
    give_up_payment(order.pk, now=now)
    pay(order.pk, provider=TRANSFER, form={}, return_url=lambda payment: "", now=now)
    later = now + timedelta(days=5, minutes=1)
    finish_waiting(now=later)
    cancel_all_unpaid(actor=STAFF, now=later)
    StockRecord.objects.update(num_in_stock=stock)
    run_at_once(
        *[lambda: confirm_bank_transfer(order.pk, amount=order.total_incl_tax, actor=STAFF, now=later)] * 4,
    )
    expected = Status.CAPTURED if stock else Status.SURPLUS
    assert list(order.payments.order_by("pk").values_list("status", flat=True)) == [Status.DECLINED, expected]
    assert StockRecord.objects.get().num_allocated == stock
    assert (Refund.objects.count(), matters()) == ((0, []) if stock else (1, ["late_payment"]))
    assert crm.Interaction.objects.filter(kind="shop.order.paid").count() == stock
