"""What stands in the window: shelves for everybody."""

from collections.abc import Collection
from dataclasses import dataclass

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


def window_shelves(language: str, *, but: Collection[int] = ()) -> list[Shelf]:
    """Wanted, reduced and new things `but` those, each product on one shelf only; empty shelves are left out."""
    wishes = [
        (_("Much wanted"), Wish(sort="popular", only_available=True), "available=1"),
        (_("At a lower price"), Wish(sort="popular", only_available=True, only_offers=True), "offers=1"),
        (_("Just arrived"), Wish(sort="new", only_available=True), "sort=new"),
    ]
    chosen: list[list[int]] = []
    for _title, wish, _query in wishes:
        seen = {*but, *(id for ids in chosen for id in ids)}
        chosen.append(
            [id for id in first_ids(wish, SHELF * len(wishes) + len(but), language=language) if id not in seen][:SHELF]
        )
    by_id = {card.id: card for card in cards([id for ids in chosen for id in ids], language=language)}
    shelves = [
        Shelf(title, [by_id[id] for id in ids if id in by_id], query)
        for (title, _wish, query), ids in zip(wishes, chosen, strict=True)
    ]
    return [shelf for shelf in shelves if shelf.cards]
