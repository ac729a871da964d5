"""What stands in the window: shelves for everybody."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext as _

from shop.catalogue.cards import Card, cards
from shop.catalogue.listings import first_ids
from shop.catalogue.wishes import Wish

SHELF = 4


@dataclass(frozen=True)
class Shelf:
    title: str
    cards: list[Card]
    url_query: str = ""


# In the order of the shelves.
WISHES = (
    Wish(sort="popular", only_available=True),
    Wish(sort="popular", only_available=True, only_offers=True),
    Wish(sort="new", only_available=True),
)
# So many that what stands on other shelves, a regular's too, leaves enough.
CANDIDATES = 40


@lru_cache(maxsize=8)
def _first_of_each(version: int, language: str) -> list[list[int]]:
    return [first_ids(wish, CANDIDATES, language=language) for wish in WISHES]


def window_shelves(version: int, language: str, *, but: Collection[int] = ()) -> list[Shelf]:
    """Wanted, reduced and new things `but` those, each product on one shelf only; empty shelves are left out.

    One query, and three more the first time that they are asked for in a version of the index.
    """
    names = [(_("Popular now"), "available=1"), (_("On offer"), "offers=1"), (_("Just arrived"), "sort=new")]
    chosen: list[list[int]] = []
    for first in _first_of_each(version, language):
        seen = {*but, *(id for ids in chosen for id in ids)}
        chosen.append([id for id in first if id not in seen][:SHELF])
    by_id = {card.id: card for card in cards([id for ids in chosen for id in ids], language=language)}
    shelves = [
        Shelf(title, [by_id[id] for id in ids if id in by_id], query)
        for (title, query), ids in zip(names, chosen, strict=True)
    ]
    return [shelf for shelf in shelves if shelf.cards]
