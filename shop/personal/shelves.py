"""The personal home page: things again, things new, things of an interest. Everything shown can be bought now."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from crm import api as crm
from shop.catalogue.cards import Card, cards
from shop.events import BOUGHT
from shop.models import ProductInterest
from shop.oscar import Product, ProductRecommendation
from shop.personal.interests import INTERESTS

PRODUCT = "shop.product:"
SHELF = 4
# Rather too many candidates than an empty place: some are sold out, some stand on an earlier shelf.
CANDIDATES = 40
INTERESTS_SHOWN = 2
# Of the highest score.
COMPANION_BONUS = 0.5
INTEREST_BONUS = 0.5
# What was bought this lately is not wanted again yet.
REST = timedelta(days=7)


@dataclass(frozen=True)
class Shelf:
    """Cards under a title; `name` is "again", "chosen", "interest:<interest>", or beside a product "together", "alike",
    "seen"."""

    name: str
    title: str
    cards: list[Card]


def personal_shelves(customer_id: int, *, language: str, now: datetime) -> list[Shelf]:
    """What a customer may want now, each product on one shelf only; no shelf is empty, there may be none.

    Eleven queries, however long the history. Titles are in the active language, products in `language`.
    """
    bought = last_bought(customer_id, now=now)
    interests = interests_of(customer_id)
    chosen = chosen_for(list(bought), interests)
    by_interest = {interest: _products_of_interest(interest) for interest in interests[:INTERESTS_SHOWN]}
    again = [product for product, at in bought.items() if at < now - REST]
    wanted = [*again[:CANDIDATES], *chosen[:CANDIDATES], *(id for ids in by_interest.values() for id in ids)]
    by_id = {card.id: card for card in cards(wanted, language=language) if card.is_available}
    taken: set[int] = set()
    shelves = [
        _shelf("again", _("Buy again"), again, by_id, taken),
        _shelf("chosen", _("Chosen for you"), [id for id in chosen if id not in bought], by_id, taken),
    ]
    for interest, ids in by_interest.items():
        title = _("Because you like %(interest)s") % {"interest": INTERESTS.get(interest, interest)}
        shelves.append(_shelf(f"interest:{interest}", title, [id for id in ids if id not in bought], by_id, taken))
    return [shelf for shelf in shelves if shelf.cards]


def last_bought(customer_id: int, *, now: datetime) -> dict[int, datetime]:
    """Products of the last two years and when each was bought last: the most often bought first."""
    rows = crm.chosen_by(customer_id, kind=BOUGHT, since=now - timedelta(days=730))
    by_reference = {choice.subject: choice.last_at for choice in rows}
    return {int(reference.removeprefix(PRODUCT)): at for reference, at in by_reference.items()}


def chosen_for(bought: Sequence[int], interests: Sequence[str] = ()) -> list[int]:
    """What goes with earlier purchases: the sum of affinities, more for what we say goes with them ourselves and for
    what serves the customer's interests."""
    if not bought:
        return []
    recent = bought[:CANDIDATES]
    scores: dict[int, float] = defaultdict(float)
    for affinity in crm.neighbours_of([f"{PRODUCT}{id}" for id in recent], limit=400):
        for id in product_ids([affinity.other]):
            scores[id] += affinity.score
    best = max(scores.values(), default=1.0)
    companions = ProductRecommendation.objects.filter(primary__in=recent).values_list("recommendation_id", flat=True)
    for id in companions[:CANDIDATES]:
        scores[id] += best * COMPANION_BONUS
    for id in set(ProductInterest.objects.filter(interest__in=interests).values_list("product_id", flat=True)):
        if id in scores:
            scores[id] += best * INTEREST_BONUS
    return sorted(scores, key=lambda id: (-scores[id], id))


def product_ids(references: Iterable[str]) -> list[int]:
    return [int(reference.removeprefix(PRODUCT)) for reference in references if reference.startswith(PRODUCT)]


def interests_of(customer_id: int) -> list[str]:
    interests = crm.Customer.objects.filter(pk=customer_id).values_list("interests", flat=True).first()
    return list(interests or [])


def _products_of_interest(interest: str) -> list[int]:
    """The most wanted first."""
    products = Product.objects.filter(is_public=True, interests__interest=interest)
    return list(products.order_by("-stats__score", "pk").values_list("pk", flat=True)[:CANDIDATES])


def _shelf(name: str, title: str, ids: Iterable[int], by_id: dict[int, Card], taken: set[int]) -> Shelf:
    found = [by_id[id] for id in dict.fromkeys(ids) if id in by_id and id not in taken][:SHELF]
    taken.update(card.id for card in found)
    return Shelf(name, title, found)
