"""The goods of a real gift shop, read out of its order lines, and the same shelves ten times over.

Names, prices and departments are found as `import_orders` finds them: a code's most used name in capitals, the price
of its latest sale, the department whose word is in the name. The file's pounds are taken for forty lira each, so that
the offers on 100 and 500 mean something.
"""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from benchmarks._report import DATA
from shop.importing.goods import CATEGORIES, ROOT, title_of
from shop.importing.rules import Line, Treatment, treatment_of

if TYPE_CHECKING:
    from benchmarks._goods import Good

FILE = DATA / "retail" / "online_retail_train.csv.gz"
LIRA = 40
STOCK = 1_000_000
WORDS = (
    "Blue",
    "Green",
    "Yellow",
    "Black",
    "Purple",
    "Silver",
    "Large",
    "Small",
    "Striped",
    "Spotted",
    "Oak",
    "Tall",
    "Old",
)


def retail_goods() -> "list[Good]":
    """About 4,000, each with a name and a price of its own."""
    names: dict[str, Counter[str]] = defaultdict(Counter)
    prices: dict[str, tuple[datetime, Decimal]] = {}
    for line in _sales():
        names[line.code][line.description] += 1
        latest = (line.invoiced_at, line.unit_price)
        prices[line.code] = max(prices.get(line.code, latest), latest)
    called = {code: _best(names[code]) for code in sorted(prices)}
    return [_good(code, name, prices[code][1]) for code, name in called.items() if name]


def many_times(goods: "Sequence[Good]", times: int) -> "Iterator[Good]":
    """All of them, and all again with a word more in the name, a colour or a size, until each is there so often."""
    yield from goods
    for number, word in enumerate(WORDS[: times - 1], start=2):
        for good in goods:
            yield {**good, "sku": f"{good['sku']}-{number}", "title": f"{good['title']}, {word}"}


def _sales() -> Iterator[Line]:
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            line = Line(
                number=number,
                invoice=row["InvoiceNo"].strip().upper(),
                code=row["StockCode"].strip().upper(),
                description=row["Description"].strip(),
                quantity=int(row["Quantity"]),
                invoiced_at=datetime.fromisoformat(row["InvoiceDate"]),
                unit_price=Decimal(row["UnitPrice"]),
                external_customer="",
                country="",
            )
            if treatment_of(line) is Treatment.SALE:
                yield line


def _best(names: Counter[str]) -> str:
    """As in shop/importing/goods.py: notes of the stockroom ("damaged?") are neither in capitals nor used often."""
    return max(names, key=lambda name: (name == name.upper() and "?" not in name, names[name], len(name), name))


def _department(name: str) -> str:
    name = f"{name.upper()} "
    title = next(title["en"] for _, title, words in CATEGORIES if any(word in name for word in words))
    return f"{ROOT[1]['en']} > {title}"


def _good(code: str, name: str, pounds: Decimal) -> "Good":
    return {
        "sku": code,
        "price": str((max(pounds, Decimal("0.01")) * LIRA).quantize(Decimal("0.01"))),
        "stock": STOCK,
        "category": _department(name),
        "parent": None,
        "title": title_of(name),
    }
