"""Placing an order: how many queries it takes and how many a second, beside stock Oscar on the same Postgres.

Measured on both sides is the way from the basket's number to the committed order, for a guest: reading the basket and
its lines, checking the stock, applying the offers, choosing the shipping, the total, the address, the order with its
lines, discounts and reserved stock, and the basket closed. Ours also finds or makes the customer and records the fact.
On neither side: pages and sessions, the payment, the confirmation mail.

The goods, the offers and the baskets are the same. Throughput is measured in turns, three times each, and the median
counts; buyers are threads of one process with a connection each. Baskets are filled beforehand.

    make bench ONLY=placing
"""

import random
import statistics
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.utils import timezone

from benchmarks._offers import ten_offers
from benchmarks._ours import our_shop
from benchmarks._report import Row, write
from benchmarks.stock_oscar import StockOscar

if TYPE_CHECKING:
    from benchmarks._goods import Good, Line, Offer

SEED = 4
GOODS = 200
DEPARTMENTS = 10
BUYERS = 8
ORDERS_IN_A_ROUND = 40
ROUNDS = 3


def goods() -> "list[Good]":
    dice = random.Random(SEED)
    return [
        {
            "sku": f"G{number:03}",
            "price": f"{dice.randint(1000, 90000) / 100:.2f}",
            "stock": 1_000_000,
            "category": f"Department {number % DEPARTMENTS}",
            "parent": None,
        }
        for number in range(GOODS)
    ]


def offers() -> "list[Offer]":
    departments = [f"Department {number}" for number in range(4)]
    return ten_offers(departments=departments, skus=[f"G{number:03}" for number in range(GOODS)])


def baskets(number: int, *, lines: int, seed: int) -> "list[list[Line]]":
    dice = random.Random(seed)
    return [
        [
            {"sku": f"G{picked:03}", "quantity": dice.randint(1, 3), "price": None}
            for picked in dice.sample(range(GOODS), lines)
        ]
        for _ in range(number)
    ]


def place_ours(basket_id: int) -> Any:
    """As the checkout page does for a guest who was never here before."""
    delivery = Delivery(
        name="Ada Yılmaz",
        email=f"guest{basket_id}@example.com",
        phone="+905550000001",
        address="Kıbrıs Şehitleri Cd. 12/3",
        postcode="35220",
        city="İzmir",
        country="TR",
        option="standard",
    )
    return place_order(
        basket_id,
        delivery=delivery,
        expected_goods_total=None,
        user=None,
        visitor=uuid4(),
        language="tr",
        now=timezone.now(),
    )


def queries(stock: StockOscar, *, lines: int) -> tuple[int, int]:
    """(ours, stock's) of the second of two like orders: the first fills what is cached."""
    for basket in baskets(2, lines=lines, seed=SEED + lines):
        ours = queries_of(place_ours, fill_basket(basket).pk)
        theirs = stock.ask("queries", basket_id=stock.ask("fill", baskets=[basket])[0])
    return ours, theirs


def orders_per_second(stock: StockOscar) -> tuple[float, float]:
    """(ours, stock's), medians of rounds in turns."""
    ours, theirs = [], []
    for turn in range(ROUNDS):
        wanted = baskets(ORDERS_IN_A_ROUND, lines=5, seed=SEED + 100 + turn)
        ids = [fill_basket(lines).pk for lines in wanted]
        ours.append(len(ids) / seconds_of(place_ours, ids, buyers=BUYERS))
        ids = stock.ask("fill", baskets=wanted)
        theirs.append(len(ids) / stock.ask("seconds", basket_ids=ids, buyers=BUYERS))
    return statistics.median(ours), statistics.median(theirs)


def measure() -> list[Row]:
    load_goods(goods(), with_vat=True)
    with StockOscar() as stock:
        stock.ask("prepare", goods=goods())
        five, five_stock = queries(stock, lines=5)
        load_offers(offers())
        stock.ask("add_offers", offers=offers())
        twenty, twenty_stock = queries(stock, lines=20)
        speed, speed_stock = orders_per_second(stock)
    return [
        Row("queries, 5 lines", five, 40, "queries", five_stock, less_is_better=True),
        Row("queries, 20 lines, 10 live offers", twenty, 80, "queries", twenty_stock, less_is_better=True),
        Row(f"orders, {BUYERS} buyers at once, 5 lines, 10 live offers", speed, 5 * speed_stock, "per s", speed_stock),
    ]


if __name__ == "__main__":
    with our_shop("esnaf_placing"):
        from benchmarks._buyers import queries_of, seconds_of
        from benchmarks._goods import fill_basket, load_goods, load_offers
        from shop.orders.placing import Delivery, place_order

        write("placing", measure())
