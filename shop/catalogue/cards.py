"""A card is a product as lists show it. Any number of cards costs the same four queries."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from shop.models import ProductText
from shop.oscar import Product, ProductImage, StockRecord
from shop.shipping.options import CURRENCIES

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


@dataclass(frozen=True)
class Card:
    """`price` is the lowest of the variants; `picture` is an address, "" for none."""

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

    @property
    def percent_off(self) -> int:
        if self.price is None or not self.price_before:
            return 0
        return int((1 - self.price / self.price_before) * 100)


def page_slug(slug: str) -> str:
    """The slug as it stands in addresses: one odd letter in an import must not break every list it is in."""
    return _NOT_FOR_ADDRESSES.sub("-", slug)


def product_url(slug: str, product_id: int) -> str:
    return reverse("catalogue:detail", kwargs={"product_slug": page_slug(slug), "pk": product_id})


def titles_of(product_ids: Iterable[int], language: str) -> dict[int, str]:
    """Titles in `language`; in the other one where it has none."""
    titles: dict[int, str] = {}
    for product_id, code, title in ProductText.objects.filter(product__in=product_ids).values_list(
        "product_id", "language", "title"
    ):
        if title and (code == language or product_id not in titles):
            titles[product_id] = title
    return titles


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


def pictures_of(product_ids: Iterable[int]) -> dict[int, str]:
    """The address of each product's first picture."""
    names = (
        ProductImage.objects.filter(product__in=product_ids)
        .order_by("product_id", "display_order", "pk")
        .distinct("product_id")
        .values_list("product_id", "original")
    )
    return {product_id: default_storage.url(name) for product_id, name in names if name}


def cards(product_ids: Sequence[int], *, language: str) -> list[Card]:
    """Cards in the order of `product_ids`; what is gone or hidden is left out."""
    rows = Product.objects.filter(pk__in=product_ids, is_public=True).exclude(structure=Product.CHILD)
    return cards_of(rows.values("id", "slug", "title", "structure"), language=language, order=product_ids)


def cards_of(rows: Iterable[dict[str, Any]], *, language: str, order: Sequence[int] | None = None) -> list[Card]:
    """Cards of rows with id, slug, title and structure; three queries beside the rows' own."""
    by_id = {row["id"]: row for row in rows}
    ids = list(by_id)
    if not ids:
        return []
    titles, offers, pictures = titles_of(ids, language), offers_of(ids), pictures_of(ids)
    wanted = dict.fromkeys(order if order is not None else ids)
    return [_card(by_id[id], titles.get(id), offers.get(id, []), pictures.get(id, "")) for id in wanted if id in by_id]


def _card(row: dict[str, Any], title: str | None, offers: list[Offer], picture: str) -> Card:
    available = [offer for offer in offers if offer.is_available]
    best = min(available or offers, key=lambda offer: offer.price, default=None)
    return Card(
        id=row["id"],
        title=title or row["title"],
        url=product_url(row["slug"], row["id"]),
        picture=picture,
        price=best.price if best else None,
        price_before=best.price_before if best else None,
        currency=best.currency if best else settings.OSCAR_DEFAULT_CURRENCY,
        has_options=row["structure"] == Product.PARENT,
        price_varies=len({offer.price for offer in available or offers}) > 1,
        is_available=bool(available),
    )
