"""What offers are called in each language: joined into the query that loads them, edited beside the offer.

Imported while Oscar's models are being loaded, so it asks for models when it needs them.
"""

from collections.abc import Mapping
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from oscar.core.loading import get_model


def with_names(offers: QuerySet[Any]) -> QuerySet[Any]:
    """Offers that know their names: `given_name` asks no more."""
    texts = get_model("shop", "OfferText").objects.filter(offer=OuterRef("pk")).order_by("language")
    return offers.annotate(known_names=ArraySubquery(texts.values(pair=JSONObject(language="language", name="name"))))


def discounts_with_names(discounts: QuerySet[Any], language: str) -> QuerySet[Any]:
    """Discounts of orders, each with `names_then`, what the order's offers were called when it was placed, and with
    `name_now`, what its offer is called in a language, or None: see name_of_discount."""
    texts = get_model("shop", "OfferText").objects.filter(offer_id=OuterRef("offer_id"), language=language)
    return discounts.annotate(names_then=F("order__purchase__offer_names"), name_now=Subquery(texts.values("name")[:1]))


def name_of_discount(discount: Any, language: str) -> str:
    """What its offer was called when the order was placed. Orders from before names were kept tell today's."""
    then = (discount.names_then or {}).get(str(discount.offer_id), {})
    return str(then.get(language) or discount.name_now or discount.offer_name or "")


@transaction.atomic
def name_offer(offer: Any, names: Mapping[str, str]) -> None:
    """Call an offer so, by language; an empty name takes that language's away."""
    texts = get_model("shop", "OfferText").objects
    for language, name in names.items():
        if name:
            texts.update_or_create(offer=offer, language=language, defaults={"name": name})
        else:
            texts.filter(offer=offer, language=language).delete()
