"""Suggestions of crm, told in the shop's words: skus for customers' numbers."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from crm import api as crm
from shop.oscar import Product
from shop.personal.shelves import PRODUCT


def recommend(
    numbers: Sequence[str], *, as_of: datetime, top: int, new_only: bool = False
) -> Iterator[tuple[str, list[str]]]:
    """(number, skus) for each number of another system, in order; an unknown number gets what is bought most."""
    suggester = crm.Suggester(as_of=as_of)
    skus = _skus_of(suggester.things)
    ids = crm.customers_with_numbers(numbers)
    for number in numbers:
        things = suggester.suggest(ids.get(number), limit=top, new_only=new_only, among=skus.keys())
        yield number, [skus[thing] for thing in things]


def _skus_of(things: Sequence[str]) -> dict[str, str]:
    """The products among the things, those that are gone left out."""
    ids = [int(thing.removeprefix(PRODUCT)) for thing in things if thing.startswith(PRODUCT)]
    rows = Product.objects.filter(pk__in=ids).values_list("pk", "upc")
    return {f"{PRODUCT}{pk}": upc for pk, upc in rows if upc}
