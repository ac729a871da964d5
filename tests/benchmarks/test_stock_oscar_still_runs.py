"""What the benchmarks compare us with is there: a stock Oscar that starts, prices a basket and places it."""

from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks import _goods
from benchmarks.stock_oscar import StockOscar, StockOscarFailed
from benchmarks.totals import delivery_paid

EVERYTHING = {"everything": True, "products": [], "categories": [], "excluded": []}
CUPS = {"everything": False, "products": [], "categories": ["Kitchen"], "excluded": ["POT"]}
GOODS: list[Any] = [
    {"sku": "CUP", "price": "25.00", "stock": 10, "category": "Kitchen > Cups", "parent": None},
    {"sku": "POT", "price": "99.99", "stock": 10, "category": "Kitchen", "parent": None},
]


def offer(name: str, condition: tuple[str, str], benefit: tuple[str, str], on: Any, **changes: Any) -> dict[str, Any]:
    takes_range = not benefit[0].startswith("Shipping")
    return {
        "name": name,
        "priority": 0,
        "exclusive": False,
        "combines_with": [],
        "max_basket_applications": 1,
        "max_global_applications": None,
        "max_discount": None,
        "voucher": None,
        "condition": {"type": condition[0], "value": condition[1], "range": on},
        "benefit": {
            "type": benefit[0],
            "value": benefit[1],
            "range": on if takes_range else None,
            "max_affected_items": None,
        },
        **changes,
    }


CASE: Any = {
    "lines": [{"sku": "CUP", "quantity": 3, "price": None}, {"sku": "POT", "quantity": 1, "price": "80.01"}],
    "offers": [
        offer("Cups", ("Count", "2"), ("Percentage", "20"), CUPS, priority=1),
        offer("With a code", ("Value", "50"), ("Absolute", "10"), EVERYTHING, voucher="TEN"),
        offer("Half the way", ("Count", "1"), ("Shipping percentage", "50"), EVERYTHING, voucher="WAY"),
        offer("The whole way", ("Count", "1"), ("Shipping percentage", "100"), EVERYTHING),
    ],
}


@pytest.fixture(scope="module")
def stock() -> Iterator[StockOscar]:
    with StockOscar() as stock:
        stock.ask("prepare", goods=GOODS)
        yield stock


def ours(case: Any) -> Any:
    return _goods.totals_of(case, with_vat=True, delivery=delivery_paid)


def test_it_prices_a_basket_as_we_do(stock: StockOscar, db: None) -> None:
    _goods.load_goods(GOODS, with_vat=True)
    (theirs,) = stock.ask("totals", cases=[CASE])
    assert theirs["discounts"].keys() == {"Cups", "With a code", "Half the way", "The whole way"}
    assert theirs["delivery"] == ["29.9500", "29.9500"]
    assert theirs == ours(CASE)


def test_a_case_leaves_nothing_behind(stock: StockOscar, db: None) -> None:
    _goods.load_goods(GOODS, with_vat=True)
    ours(CASE)
    left = (_goods.ConditionalOffer, _goods.Voucher, _goods.Basket, _goods.Range)
    assert [model.objects.count() for model in left] == [0, 0, 0, 0]
    plain = {"lines": [{"sku": "POT", "quantity": 1, "price": None}], "offers": []}
    stock.ask("totals", cases=[CASE])
    (theirs,) = stock.ask("totals", cases=[plain])
    assert (theirs["incl_tax"], theirs["discounts"]) == ("119.9900", {})


def test_it_places_an_order(stock: StockOscar) -> None:
    (basket_id,) = stock.ask("fill", baskets=[CASE["lines"]])
    assert stock.ask("queries", basket_id=basket_id) > 0


def test_a_failure_of_it_is_ours(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(StockOscarFailed, match="queries"), StockOscar() as lonely:
        lonely.ask("queries", basket_id=0)
    assert "DoesNotExist" in capfd.readouterr().err
