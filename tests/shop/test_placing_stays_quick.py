"""An order costs the same number of queries whatever its length: the numbers are pinned here, and may only fall."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop.offer.models import Benefit, Condition
from shop.oscar import Applicator, Basket, Order, OrderDiscount
from shop.partner.strategy import Selector
from tests.shop import shelves
from tests.shop.conftest import fill
from tests.shop.offers import offer, only, voucher
from tests.shop.test_order_is_placed_once import place

pytestmark = pytest.mark.django_db

QUERIES_OF_FIVE_LINES = 23
QUERIES_OF_TWENTY_LINES_AND_TEN_OFFERS = 31
QUERIES_OF_OFFERS_ON_A_BASKET = 6
# As of any offer that gives something, be it on the goods or the delivery.
QUERIES_OF_ONE_OFFER_MORE = 5


def ten_offers(products: list[Any]) -> None:
    for n in range(10):
        offer(
            range=only(*products[n : n + 4]),
            condition=(Condition.COUNT, 1 + n % 2),
            benefit=(Benefit.PERCENTAGE, 5) if n % 3 else (Benefit.MULTIBUY, None),
            priority=n,
            max_global_applications=1000 if n % 2 else None,
            exclusive=n % 4 == 0,
        )


def queries_of_placing(basket: Any, now: Any) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        place(basket, now)
    return [query["sql"] for query in captured.captured_queries]


def test_five_lines(now: Any) -> None:
    place(fill((shelves.product("Warm"), 1)), now)  # the site and the country are known from then on
    basket = fill(*((shelves.product(f"Thing {n}"), 2) for n in range(5)))
    queries = queries_of_placing(basket, now)
    assert len(queries) <= QUERIES_OF_FIVE_LINES, "\n".join(queries)
    assert Order.objects.order_by("pk").last().lines.count() == 5


def test_twenty_lines_with_ten_live_offers(now: Any) -> None:
    place(fill((shelves.product("Warm"), 1)), now)
    products = [shelves.product(f"Thing {n}", price=f"{10 + n}.90") for n in range(20)]
    ten_offers(products)
    queries = queries_of_placing(fill(*((product, 2) for product in products)), now)
    assert len(queries) <= QUERIES_OF_TWENTY_LINES_AND_TEN_OFFERS, "\n".join(queries)
    assert OrderDiscount.objects.count() == 10


def test_offers_on_a_basket_of_twenty_lines(ada: Any) -> None:
    products = [shelves.product(f"Thing {n}", price=f"{10 + n}.90") for n in range(20)]
    ten_offers(products)
    basket_id = fill(*((product, 2) for product in products), user=ada.account).pk
    Basket.objects.get(pk=basket_id).vouchers.add(voucher())
    basket = Basket.objects.get(pk=basket_id)
    basket.strategy = Selector().strategy()
    basket.owner = ada.account
    with CaptureQueriesContext(connection) as captured:
        Applicator().apply(basket, ada.account)
        assert basket.total_discount > 0
        assert basket.total_incl_tax > 0
    assert len(captured) <= QUERIES_OF_OFFERS_ON_A_BASKET, "\n".join(q["sql"] for q in captured.captured_queries)


@pytest.mark.parametrize("gives", [Benefit.PERCENTAGE, Benefit.SHIPPING_PERCENTAGE])
def test_an_offer_on_the_delivery_costs_no_more_than_one_on_the_goods(gives: str, now: Any) -> None:
    product = shelves.product("Thing")
    place(fill((product, 1)), now)
    without = len(queries_of_placing(fill((product, 1)), now))
    offer(benefit=(gives, 10))
    queries = queries_of_placing(fill((product, 1)), now)
    assert len(queries) - without <= QUERIES_OF_ONE_OFFER_MORE, "\n".join(queries)
    assert OrderDiscount.objects.count() == 1
