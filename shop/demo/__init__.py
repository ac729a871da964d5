"""The demo shop: our own catalogue, forty people and a year of what they did. Made up, deterministic."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from crm import api as crm
from shop.catalogue.popularity import rebuild_popularity
from shop.demo.orders import has_orders, place_orders
from shop.demo.people import ensure_people
from shop.demo.pictures_to_media import draw_pictures
from shop.demo.products import ensure_catalogue, read_catalogue
from shop.demo.reviews import write_reviews
from shop.demo.synonyms import ensure_synonyms
from shop.index.refresh import count_words, refresh_index

__all__ = ["DemoSummary", "load"]


@dataclass(frozen=True)
class DemoSummary:
    """What this run added; all zero when everything was there."""

    products: int = 0
    pictures: int = 0
    people: int = 0
    orders: int = 0
    interactions: int = 0
    affinities: int = 0
    reviews: int = 0
    synonyms: int = 0


def load(now: datetime) -> DemoSummary:
    """Load what is missing of the demo shop; the same day gives the same shop. Repeating it adds nothing."""
    categories = read_catalogue()
    pictures = draw_pictures(categories)
    with transaction.atomic():
        crm.ensure_partitions((now - timedelta(days=425)).date(), now.date())
        products, images = ensure_catalogue(categories, pictures, now=now)
        synonyms = ensure_synonyms()
        if has_orders():
            refresh_index()
            return DemoSummary(products=products, pictures=images, synonyms=synonyms)
        people = ensure_people(now=now)
        orders, interactions = place_orders(people, categories, now=now)
        rebuild_popularity(now=now)
        affinities = crm.rebuild_affinities(as_of=now)
        reviews = write_reviews(now=now)
        refresh_index()
        count_words()  # by which searches weigh them: nobody waits for the night to see the right thing first
    return DemoSummary(products, images, len(people), orders, interactions, affinities, reviews, synonyms)
