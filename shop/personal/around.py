"""The shelves under a product: what the same customers chose, what is like it, what was looked at before."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from crm import api as crm
from shop.catalogue.cards import kept_cards
from shop.personal.shelves import PRODUCT, Shelf, product_ids

SHELF = 4
# Rather too many than an empty place: some are sold out, some stand on an earlier shelf.
CANDIDATES = 12

# Its neighbours of the same (deepest) category by id, thirty on either side: an import puts like beside like, and the
# index over (product, category) ends the search early in a category of any size. Of these the ones with most
# interests in common, then the most wanted.
_CANDIDATES = """
WITH home AS (
    SELECT shelf.category_id AS id FROM catalogue_productcategory shelf
    JOIN catalogue_category category ON category.id = shelf.category_id
    WHERE shelf.product_id = %(product)s ORDER BY category.depth DESC, category.path LIMIT 1
), near AS (
    (SELECT product_id AS id FROM catalogue_productcategory
     WHERE category_id = (SELECT id FROM home) AND product_id > %(product)s ORDER BY product_id LIMIT 30)
    UNION ALL
    (SELECT product_id AS id FROM catalogue_productcategory
     WHERE category_id = (SELECT id FROM home) AND product_id < %(product)s ORDER BY product_id DESC LIMIT 30)
), alike AS (
    SELECT near.id, (
        SELECT count(*) FROM shop_productinterest theirs JOIN shop_productinterest ours USING (interest)
        WHERE theirs.product_id = near.id AND ours.product_id = %(product)s
    ) AS shared, COALESCE(record.score, 0) AS wanted
    FROM near LEFT JOIN analytics_productrecord record ON record.product_id = near.id
    ORDER BY shared DESC, wanted DESC, near.id LIMIT %(limit)s
), ours AS (
    SELECT recommendation_id AS id, ranking FROM catalogue_productrecommendation
    WHERE primary_id = %(product)s ORDER BY ranking DESC, id LIMIT %(limit)s
)
SELECT 'ours', id, 0 AS shared, ranking AS place FROM ours
UNION ALL
SELECT 'alike', id, shared, wanted FROM alike
ORDER BY shared DESC, place DESC, id
"""


@dataclass(frozen=True)
class Around:
    """What may be shown under a product: what the same customers chose, what goes with it, what is like it."""

    product_id: int
    bought: list[int]
    ours: list[int]
    alike: list[int]

    @property
    def ids(self) -> list[int]:
        return [*self.bought, *self.ours, *self.alike]


def around(product_id: int) -> Around:
    """The best first. Two queries."""
    neighbours = crm.neighbours_of([f"{PRODUCT}{product_id}"], limit=CANDIDATES)
    return Around(product_id, product_ids(affinity.other for affinity in neighbours), *_candidates(product_id))


def shelves_of(around: Around, *, version: int, language: str) -> list[Shelf]:
    """What to look at next, all of it for sale now, each product on one shelf only; no shelf is empty, there may be
    none. One query or none.
    """
    product_id, bought, ours, alike = around.product_id, around.bought, around.ours, around.alike
    found = kept_cards((id for id in (*bought, *ours, *alike) if id != product_id), version=version, language=language)
    by_id = {card.id: card for card in found if card.is_available}
    is_bought = any(id in by_id for id in bought)
    rows = [
        ("together", _("Customers also bought") if is_bought else _("Goes well with it"), [*bought, *ours]),
        ("alike", _("Similar products"), alike),
    ]
    shelves = []
    for name, title, ids in rows:
        shown = [by_id.pop(id) for id in dict.fromkeys(ids) if id in by_id][:SHELF]
        shelves.append(Shelf(name, title, shown))
    return [shelf for shelf in shelves if shelf.cards]


def seen_shelf(seen: Sequence[int], *, but: Collection[int], version: int, language: str) -> Shelf | None:
    """What was looked at, of which `but` stands on the page already; None if that is nothing. One query or none."""
    found = kept_cards((id for id in seen if id not in but), version=version, language=language)
    shown = [card for card in found if card.is_available][:SHELF]
    return Shelf("seen", _("Recently viewed"), shown) if shown else None


def _candidates(product_id: int) -> tuple[list[int], list[int]]:
    """(what we say goes with it, what is like it), the best first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, {"product": product_id, "limit": CANDIDATES})
        rows = cursor.fetchall()
    return [row[1] for row in rows if row[0] == "ours"], [row[1] for row in rows if row[0] == "alike"]
