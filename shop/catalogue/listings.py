"""Pages of products: a department or everything, narrowed, sorted, a page at a time; read from the index (shop/index).

Each order has an index of its own, so that the first page of 40,000 products costs what the first page of 40 does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg2.sql import SQL, Composable, Literal

from shop.catalogue.cards import COLUMNS, Card, card_of
from shop.catalogue.facets import EVERYTHING, Facets, conditions, count_facets, facets_of_category, in_category
from shop.catalogue.wishes import Wish

PAGE_SIZE = 24
# Whoever wants to see more is better served by narrowing.
MOST_PAGES = 100

_ORDERS = {
    "popular": SQL("place.score DESC, place.priority DESC, place.product_id"),
    "new": SQL("place.created_at DESC, place.product_id DESC"),
    "price": SQL("place.price, place.product_id"),
    "-price": SQL("place.price DESC NULLS LAST, place.product_id"),
}
# The same of rows that have no place: those that a search found.
_ORDERS_OF_FOUND = {
    "popular": SQL("listed.score DESC, listed.product_id"),
    "new": SQL("listed.product_id DESC"),
    "price": SQL("listed.price, listed.product_id"),
    "-price": SQL("listed.price DESC NULLS LAST, listed.product_id"),
}


@dataclass(frozen=True)
class Listing:
    """One page of a listing; `count` is of all pages, also of those beyond the last that is shown."""

    cards: list[Card]
    facets: Facets
    page: int
    pages: int

    @property
    def count(self) -> int:
        return self.facets.count

    @property
    def previous_page(self) -> int:
        return self.page - 1

    @property
    def next_page(self) -> int:
        return self.page + 1

    @property
    def page_numbers(self) -> list[int | None]:
        """The numbers to draw: first, last, those around this one; None for a gap."""
        near = sorted({1, self.pages, *(n for n in range(self.page - 1, self.page + 2) if 1 <= n <= self.pages)})
        numbers: list[int | None] = []
        for number in near:
            if numbers and numbers[-1] is not None and number - numbers[-1] > 1:
                numbers.append(None)
            numbers.append(number)
        return numbers


def listing(wish: Wish, *, version: int, language: str, category_id: int = EVERYTHING) -> Listing:
    """A category's listing: one query, and one more the first time that this is counted in a version of the index.

    A page beyond the last is the last.
    """
    facets = facets_of_category(version, category_id, language, wish.narrowing())
    source = in_category(category_id, language)
    return _listing(source, _ORDERS[wish.sort], wish, facets, language)


def listing_of_found(wish: Wish, ids: Sequence[int], facets: Facets, *, language: str) -> Listing:
    """The listing of what a search found, best first where `wish.sort` is ""; `facets` are of these. One query."""
    best_first = SQL("array_position({}, listed.product_id)").format(Literal([*ids]))
    order = _ORDERS_OF_FOUND.get(wish.sort, best_first)
    return _listing(_found(ids, language), order, wish, facets, language)


def facets_of_found(narrowing: Wish, ids: Sequence[int], *, language: str) -> Facets:
    """One query, none where nothing was found."""
    return count_facets(_found(ids, language), narrowing) if ids else Facets()


def _found(ids: Sequence[int], language: str) -> Composable:
    return SQL("shop_listedproduct listed WHERE listed.language = {} AND listed.product_id = ANY({})").format(
        Literal(language), Literal([*ids])
    )


def _listing(source: Composable, order: Composable, wish: Wish, facets: Facets, language: str) -> Listing:
    pages = min(MOST_PAGES, max(1, -(-facets.count // PAGE_SIZE)))
    page = min(max(wish.page, 1), pages)
    rows = _rows(COLUMNS, source, order, wish, (page - 1) * PAGE_SIZE, PAGE_SIZE) if facets.count else []
    return Listing([card_of(row, language=language) for row in rows], facets, page, pages)


def first_ids(wish: Wish, limit: int, *, language: str) -> list[int]:
    """The first products of the shop's listing. One query."""
    rows = _rows(SQL("place.product_id"), in_category(EVERYTHING, language), _ORDERS[wish.sort], wish, 0, limit)
    return [product_id for (product_id,) in rows]


def _rows(
    columns: Composable, source: Composable, order: Composable, wish: Wish, start: int, limit: int
) -> list[tuple[Any, ...]]:
    narrowed = SQL("").join(SQL(" AND {}").format(condition) for condition in conditions(wish).values())
    statement = SQL("SELECT {} FROM {}{} ORDER BY {} OFFSET {} LIMIT {}").format(
        columns, source, narrowed, order, Literal(start), Literal(limit)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.as_string(cursor.cursor))
        return list(cursor.fetchall())
