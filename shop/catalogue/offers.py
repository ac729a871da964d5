"""What can be bought of a product, what it is called, and where its page is."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from shop.oscar import ProductImage, StockRecord
from shop.shipping.options import CURRENCIES

LANGUAGES = tuple(code for code, _ in settings.LANGUAGES)
_NOT_FOR_ADDRESSES = re.compile(r"[^\w-]+")


@dataclass(frozen=True)
class Offer:
    """The price and the stock of one thing that can be bought; `stock` is None where stock is not counted."""

    product_id: int
    stockrecord_id: int
    price: Decimal
    price_before: Decimal | None
    vat_rate: Decimal
    currency: str
    stock: int | None

    @property
    def is_available(self) -> bool:
        return self.stock is None or self.stock > 0


def page_slug(slug: str) -> str:
    """A slug of Oscar's as it stands in addresses: one odd letter must not break every list it is in."""
    return _NOT_FOR_ADDRESSES.sub("-", slug)


def slug_in(language: str, slugs: Mapping[str, str], oscars: str) -> str:
    """Of slugs by language the one for an address: as with titles the other language's where this one has none, and
    Oscar's where nothing has been written at all."""
    other = next((slugs[code] for code in LANGUAGES if code in slugs), "")
    return slugs.get(language) or other or page_slug(oscars)


def product_url(slug: str, product_id: int) -> str:
    return reverse("catalogue:detail", kwargs={"product_slug": page_slug(slug), "pk": product_id})


def offers_of(product_ids: Sequence[int]) -> dict[int, list[Offer]]:
    """What can be bought of each product: itself, or its public variants, the oldest first. One query.

    A price of nothing is one that nobody has set yet, and what nobody can be charged for shipping is not sold either.
    """
    records = (
        StockRecord.objects.filter(
            Q(product__in=product_ids) | Q(product__parent__in=product_ids, product__is_public=True),
            price__gt=0,
            price_currency__in=CURRENCIES,
        )
        .annotate(
            listed_id=Coalesce(F("product__parent_id"), F("product_id")),
            counts_stock=Coalesce(
                F("product__parent__product_class__track_stock"), F("product__product_class__track_stock")
            ),
        )
        .order_by("product_id", "pk")
    )
    offers: dict[int, list[Offer]] = defaultdict(list)
    seen: set[int] = set()
    wanted = set(product_ids)
    for record in records:
        if record.product_id in seen:
            continue
        seen.add(record.product_id)
        stock = max(0, (record.num_in_stock or 0) - (record.num_allocated or 0)) if record.counts_stock else None
        offer = Offer(
            record.product_id,
            record.pk,
            record.price,
            record.price_before,
            record.vat_rate,
            record.price_currency,
            stock,
        )
        for product_id in {record.listed_id, record.product_id} & wanted:
            offers[product_id].append(offer)
    return offers


def offer_of(record: Any, product: Any) -> Offer | None:
    """The offer of a stock record that was loaded with its product and all classes; None where it is not for sale.

    See offers_of; asks nothing.
    """
    if record is None or not record.price or record.price_currency not in CURRENCIES:
        return None
    counts_stock = product.get_product_class().track_stock
    stock = max(0, (record.num_in_stock or 0) - (record.num_allocated or 0)) if counts_stock else None
    price, before = record.price, record.price_before
    return Offer(product.pk, record.pk, price, before, record.vat_rate, record.price_currency, stock)


@dataclass(frozen=True)
class Look:
    """How a product, or a variant, is called and pictured, and where it is shown; `picture` is a file in MEDIA, "" for
    none. A variant is shown on its product's page."""

    title: str = ""
    picture: str = ""
    url: str = ""


NO_LOOK = Look()
_LOOKS = """
SELECT product.id, listed.id, coalesce((
    SELECT title FROM shop_producttext text WHERE text.product_id = product.id AND title <> ''
    ORDER BY language <> %(language)s LIMIT 1
), ''), coalesce((
    SELECT original FROM catalogue_productimage image WHERE image.product_id = product.id
    ORDER BY display_order, image.id LIMIT 1
), ''), coalesce((
    SELECT slug FROM shop_producttext text WHERE text.product_id = listed.id
    ORDER BY language <> %(language)s LIMIT 1
), listed.slug)
FROM catalogue_product product JOIN catalogue_product listed ON listed.id = coalesce(product.parent_id, product.id)
WHERE product.id = ANY(%(ids)s)
"""


def looks_of(product_ids: Iterable[int], language: str) -> dict[int, Look]:
    """Titles and addresses in `language` (the active one), else in the other one, and first pictures, of products and
    variants. One query."""
    ids = [*product_ids]
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_LOOKS, {"language": language, "ids": ids})
        return {
            id: Look(title, picture, product_url(slug, listed_id) + (f"?option={id}" if id != listed_id else ""))
            for id, listed_id, title, picture, slug in cursor.fetchall()
        }


def pictures_of(product_ids: Iterable[int]) -> dict[int, str]:
    """The file in MEDIA of each product's first picture."""
    names = (
        ProductImage.objects.filter(product__in=product_ids)
        .order_by("product_id", "display_order", "pk")
        .distinct("product_id")
        .values_list("product_id", "original")
    )
    return {product_id: name for product_id, name in names if name}


def media_url(name: str) -> str:
    """The address of a file in MEDIA, "" for none."""
    return default_storage.url(name) if name else ""
