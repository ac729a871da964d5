"""A price history as a line of steps, drawn with attributes only: the page's policy allows no inline styles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from shop.prices.history import PriceEntry

WIDTH, HEIGHT, EDGE = 640, 120, 8


@dataclass(frozen=True)
class Chart:
    """One step line for each stock record, as an SVG's path, with its lowest and highest price."""

    paths: list[str]
    lowest: Decimal
    highest: Decimal
    currency: str
    since: datetime
    until: datetime


def chart_of(entries: Sequence[PriceEntry]) -> Chart | None:
    """None where there is nothing to see: no price changed, or they are in several currencies."""
    priced = [(entry.price, entry) for entry in entries if entry.price]
    skus = sorted({entry.sku for _price, entry in priced})
    if len({entry.currency for _price, entry in priced}) != 1 or len(priced) == len(skus):
        return None
    since = min(entry.since for _price, entry in priced)
    latest = max(entry.since for _price, entry in priced)
    # The last price gets a stretch of its own, whenever it began.
    until = latest + max((latest - since) / 8, (latest - since).resolution)
    lowest, highest = min(price for price, _entry in priced), max(price for price, _entry in priced)

    def x(moment: datetime) -> float:
        return round(EDGE + (WIDTH - 2 * EDGE) * ((moment - since) / (until - since)), 1)

    def y(price: Decimal) -> float:
        share = float((price - lowest) / (highest - lowest)) if highest > lowest else 0.5
        return round(HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * share, 1)

    paths = []
    for sku in skus:
        steps = sorted((entry.since, price) for price, entry in priced if entry.sku == sku)
        path = f"M{x(steps[0][0])} {y(steps[0][1])}"
        for moment, price in steps[1:]:
            path += f"H{x(moment)}V{y(price)}"
        paths.append(f"{path}H{x(until)}")
    return Chart(paths, lowest, highest, priced[0][1].currency, since, latest)
