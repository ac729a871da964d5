"""Reading a product for its page."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.files.storage import default_storage
from django.db.models import OuterRef, Q

from shop.catalogue.departments import Department, way_to
from shop.catalogue.offers import LANGUAGES, Offer, offers_of, product_url, slug_in
from shop.catalogue.options import Option, options_of
from shop.oscar import Product, ProductCategory, ProductImage
from shop.seo.addresses import in_every_language
from shop.shipping.weights import DEFAULT_GRAMS

FEW_LEFT = 5
MOST_OF_ONE = 99


@dataclass(frozen=True)
class Choice:
    """A variant, or the product itself where there is none. `offer` is None where nothing is sold."""

    product_id: int
    sku: str
    title: str
    url: str
    is_chosen: bool
    offer: Offer | None

    @property
    def is_available(self) -> bool:
        return self.offer is not None and self.offer.is_available

    @property
    def few_left(self) -> int:
        """How many are left where that is worth saying, else 0."""
        stock = self.offer.stock if self.offer else None
        return stock if stock is not None and stock <= FEW_LEFT else 0


@dataclass(frozen=True)
class Bar:
    """How many of the reviews gave so many stars."""

    stars: int
    count: int


@dataclass(frozen=True)
class Rating:
    """What buyers say of a product on average; there is none without a published review."""

    count: int
    average: Decimal
    by_stars: list[int]

    @property
    def half_stars(self) -> int:
        return round(self.average * 2)

    @property
    def bars(self) -> list[Bar]:
        """Five stars first."""
        return [Bar(stars, self.by_stars[stars - 1]) for stars in range(len(self.by_stars), 0, -1)]


@dataclass(frozen=True)
class ProductPage:
    """`translations` are its addresses by language; `pictures` begin with those of the chosen variant; `grams` are its
    weight with its packaging, a guess unless it `is_weighed`; `options` are the ways in which the variants differ,
    where there is more than one; `way` are the departments from the top down to it."""

    id: int
    title: str
    slug: str
    url: str
    translations: dict[str, str]
    paragraphs: list[str]
    facts: list[tuple[str, str]]
    option_name: str
    options: list[Option]
    choices: list[Choice]
    chosen: Choice
    pictures: list[str]
    way: list[Department]
    rating: Rating | None
    grams: int
    is_weighed: bool

    @property
    def most(self) -> int:
        """How many can be put into the basket at once."""
        stock = self.chosen.offer.stock if self.chosen.offer else 0
        return MOST_OF_ONE if stock is None else max(1, min(stock, MOST_OF_ONE))

    @property
    def has_options(self) -> bool:
        return bool(self.option_name) or len(self.choices) > 1


class NotSold(LookupError):
    """There is no such product, or it is no longer shown."""


def listed_id_of(product_id: int) -> int:
    """The product whose page shows this one: a variant's parent.

    :raises NotSold: if neither is there
    """
    row = Product.objects.filter(pk=product_id).values_list("parent_id", "structure").first()
    if row is None:
        raise NotSold(product_id)
    parent_id, structure = row
    return int(parent_id) if structure == Product.CHILD and parent_id else product_id


def product_page(product_id: int, *, version: int, language: str, option: int = 0) -> ProductPage:
    """What a product's page says to everybody; `option` is the chosen variant, 0 for the first one in stock.

    Two queries; `version` is that of the index.

    :raises NotSold: if it is gone, hidden, or a variant without a page of its own
    """
    family = _family(product_id, language)
    product = family.pop(product_id, None)
    if product is None or not product.is_public or product.structure == Product.CHILD:
        raise NotSold(product_id)
    text = product.text
    slugs = {code: slug_in(code, product.slugs, product.slug) for code in LANGUAGES}
    urls = in_every_language(lambda code: product_url(slugs[code], product_id))
    url = urls[language]
    choices, chosen = _choices(product, list(family.values()), url, option)
    option_name = text.option_name if text else ""
    member = family.get(chosen.product_id, product)
    grams = member.grams or product.grams
    return ProductPage(
        id=product_id,
        title=text.title if text else product.title,
        slug=slugs[language],
        url=url,
        translations=urls,
        paragraphs=_paragraphs(text.description if text else product.description),
        facts=_facts(text.facts if text else []),
        option_name=option_name,
        options=options_of(option_name, choices, chosen),
        choices=choices,
        chosen=chosen,
        pictures=list(dict.fromkeys(member.pictures + product.pictures)),
        way=way_to(product.categories, version, language),
        rating=product.rating,
        grams=grams or DEFAULT_GRAMS,
        is_weighed=bool(grams),
    )


@dataclass(frozen=True)
class _Text:
    language: str
    title: str
    description: str
    facts: Any
    option_name: str


@dataclass(frozen=True)
class _Member:
    """A product or one of its variants, with its text in the language asked for, or in the other one.

    `slug` is Oscar's, `slugs` are ours by language.
    """

    id: int
    slug: str
    slugs: dict[str, str]
    title: str
    description: str
    sku: str
    is_public: bool
    structure: str
    text: _Text | None
    pictures: list[str]
    categories: list[int]
    rating: Rating | None
    grams: int | None


def _family(product_id: int, language: str) -> dict[int, _Member]:
    """The product and its public variants, the oldest first. One query."""
    pictures = ProductImage.objects.filter(product=OuterRef("pk")).order_by("display_order", "pk").values("original")
    links = ProductCategory.objects.filter(product=OuterRef("pk")).order_by("category__path")
    rows = (
        Product.objects.filter(Q(pk=product_id) | Q(parent=product_id, is_public=True))
        .annotate(
            pictures=ArraySubquery(pictures),
            in_categories=ArraySubquery(links.values("category_id")),
        )
        .order_by("pk")
    )
    own = ("id", "slug", "title", "description", "upc", "is_public", "structure")
    beside = ("pictures", "in_categories", "weight__grams")
    rating = ("buyer_rating__count", "buyer_rating__average", "buyer_rating__by_stars")
    text = ("texts__language", "texts__title", "texts__description", "texts__facts", "texts__option_name")
    slugs: dict[int, dict[str, str]] = defaultdict(dict)
    family: dict[int, _Member] = {}
    for row in rows.values_list(*own, *beside, *rating, *text, "texts__slug"):
        if row[13]:
            slugs[row[0]][row[13]] = row[18]
        if row[0] in family and row[13] != language:
            continue
        family[row[0]] = _Member(
            id=row[0],
            slug=row[1],
            slugs=slugs[row[0]],
            title=row[2],
            description=row[3],
            sku=row[4] or "",
            is_public=row[5],
            structure=row[6],
            pictures=[default_storage.url(name) for name in row[7] if name],
            categories=row[8],
            grams=row[9],
            rating=Rating(*row[10:13]) if row[10] else None,
            text=_Text(*row[13:18]) if row[13] else None,
        )
    return family


def _choices(product: _Member, variants: list[_Member], url: str, option: int) -> tuple[list[Choice], Choice]:
    offers = {offer.product_id: offer for offer in offers_of([product.id]).get(product.id, [])}
    rows = variants or [product]
    in_stock = [row.id for row in rows if row.id in offers and offers[row.id].is_available]
    ids = [row.id for row in rows]
    chosen_id = option if option in ids else (in_stock or ids)[0]
    choices = [
        Choice(
            product_id=row.id,
            sku=row.sku,
            title=row.text.title if row.text else row.title,
            url=f"{url}?option={row.id}" if variants else url,
            is_chosen=row.id == chosen_id,
            offer=offers.get(row.id),
        )
        for row in rows
    ]
    return choices, next(choice for choice in choices if choice.is_chosen)


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]


def _facts(facts: Any) -> list[tuple[str, str]]:
    """What staff typed as JSON: anything that is not a pair is left out."""
    return [(str(pair[0]), str(pair[1])) for pair in facts if isinstance(pair, list | tuple) and len(pair) == 2]
