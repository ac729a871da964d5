"""An order that nobody pays for gives back what it held, once; a payment that comes late takes it again, or nothing."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from crm import api as crm
from shop.models import Purchase
from shop.orders.placing import PAYMENT_WAIT, NotEnoughStock
from shop.orders.releasing import cancel_all_unpaid, cancel_unpaid, reserve_again
from shop.orders.steps import NotInThatState, lock_order
from shop.oscar import ConditionalOffer, Order, StockRecord, Voucher, VoucherApplication
from shop.payment.services import start_payment
from tests.races import run_at_once
from tests.shop.conftest import fill, put_on_shelf
from tests.shop.offers import offer, voucher
from tests.shop.test_order_is_placed_once import place

pytestmark = pytest.mark.django_db

SWEEPER = crm.Actor.system("sweeper")


def order_that_holds_everything(now: Any) -> Order:
    """Two of three pieces, the last use of an offer, the only use of a voucher."""
    offer("Autumn", max_global_applications=1, exclusive=False, priority=1)
    single = offer("With the code", offer_type=ConditionalOffer.VOUCHER, exclusive=False)
    basket = fill((put_on_shelf(price="100.00", stock=3), 2))
    basket.vouchers.add(voucher("ONCE", single, usage=Voucher.SINGLE_USE))
    return place(basket, now)


def held() -> dict[str, Any]:
    autumn, ticket = ConditionalOffer.objects.get(name="Autumn"), Voucher.objects.get()
    return {
        "stock": StockRecord.objects.get().num_allocated,
        "offer": (autumn.num_applications, autumn.num_orders, autumn.total_discount, autumn.status),
        "voucher": (ticket.num_orders, ticket.total_discount > 0, VoucherApplication.objects.count()),
    }


HELD = {"stock": 2, "offer": (1, 1, Decimal("20.00"), "Consumed"), "voucher": (1, True, 1)}
FREE = {"stock": 0, "offer": (0, 0, Decimal("0.00"), "Open"), "voucher": (0, False, 0)}


def again(order: Order, now: Any) -> None:
    with transaction.atomic():
        reserve_again(lock_order(order.pk), now=now)


def test_stock_offers_and_vouchers_come_back_once(now: Any) -> None:
    order = order_that_holds_everything(now)
    assert held() == HELD
    cancel_unpaid(order.pk, actor=SWEEPER, now=now)
    assert held() == FREE
    with pytest.raises(NotInThatState):
        cancel_unpaid(order.pk, actor=SWEEPER, now=now)
    assert held() == FREE
    assert crm.Interaction.objects.filter(kind="shop.order.cancelled").count() == 1


def test_an_order_waits_until_the_day_it_is_to_be_paid_by(now: Any) -> None:
    order = order_that_holds_everything(now)
    assert order.purchase.pay_by == now + PAYMENT_WAIT
    Purchase.objects.update(pay_by=now + timedelta(days=3))  # as a bank transfer would
    assert cancel_all_unpaid(actor=SWEEPER, now=now + timedelta(days=2)) == 0
    assert held() == HELD
    assert cancel_all_unpaid(actor=SWEEPER, now=now + timedelta(days=4)) == 1
    assert held() == FREE


def test_an_order_that_a_provider_is_working_on_keeps_what_it_holds(now: Any) -> None:
    order = order_that_holds_everything(now)
    start_payment(order.pk, provider="simulated-card", now=now)
    assert cancel_all_unpaid(actor=SWEEPER, now=now + timedelta(days=1)) == 0
    assert held() == HELD


def test_a_late_payment_takes_everything_again(now: Any) -> None:
    order = order_that_holds_everything(now)
    cancel_unpaid(order.pk, actor=SWEEPER, now=now)
    again(order, now)
    assert held() == HELD


def test_a_late_payment_takes_nothing_where_goods_are_gone(now: Any) -> None:
    order = order_that_holds_everything(now)
    cancel_unpaid(order.pk, actor=SWEEPER, now=now)
    StockRecord.objects.update(num_in_stock=1)
    with pytest.raises(NotEnoughStock) as refusal:
        again(order, now)
    assert refusal.value.titles == ["Copper cezve"]
    assert held() == FREE


def test_a_late_payment_takes_nothing_where_somebody_else_has_the_voucher_and_the_offer(now: Any) -> None:
    order = order_that_holds_everything(now)
    cancel_unpaid(order.pk, actor=SWEEPER, now=now)
    basket = fill((order.lines.get().product, 1))
    basket.vouchers.add(Voucher.objects.get())
    place(basket, now)
    before = held()
    with pytest.raises(NotEnoughStock) as refusal:
        again(order, now)
    assert refusal.value.titles == ["Autumn", "ONCE"]
    assert held() == before


def test_a_voucher_of_a_cancelled_order_can_be_used_again(now: Any, ada: Any) -> None:
    offer("Twice each", max_user_applications=1)
    product = put_on_shelf(price="100.00")
    for _ in range(2):
        order = place(fill((product, 1), user=ada.account), now, user=ada.account)
        assert order.discounts.count() == 1
        cancel_unpaid(order.pk, actor=SWEEPER, now=now)


@pytest.mark.django_db(transaction=True)
def test_cancelling_twice_at_once_gives_back_once(now: Any) -> None:
    order = order_that_holds_everything(now)
    StockRecord.objects.update(num_allocated=3)  # somebody else holds one
    answers = run_at_once(*[lambda: cancel_unpaid(order.pk, actor=SWEEPER, now=now)] * 6)
    assert sum(isinstance(answer, NotInThatState) for answer in answers) == 5
    assert held() == {**FREE, "stock": 1}


@pytest.mark.django_db(transaction=True)
def test_placing_and_cancelling_at_once_never_wait_for_each_other(now: Any) -> None:
    """Both go through caps, stock and counters in the same order."""
    offer("Open to all")
    offer("Counted", max_global_applications=500, exclusive=False, priority=1)
    products = [put_on_shelf(f"Thing {n}", stock=50) for n in range(3)]
    orders = [place(fill(*((product, 1) for product in products)), now) for _ in range(5)]
    baskets = [fill(*((product, 1) for product in products[::-1])) for _ in range(5)]
    answers = run_at_once(
        *[lambda basket=basket: place(basket, now) for basket in baskets],
        *[lambda order=order: cancel_unpaid(order.pk, actor=SWEEPER, now=now) for order in orders],
    )
    assert {type(answer).__name__ for answer in answers} == {"Order"}
    assert set(StockRecord.objects.values_list("num_allocated", flat=True)) == {5}
    assert ConditionalOffer.objects.get(name="Counted").num_orders == 5
