"""Products' pages, kept in the process that read them until their row of the index is written anew.

That happens with every change of what a page says: texts, pictures, prices, stock that sells out or is down to its last
pieces, weights, reviews (the triggers of migrations 0017 and 0025). What customers also bought is looked up every hour.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from django.http import HttpRequest

from shop.catalogue.selectors import ProductPage, product_page
from shop.index.refresh import version_for, written_in
from shop.models import Review
from shop.offer.campaigns import NO_CAMPAIGNS, Campaigns, Live, campaigns_of
from shop.personal.around import Around, around
from shop.reviews.selectors import latest_reviews
from shop.shipping.estimates import Delivery, arrival_days, delivery_of

MOST_PRODUCTS = 2000
REVIEWS = 4


@dataclass(frozen=True)
class KeptProduct:
    """What everybody is shown. `key` changes with whatever is in `product` and `reviews`; `written` is the version in
    which the product's row was written, the present one where it has none yet."""

    key: str
    written: int
    product: ProductPage
    reviews: list[Review]
    around: Around


_kept: dict[Hashable, KeptProduct] = {}


def product_for(request: HttpRequest, product_id: int, *, language: str, option: int, now: datetime) -> KeptProduct:
    """One query; six the first time after a change.

    :raises NotSold: see product_page
    """
    version = version_for(request)  # which brings the row up to date
    written = written_in(product_id, language)
    hour = now.replace(minute=0, second=0, microsecond=0)
    key = (written, product_id, language, option, hour)
    known = _kept.get(key)
    if known is None:
        product = product_page(product_id, version=version, language=language, option=option)
        reviews = latest_reviews(product_id, limit=REVIEWS) if product.rating else []
        name = f"{written}-{product_id}-{product.chosen.product_id}"
        known = KeptProduct(name, written or version, product, reviews, around(product_id))
        if len(_kept) >= MOST_PRODUCTS:
            _kept.clear()
        if written:  # not while it is so new that it is not in the index yet
            _kept[key] = known
    return known


def moment_of(now: datetime) -> Hashable:
    """Of the time, all that a product's page depends on."""
    return _by_minute(now.replace(second=0, microsecond=0))


@lru_cache(maxsize=2)
def _by_minute(minute: datetime) -> Hashable:
    return minute.replace(minute=0), arrival_days(minute)


def delivery_for(product: ProductPage, *, now: datetime) -> Delivery | None:
    """When and for how much the chosen variant arrives; None where it is not for sale. No query."""
    offer = product.chosen.offer
    if offer is None:
        return None
    return _delivery(offer.price, offer.currency, product.grams, now.replace(second=0, microsecond=0))


def campaigns_for(page: KeptProduct, live: Live, *, language: str) -> Campaigns:
    """What the offers `live` give on the chosen variant. No query until one of them or the product changes."""
    offer = page.product.chosen.offer
    if offer is None or not offer.is_available:
        return NO_CAMPAIGNS
    return campaigns_of(offer.stockrecord_id, live, written=page.written, language=language)


@lru_cache(maxsize=MOST_PRODUCTS)
def _delivery(price: Decimal, currency: str, grams: int, minute: datetime) -> Delivery:
    return delivery_of(price, currency, grams=grams, now=minute)
