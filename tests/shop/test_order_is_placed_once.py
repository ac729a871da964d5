"""A basket becomes one order, with its stock reserved and its facts recorded; a refusal leaves no trace."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm import api as crm
from shop.models import Payment, Purchase
from shop.orders.placing import BasketIsEmpty, NotEnoughStock, TotalChanged, place_order
from shop.orders.releasing import cancel_all_unpaid
from shop.orders.steps import NotInThatState
from shop.oscar import Order, StockRecord
from shop.payment.services import CannotBePaid, PaymentUnderWay, finish_waiting, pay_by_card, start_payment
from shop.shipments.services import mark_delivered, mark_shipped
from tests.races import run_at_once
from tests.shop.conftest import BAD_CARD, GOOD_CARD, delivery, fill, put_on_shelf

STAFF = crm.Actor.staff(1)


def place(basket: Any, now: Any, **changes: Any) -> Any:
    arguments = {
        "delivery": delivery(),
        "expected_goods_total": None,
        "user": None,
        "visitor": None,
        "language": "en",
        "now": now,
    }
    return place_order(basket.pk, **{**arguments, **changes})


def kinds(order: Any) -> list[str]:
    rows = crm.Interaction.objects.about(f"shop.order:{order.pk}").order_by("id")
    return [row.kind for row in rows]


def nothing_happened() -> bool:
    return not (
        Order.objects.exists()
        or Purchase.objects.exists()
        or crm.Customer.objects.exists()
        or crm.Interaction.objects.exists()
        or crm.OutgoingMail.objects.exists()
    )


def test_a_placed_order_waits_for_its_payment_with_its_stock_reserved(
    make_product: Any, fill_basket: Any, now: Any
) -> None:
    product = make_product(price="349.00", stock=3)
    order = place(fill_basket((product, 2)), now)
    assert (order.status, order.total_incl_tax) == ("pending", Decimal("757.90"))
    assert StockRecord.objects.get().num_allocated == 2
    assert kinds(order) == ["shop.order.placed"]
    assert crm.OutgoingMail.objects.count() == 0


def test_the_price_includes_vat_to_the_cent(make_product: Any, fill_basket: Any, now: Any) -> None:
    order = place(fill_basket((make_product(price="99.99"), 3)), now)
    goods = order.lines.get()
    assert goods.line_price_incl_tax == Decimal("299.97")
    assert goods.line_price_excl_tax == Decimal("249.99")
    assert order.total_incl_tax == goods.line_price_incl_tax + order.shipping_incl_tax


def test_standard_delivery_is_free_from_its_threshold(make_product: Any, fill_basket: Any, now: Any) -> None:
    product = make_product(price="375.00")
    assert place(fill_basket((product, 2)), now).shipping_incl_tax == 0
    assert place(fill_basket((product, 1)), now).shipping_incl_tax == Decimal("59.90")


def test_order_numbers_tell_nothing(make_product: Any, fill_basket: Any, now: Any) -> None:
    product = make_product()
    numbers = {place(fill_basket((product, 1)), now).number for _ in range(5)}
    assert len(numbers) == 5
    assert all(len(number) == 14 and number.startswith("E-") for number in numbers)


def test_submitting_a_basket_again_returns_its_order(make_product: Any, fill_basket: Any, now: Any) -> None:
    basket = fill_basket((make_product(), 1))
    assert place(basket, now) == place(basket, now)
    assert Order.objects.count() == 1


def test_an_empty_basket_is_refused(fill_basket: Any, now: Any) -> None:
    with pytest.raises(BasketIsEmpty):
        place(fill_basket(), now)
    assert nothing_happened()


def test_more_than_there_is_is_refused_by_name(make_product: Any, fill_basket: Any, now: Any) -> None:
    basket = fill_basket((make_product("Teapot", stock=2), 2))
    StockRecord.objects.update(num_in_stock=1)
    with pytest.raises(NotEnoughStock) as refusal:
        place(basket, now)
    assert refusal.value.titles == ["Teapot"]
    assert nothing_happened()


def test_a_price_that_changed_since_the_shopper_looked_is_refused(
    make_product: Any, fill_basket: Any, now: Any
) -> None:
    basket = fill_basket((make_product(price="349.00"), 1))
    StockRecord.objects.update(price=Decimal("399.00"))
    with pytest.raises(TotalChanged):
        place(basket, now, expected_goods_total=Decimal("349.00"))
    assert nothing_happened()


def test_a_captured_payment_confirms_the_order_once(order_as_guest: Any, now: Any) -> None:
    order = order_as_guest()
    pay_by_card(order.pk, card_number=GOOD_CARD, now=now)
    assert order.status == "paid"
    assert kinds(order) == ["shop.order.placed", "shop.order.paid"]
    assert crm.Interaction.objects.filter(kind="shop.product.bought").count() == 1
    mail = crm.OutgoingMail.objects.get()
    assert (mail.to, mail.language, mail.template) == ("ada@example.com", "en", "shop/email/order_confirmed")
    assert order.number in mail.subject
    assert "/en/track/" in mail.text
    assert "/en/track/" in mail.html


def test_a_declined_card_takes_nothing_and_may_be_followed_by_another(order_as_guest: Any, now: Any) -> None:
    order = order_as_guest(is_paid=False)
    assert pay_by_card(order.pk, card_number=BAD_CARD, now=now).status == Payment.Status.DECLINED
    order.refresh_from_db()
    assert order.status == "pending"
    assert crm.OutgoingMail.objects.count() == 0
    assert pay_by_card(order.pk, card_number=GOOD_CARD, now=now).status == Payment.Status.CAPTURED


def test_a_second_payment_cannot_start_while_one_is_under_way(order_as_guest: Any, now: Any) -> None:
    order = order_as_guest(is_paid=False)
    start_payment(order.pk, provider="simulated-card", now=now)
    with pytest.raises(PaymentUnderWay):
        pay_by_card(order.pk, card_number=GOOD_CARD, now=now)
    assert Payment.objects.count() == 1


def test_a_crash_after_the_charge_is_finished_by_the_sweeper(
    order_as_guest: Any, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = order_as_guest(is_paid=False)

    def die(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as crash:
        crash.setattr("shop.payment.services.finish_payment", die)
        with pytest.raises(KeyboardInterrupt):
            pay_by_card(order.pk, card_number=GOOD_CARD, now=now)
    assert Payment.objects.get().status == Payment.Status.PENDING
    assert finish_waiting(now=now + timedelta(minutes=3)) == 1
    order.refresh_from_db()
    assert order.status == "paid"
    assert crm.OutgoingMail.objects.count() == 1


def test_a_crash_before_the_charge_leaves_an_order_that_can_be_paid(order_as_guest: Any, now: Any) -> None:
    order = order_as_guest(is_paid=False)
    start_payment(order.pk, provider="simulated-card", now=now)
    assert finish_waiting(now=now + timedelta(minutes=3)) == 1
    assert pay_by_card(order.pk, card_number=GOOD_CARD, now=now).status == Payment.Status.CAPTURED


def test_an_order_that_is_never_paid_gives_its_stock_back(order_as_guest: Any, now: Any) -> None:
    order = order_as_guest(is_paid=False)
    assert cancel_all_unpaid(actor=STAFF, now=now + timedelta(minutes=20)) == 0
    assert cancel_all_unpaid(actor=STAFF, now=now + timedelta(minutes=31)) == 1
    order.refresh_from_db()
    assert (order.status, StockRecord.objects.get().num_allocated) == ("cancelled", 0)
    with pytest.raises(CannotBePaid):
        pay_by_card(order.pk, card_number=GOOD_CARD, now=now)
    assert not Payment.objects.exists()


def test_a_paid_order_is_never_swept_away(order_as_guest: Any, now: Any) -> None:
    order_as_guest()
    assert cancel_all_unpaid(actor=STAFF, now=now + timedelta(days=9)) == 0


def test_shipping_takes_the_stock_and_tells_the_customer_in_the_same_thread(order_as_guest: Any, now: Any) -> None:
    order = order_as_guest()
    mark_shipped(order.pk, carrier="Yurt Kargo", tracking_number="TR123", actor=STAFF, now=now)
    record = StockRecord.objects.get()
    assert (record.num_in_stock, record.num_allocated) == (9, 0)
    confirmed, shipped = crm.OutgoingMail.objects.order_by("pk")
    assert "TR123" in shipped.text
    assert shipped.headers["In-Reply-To"] == confirmed.message_id
    mark_delivered(order.pk, actor=STAFF, now=now)
    assert kinds(order)[-2:] == ["shop.order.shipped", "shop.order.delivered"]


def test_an_order_cannot_leave_twice_or_unpaid(order_as_guest: Any, now: Any) -> None:
    unpaid, paid = order_as_guest(is_paid=False), order_as_guest()
    mark_shipped(paid.pk, carrier="Yurt Kargo", tracking_number="TR123", actor=STAFF, now=now)
    before = crm.Interaction.objects.count()
    for order in (unpaid, paid):
        with pytest.raises(NotInThatState):
            mark_shipped(order.pk, carrier="Yurt Kargo", tracking_number="TR124", actor=STAFF, now=now)
    assert crm.Interaction.objects.count() == before
    assert crm.OutgoingMail.objects.filter(template="shop/email/order_shipped").count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_buyers_of_the_last_one_make_one_order(now: Any) -> None:
    product = put_on_shelf(stock=1)
    baskets = [fill((product, 1)) for _ in range(20)]
    answers = run_at_once(*[lambda basket=basket: place(basket, now) for basket in baskets])
    assert sorted({type(answer).__name__ for answer in answers}) == ["NotEnoughStock", "Order"]
    assert Order.objects.count() == 1
    assert StockRecord.objects.get().num_allocated == 1


@pytest.mark.django_db(transaction=True)
def test_ten_submits_of_one_basket_make_one_order(now: Any) -> None:
    basket = fill((put_on_shelf(), 1))
    answers = run_at_once(*[lambda: place(basket, now)] * 10)
    assert {answer.number for answer in answers} == {Order.objects.get().number}


@pytest.mark.django_db(transaction=True)
def test_ten_payments_at_once_take_the_money_once(now: Any) -> None:
    order = place(fill((put_on_shelf(), 1)), now)
    answers = run_at_once(*[lambda: pay_by_card(order.pk, card_number=GOOD_CARD, now=now)] * 10)
    assert {type(answer).__name__ for answer in answers} <= {"Payment", "PaymentUnderWay"}
    assert Payment.objects.filter(status=Payment.Status.CAPTURED).count() == 1
    assert crm.OutgoingMail.objects.count() == 1
    assert crm.Interaction.objects.filter(kind="shop.order.paid").count() == 1
