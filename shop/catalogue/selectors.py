"""Reading a product for its page."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import default_storage

from shop.catalogue.departments import Department, way_to
from shop.catalogue.offers import Offer, offers_of, page_slug, product_url
from shop.models import ProductText
from shop.oscar import Product, ProductCategory, ProductImage

FEW_LEFT = 5


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
class ProductPage:
    id: int
    title: str
    slug: str
    url: str
    paragraphs: list[str]
    facts: list[tuple[str, str]]
    option_name: str
    choices: list[Choice]
    chosen: Choice
    pictures: list[str]
    category: Department | None

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
    """Everything on a product's page; `option` is the chosen variant, 0 for the first one in stock. Six queries.

    :raises NotSold: if it is gone, hidden, or a variant without a page of its own
    """
    family = list(
        Product.objects.filter(pk=product_id).values(
            "id", "slug", "title", "description", "upc", "is_public", "structure"
        )
    ) + list(
        Product.objects.filter(parent=product_id, is_public=True)
        .order_by("pk")
        .values("id", "slug", "title", "description", "upc", "is_public", "structure")
    )
    if not family or family[0]["id"] != product_id:
        raise NotSold(product_id)
    product, variants = family[0], family[1:]
    if not product["is_public"] or product["structure"] == Product.CHILD:
        raise NotSold(product_id)
    texts = _texts_of([row["id"] for row in family], language)
    text = texts.get(product_id)
    url = product_url(product["slug"], product_id)
    choices, chosen = _choices(product, variants, texts, url, option)
    return ProductPage(
        id=product_id,
        title=text.title if text else product["title"],
        slug=page_slug(product["slug"]),
        url=url,
        paragraphs=_paragraphs(text.description if text else product["description"]),
        facts=_facts(text.facts if text else []),
        option_name=text.option_name if text else "",
        choices=choices,
        chosen=chosen,
        pictures=_pictures(product_id, chosen.product_id),
        category=_category_of(product_id, version, language),
    )


def _texts_of(product_ids: Iterable[int], language: str) -> dict[int, ProductText]:
    texts: dict[int, ProductText] = {}
    for text in ProductText.objects.filter(product__in=product_ids):
        if text.language == language or text.product_id not in texts:
            texts[text.product_id] = text
    return texts


def _choices(
    product: dict[str, Any], variants: list[dict[str, Any]], texts: dict[int, ProductText], url: str, option: int
) -> tuple[list[Choice], Choice]:
    offers = {offer.product_id: offer for offer in offers_of([product["id"]]).get(product["id"], [])}
    rows = variants or [product]
    in_stock = [row["id"] for row in rows if row["id"] in offers and offers[row["id"]].is_available]
    ids = [row["id"] for row in rows]
    chosen_id = option if option in ids else (in_stock or ids)[0]
    choices = [
        Choice(
            product_id=row["id"],
            sku=row["upc"] or "",
            title=texts[row["id"]].title if row["id"] in texts else row["title"],
            url=f"{url}?option={row['id']}" if variants else url,
            is_chosen=row["id"] == chosen_id,
            offer=offers.get(row["id"]),
        )
        for row in rows
    ]
    return choices, next(choice for choice in choices if choice.is_chosen)


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]


def _facts(facts: Any) -> list[tuple[str, str]]:
    """What staff typed as JSON: anything that is not a pair is left out."""
    return [(str(pair[0]), str(pair[1])) for pair in facts if isinstance(pair, list | tuple) and len(pair) == 2]


def _pictures(product_id: int, chosen_id: int) -> list[str]:
    images = ProductImage.objects.filter(product__in={product_id, chosen_id}).order_by("display_order", "pk")
    rows = sorted(images.values_list("product_id", "original"), key=lambda row: row[0] != chosen_id)
    return [default_storage.url(name) for _, name in rows if name]


def _category_of(product_id: int, version: int, language: str) -> Department | None:
    own = ProductCategory.objects.filter(product=product_id).order_by("category__path")
    way = way_to(own.values_list("category_id", flat=True), version, language)
    return way[-1] if way else None
