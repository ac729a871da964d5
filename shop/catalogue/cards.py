"""A card is a product as lists show it, read from the index (shop/index): one query for any number of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.template.loader import render_to_string
from psycopg2.sql import SQL

from shop.catalogue.offers import media_url, product_url

# What makes a card, in the order of card_of.
COLUMNS = SQL(
    "listed.product_id, listed.title, listed.slug, listed.picture, listed.price, listed.price_before, listed.currency,"
    " listed.has_options, listed.price_varies, listed.is_available, listed.rating, listed.review_count"
)
_CARDS = SQL("SELECT {} FROM shop_listedproduct listed WHERE language = %s AND product_id = ANY(%s)").format(COLUMNS)
MOST_DRAWN = 20_000  # about 1 KB each


@dataclass(frozen=True)
class Card:
    """`price` is the lowest of the variants; `picture` is an address, "" for none; `rating` None without reviews."""

    id: int
    title: str
    url: str
    picture: str
    price: Decimal | None
    price_before: Decimal | None
    currency: str
    has_options: bool
    price_varies: bool
    is_available: bool
    rating: Decimal | None
    review_count: int

    @property
    def percent_off(self) -> int:
        if self.price is None or not self.price_before:
            return 0
        return int((1 - self.price / self.price_before) * 100)


def cards(product_ids: Sequence[int], *, language: str) -> list[Card]:
    """Cards in the order of `product_ids`; what is gone or hidden is left out.

    As the index stands: version_for(request), or current_version(), of shop/index/refresh.py brings it up to date.
    """
    wanted = list(dict.fromkeys(product_ids))
    if not wanted:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_CARDS.as_string(cursor.cursor), [language or settings.LANGUAGE_CODE, wanted])
        by_id = {row[0]: card_of(row, language=language) for row in cursor.fetchall()}
    return [by_id[id] for id in wanted if id in by_id]


def kept_cards(product_ids: Iterable[int], *, version: int, language: str) -> list[Card]:
    """cards() as of that version of the index; this process asks once for each. No query where it knows them all."""
    known = _known(version, language)
    if len(known) > MOST_DRAWN:
        known.clear()
    wanted = list(dict.fromkeys(product_ids))
    if missing := [id for id in wanted if id not in known]:
        found = {card.id: card for card in cards(missing, language=language)}
        known.update((id, found.get(id)) for id in missing)
    return [card for id in wanted if (card := known[id])]


@lru_cache(maxsize=4)
def _known(_version: int, _language: str) -> dict[int, Card | None]:
    return {}


def card_of(row: tuple[Any, ...], *, language: str) -> Card:
    """The card of a row of COLUMNS; its address is in the active language, which is to be `language`."""
    return _card_of(row, language)


@lru_cache(maxsize=MOST_DRAWN)
def _card_of(row: tuple[Any, ...], language: str) -> Card:
    id, title, slug, picture, *others = row
    return Card(id, title, product_url(slug, id), media_url(picture), *others)


def draw_card(card: Card, *, language: str, is_first_seen: bool) -> str:
    """The card's HTML. A card that was drawn before is not drawn again: its fields are all that it is made of."""
    return _draw.__wrapped__(card, language, is_first_seen) if settings.DEBUG else _draw(card, language, is_first_seen)


@lru_cache(maxsize=MOST_DRAWN)
def _draw(card: Card, language: str, is_first_seen: bool) -> str:
    return render_to_string("shop/_card.html", {"card": card, "eager": is_first_seen})


def available_ids(found: Iterable[Card]) -> list[int]:
    return [card.id for card in found if card.is_available]
