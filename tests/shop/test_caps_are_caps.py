"""What may be used once is used once, whoever comes at the same moment; nobody is charged a price they did not see."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from crm import api as crm
from shop.offer.models import Benefit
from shop.orders.placing import NotEnoughStock, TotalChanged
from shop.oscar import Basket, ConditionalOffer, Order, OrderDiscount, StockRecord, Voucher, VoucherApplication
from tests.races import run_at_once
from tests.shop.conftest import delivery, fill, put_on_shelf
from tests.shop.offers import offer, only, voucher
from tests.shop.test_order_is_placed_once import nothing_happened, place

pytestmark = pytest.mark.django_db

FULL, REDUCED = Decimal("100.00"), Decimal("90.00")


def with_voucher(ticket: Any, *lines: Any, user: Any = None) -> Any:
    basket = fill(*(lines or ((put_on_shelf(price="100.00"), 1),)), user=user)
    basket.vouchers.add(ticket)
    return basket


def goods_total(order: Any) -> Decimal:
    return order.total_incl_tax - order.shipping_incl_tax


def open_baskets() -> int:
    return Basket.objects.filter(status=Basket.OPEN).count()


def test_an_offer_is_counted_where_it_was_used(now: Any) -> None:
    used = offer()
    unused = offer(range=only(put_on_shelf("Other")), priority=9)
    order = place(fill((put_on_shelf(price="100.00"), 1)), now)
    used.refresh_from_db()
    unused.refresh_from_db()
    assert (used.num_applications, used.num_orders, used.total_discount) == (1, 1, Decimal("10.00"))
    assert (unused.num_applications, unused.num_orders, unused.total_discount) == (0, 0, Decimal("0.00"))
    row = OrderDiscount.objects.get(order=order)
    assert (row.offer_name, row.amount, row.frequency) == (used.name, Decimal("10.00"), 1)
    line = order.lines.get()
    assert (line.line_price_incl_tax, line.line_price_before_discounts_incl_tax) == (REDUCED, FULL)
    assert line.discounts.get().order_discount == row
    assert line.prices.get().price_incl_tax == REDUCED


def test_an_offer_that_was_used_up_since_the_shopper_looked_changes_the_total(now: Any) -> None:
    capped = offer(max_global_applications=1)
    product = put_on_shelf(price="100.00")
    place(fill((product, 1)), now, expected_goods_total=REDUCED)
    capped.refresh_from_db()
    assert capped.status == ConditionalOffer.CONSUMED
    basket = fill((product, 1))
    facts = crm.Interaction.objects.count()
    with pytest.raises(TotalChanged) as refusal:
        place(basket, now, expected_goods_total=REDUCED)
    assert refusal.value.total == FULL
    assert (Order.objects.count(), open_baskets()) == (1, 1)
    assert (StockRecord.objects.get().num_allocated, crm.Interaction.objects.count()) == (1, facts)


def test_an_offer_ends_when_it_has_cost_enough(now: Any) -> None:
    offer(max_discount=Decimal("15.00"))
    product = put_on_shelf(price="100.00")
    totals = [goods_total(place(fill((product, 1)), now)) for _ in range(3)]
    assert totals == [REDUCED, REDUCED, FULL]


def test_an_account_has_an_offer_as_often_as_it_may(ada: Any, now: Any) -> None:
    offer(max_user_applications=1)
    product = put_on_shelf(price="100.00")
    totals = [goods_total(place(fill((product, 1), user=ada.account), now, user=ada.account)) for _ in range(2)]
    assert totals == [REDUCED, FULL]


def test_a_guest_uses_a_single_use_voucher_once(now: Any) -> None:
    ticket = voucher(usage=Voucher.SINGLE_USE)
    first, second = with_voucher(ticket), with_voucher(ticket)
    order = place(first, now, expected_goods_total=REDUCED)
    assert VoucherApplication.objects.get().order == order
    with pytest.raises(TotalChanged) as refusal:
        place(second, now, expected_goods_total=REDUCED)
    assert (refusal.value.total, refusal.value.spent_codes) == (FULL, ("WELCOME",))
    assert (Order.objects.count(), open_baskets()) == (1, 1)
    ticket.refresh_from_db()
    assert (ticket.num_orders, ticket.total_discount) == (1, Decimal("10.00"))


def test_once_per_customer_knows_a_guest_by_the_address(now: Any) -> None:
    ticket = voucher(usage=Voucher.ONCE_PER_CUSTOMER)
    place(with_voucher(ticket), now, expected_goods_total=REDUCED)
    with pytest.raises(TotalChanged) as refusal:
        place(with_voucher(ticket), now, delivery=delivery(email=" ADA@example.com "), expected_goods_total=REDUCED)
    assert refusal.value.spent_codes == ("WELCOME",)
    other = place(with_voucher(ticket), now, delivery=delivery(email="grace@example.com"), expected_goods_total=REDUCED)
    assert goods_total(other) == REDUCED


def test_once_per_customer_knows_an_account_whatever_address_it_gives(ada: Any, now: Any) -> None:
    ticket = voucher(usage=Voucher.ONCE_PER_CUSTOMER)
    place(with_voucher(ticket, user=ada.account), now, user=ada.account)
    again = with_voucher(ticket, user=ada.account)
    with pytest.raises(TotalChanged):
        place(again, now, user=ada.account, delivery=delivery(email="x@example.com"), expected_goods_total=REDUCED)
    assert VoucherApplication.objects.count() == 1


def test_a_voucher_for_all_is_used_by_all(now: Any) -> None:
    ticket = voucher()
    for _ in range(3):
        assert goods_total(place(with_voucher(ticket), now)) == REDUCED
    ticket.refresh_from_db()
    assert ticket.num_orders == 3


def test_a_voucher_that_gave_nothing_is_not_used(now: Any) -> None:
    other = put_on_shelf("Other")
    ticket = voucher("TEA", offer(range=only(other), offer_type=ConditionalOffer.VOUCHER), usage=Voucher.SINGLE_USE)
    place(with_voucher(ticket), now, expected_goods_total=FULL)
    assert not VoucherApplication.objects.exists()


def test_an_expired_voucher_is_refused_and_nothing_is_written(now: Any) -> None:
    basket = with_voucher(voucher(end_datetime=timezone.now() - timedelta(days=30)))
    with pytest.raises(TotalChanged) as refusal:
        place(basket, now, expected_goods_total=REDUCED)
    assert refusal.value.spent_codes == ("WELCOME",)
    assert nothing_happened()


def test_the_fact_of_an_order_is_its_customers_act(ada: Any, linus: Any, now: Any) -> None:
    own = place(fill((put_on_shelf(), 1), user=ada.account), now, user=ada.account)
    assert crm.Interaction.objects.about(f"shop.order:{own.pk}").get().actor == f"customer:{ada.pk}"
    of_staff = place(fill((put_on_shelf(), 1), user=linus), now, user=linus)
    fact = crm.Interaction.objects.about(f"shop.order:{of_staff.pk}").get()
    assert fact.actor == f"customer:{of_staff.purchase.customer_id}"


@pytest.mark.django_db(transaction=True)
def test_twenty_buyers_use_a_single_use_voucher_once(now: Any) -> None:
    product = put_on_shelf(price="100.00", stock=50)
    ticket = voucher(usage=Voucher.SINGLE_USE)
    baskets = [with_voucher(ticket, (product, 1)) for _ in range(20)]
    answers = run_at_once(
        *[lambda basket=basket: place(basket, now, expected_goods_total=REDUCED) for basket in baskets]
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Order"] + ["TotalChanged"] * 19
    ticket.refresh_from_db()
    assert (ticket.num_orders, VoucherApplication.objects.count(), open_baskets()) == (1, 1, 19)
    assert StockRecord.objects.get().num_allocated == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_buyers_use_a_capped_offer_once(now: Any) -> None:
    capped = offer(max_global_applications=1)
    product = put_on_shelf(price="100.00", stock=50)
    baskets = [fill((product, 1)) for _ in range(20)]
    answers = run_at_once(
        *[lambda basket=basket: place(basket, now, expected_goods_total=REDUCED) for basket in baskets]
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Order"] + ["TotalChanged"] * 19
    capped.refresh_from_db()
    assert (capped.num_applications, capped.num_orders, capped.total_discount) == (1, 1, Decimal("10.00"))
    assert (OrderDiscount.objects.count(), open_baskets()) == (1, 19)


@pytest.mark.django_db(transaction=True)
def test_orders_that_share_offers_and_goods_in_any_order_all_come_through(now: Any) -> None:
    """Counters and stock are taken by key: two orders never wait for each other."""
    products = [put_on_shelf(f"Thing {n}", price="100.00", stock=50) for n in range(3)]
    for n, product in enumerate(products):
        offer(range=only(product), priority=n, max_global_applications=500 if n == 1 else None)
    ticket = voucher(
        "FIVE", offer(benefit=(Benefit.FIXED, 5), exclusive=False, priority=-1, offer_type=ConditionalOffer.VOUCHER)
    )
    baskets = [
        with_voucher(ticket, *((product, 1) for product in (products if n % 2 else products[::-1]))) for n in range(12)
    ]
    answers = run_at_once(*[lambda basket=basket: place(basket, now) for basket in baskets])
    assert {type(answer).__name__ for answer in answers} == {"Order"}
    assert set(ConditionalOffer.objects.filter(offer_type="Site").values_list("num_orders", flat=True)) == {12}
    assert set(StockRecord.objects.values_list("num_allocated", flat=True)) == {12}


@pytest.mark.django_db(transaction=True)
def test_fifty_buyers_of_the_last_one_make_one_order(now: Any) -> None:
    product = put_on_shelf(stock=1)
    baskets = [fill((product, 1)) for _ in range(50)]
    answers = run_at_once(*[lambda basket=basket: place(basket, now) for basket in baskets])
    assert sum(isinstance(answer, NotEnoughStock) for answer in answers) == 49
    assert (Order.objects.count(), StockRecord.objects.get().num_allocated, open_baskets()) == (1, 1, 49)
