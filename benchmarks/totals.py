"""Whether a basket costs in our shop what it costs in stock Oscar, whatever offers and vouchers are live.

Hypothesis draws the cases: one to eight lines at any price, up to five offers of every type that Oscar has, on all
kinds of ranges, exclusive or combined, limited or not, some behind a voucher. Both shops load each case, price the
basket and its delivery (59.90, free from 1500) and forget it. A case is equal if everything is: the totals with,
without and of VAT, each line, what each offer took off and how often, what is paid for the delivery and what was taken
off it, and what an offer on it would take off by itself. Where one is not, the smallest such case is looked for and
shown.

    make bench ONLY=totals
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from benchmarks._ours import our_shop
from benchmarks._report import Row, write
from benchmarks.stock_oscar import StockOscar

if TYPE_CHECKING:
    from benchmarks._goods import Case, Good

CASES = 500
AT_A_TIME = 25
CATEGORIES = ["Kitchen", "Kitchen > Cups", "Kitchen > Pans", "Garden", "Garden > Tools"]
# Every fifth of them is a variant of the one before; what has variants is not sold itself.
SKUS = [f"T{number:02}" for number in range(30)]
SOLD = [sku for number, sku in enumerate(SKUS) if number % 5 != 3]
SHRINKING = settings(
    max_examples=2000, derandomize=True, database=None, deadline=None, suppress_health_check=HealthCheck
)


def goods() -> "list[Good]":
    return [
        {
            "sku": sku,
            "price": f"{10 + number}.50",
            "stock": 1000,
            "category": CATEGORIES[number % len(CATEGORIES)],
            "parent": SKUS[number - 1] if number % 5 == 4 else None,
        }
        for number, sku in enumerate(SKUS)
    ]


def money(most: int) -> st.SearchStrategy[str]:
    """From 0.01 up; the simplest are whole."""
    whole = st.integers(1, most).map(lambda amount: f"{amount}.00")
    return whole | st.integers(1, most * 100).map(lambda cents: f"{cents // 100}.{cents % 100:02}")


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def some_of(things: list[str], most: int, least: int = 0) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(things), min_size=least, max_size=most, unique=True)


@st.composite
def ranges(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["everything", "categories", "both", "products"]))
    return {
        "everything": kind == "everything",
        "products": draw(some_of(SKUS, 12, least=4)) if kind in ("products", "both") else [],
        "categories": draw(some_of(CATEGORIES, 3, least=1)) if kind in ("categories", "both") else [],
        "excluded": draw(some_of(SKUS, 4)),
    }


@st.composite
def benefits(draw: st.DrawFn) -> dict[str, Any]:
    """Within what Oscar's own validation lets a shopkeeper save."""
    kinds = ["Percentage", "Absolute", "Fixed", "Multibuy", "Fixed price"]
    on_shipping = ["Shipping absolute", "Shipping fixed price", "Shipping percentage"]
    kind = draw(st.sampled_from([*kinds, *kinds, *on_shipping]))
    percentage = kind in ("Percentage", "Shipping percentage")
    takes_range = kind in ("Percentage", "Absolute", "Fixed", "Multibuy")
    return {
        "type": kind,
        "value": None if kind == "Multibuy" else draw(money(100 if percentage else 400)),
        "range": draw(ranges()) if takes_range else None,
        "max_affected_items": draw(maybe(st.integers(1, 6))) if takes_range and kind != "Multibuy" else None,
    }


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["Count", "Value", "Coverage"]))
    value = draw(money(300)) if kind == "Value" else str(draw(st.integers(1, 3)))
    return {"type": kind, "value": value, "range": draw(ranges())}


@st.composite
def cases(draw: st.DrawFn) -> "Case":
    skus = draw(some_of(SOLD, draw(st.integers(1, 8)), least=1))
    names = [f"Offer {number}" for number in range(draw(st.integers(1, 5)))]
    exclusive = {name: draw(st.booleans()) for name in names}
    combinable = [name for name in names if not exclusive[name]]
    return {
        "lines": [{"sku": sku, "quantity": draw(st.integers(1, 6)), "price": draw(money(500))} for sku in skus],
        "offers": [
            {
                "name": name,
                "priority": draw(st.integers(0, 3)),
                "exclusive": exclusive[name],
                "combines_with": draw(some_of(combinable, 3)) if name in combinable else [],
                "max_basket_applications": draw(maybe(st.integers(1, 3))),
                "max_global_applications": draw(maybe(st.integers(1, 5))),
                "max_discount": draw(maybe(money(300))),
                "voucher": draw(maybe(st.just(f"CODE{name[-1]}"))),
                "condition": draw(conditions()),
                "benefit": draw(benefits()),
            }
            for name in names
        ],
    }


def drawn() -> "list[Case]":
    """The same cases in every run."""
    found: list[Any] = []

    @settings(SHRINKING, max_examples=CASES, phases=[Phase.generate])
    @given(cases())
    def draw(case: "Case") -> None:
        found.append(case)

    draw()
    return found


def chunks(things: list[Any]) -> Iterator[list[Any]]:
    yield from (things[start : start + AT_A_TIME] for start in range(0, len(things), AT_A_TIME))


def ours(wanted: "list[Case]") -> list[Any]:
    return [totals_of(case, with_vat=True, delivery=delivery_paid) for case in wanted]


def delivery_paid(basket: Any) -> tuple[Decimal, Decimal]:
    """(paid, taken off), by our own arithmetic at the charge that stock Oscar is given."""
    from benchmarks._goods import CURRENCY, FREE_SHIPPING_FROM, SHIPPING_CHARGE
    from shop.shipping.options import Band, ShippingOption

    option = ShippingOption(
        code="standard",
        name="Standard",
        description="",
        bands=(Band(None, {CURRENCY: SHIPPING_CHARGE}),),
        min_days=2,
        max_days=4,
        countries=("TR",),
        free_from={CURRENCY: FREE_SHIPPING_FROM},
    )
    price = option.price_of(basket)
    return price.paid, price.reduction


def compared(stock: StockOscar, wanted: "list[Case]") -> list[tuple[Any, Any, Any]]:
    """(case, our totals, stock's totals) of each; both shops work at the same time."""
    found = []
    with ThreadPoolExecutor(max_workers=1) as thread:
        for chunk in chunks(wanted):
            theirs = thread.submit(stock.ask, "totals", cases=chunk)
            found += zip(chunk, ours(chunk), theirs.result(), strict=True)
            print(f"\r  … {len(found)} of {len(wanted)} cases", end="", flush=True)
    print()
    return found


def show_smallest_difference(stock: StockOscar) -> None:
    def differs(case: "Case") -> bool:
        return ours([case]) != stock.ask("totals", cases=[case])

    case = find(cases(), differs, settings=SHRINKING)
    print(json.dumps({"case": case, "ours": ours([case])[0], "stock": stock.ask("totals", cases=[case])[0]}, indent=1))


def measure() -> list[Row]:
    load_goods(goods(), with_vat=True)
    with StockOscar() as stock:
        stock.ask("prepare", goods=goods())
        found = compared(stock, drawn())
        equal = [mine == theirs for _, mine, theirs in found]
        if not all(equal):
            show_smallest_difference(stock)
    reduced = sum(bool(theirs["discounts"]) for _, _, theirs in found)
    cheaper = sum(Decimal(theirs["delivery"][1]) > 0 for _, _, theirs in found)
    return [
        Row(
            f"{len(found)} baskets, offers and vouchers whose total equals stock Oscar's",
            sum(equal) / len(found),
            1,
            "share",
        ),
        Row("cases in which an offer applies", reduced / len(found), 0.5, "share"),
        Row("cases in which an offer makes the delivery cheaper", cheaper / len(found), 0.05, "share"),
    ]


if __name__ == "__main__":
    with our_shop("esnaf_totals"):
        from benchmarks._goods import load_goods, totals_of

        write("totals", measure())
