"""What the index says of products: Oscar's tables read once for a batch, a row for each language made of them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet

from crm import api as crm
from shop.catalogue.offers import Offer, offers_of, page_slug, pictures_of
from shop.models import CategoryText, ProductText, SearchWord
from shop.oscar import Category, Product, ProductAttributeValue, ProductCategory

LANGUAGES = [code for code, _ in settings.LANGUAGES]
BRAND = {"brand", "marka"}
LONGEST_WORD = 40
LONGEST_FACT = 60
BETWEEN = "\x1f"
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


@dataclass(frozen=True)
class Row:
    """A row of shop_listedproduct; `words` are folded, by their weight: A (the title's) to D.

    `written` is how the words are written by others, item numbers left out; `kinds` what they are.
    """

    product_id: int
    language: str
    title: str
    slug: str
    picture: str
    price: Decimal | None
    price_before: Decimal | None
    currency: str
    has_options: bool
    price_varies: bool
    is_available: bool
    brand: str
    facts: list[str]
    categories: list[int]
    rating: Decimal | None
    review_count: int
    score: float
    words: dict[str, list[str]]
    written: dict[str, str]
    kinds: dict[str, int]
    priority: int
    created_at: datetime


@dataclass
class _Text:
    """What one language says of a product and its variants."""

    title: str = ""
    slug: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    skus: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def listed_products() -> QuerySet[Any]:
    """Everything with a page of its own: no variants, nothing hidden."""
    return Product.objects.filter(is_public=True).exclude(structure=Product.CHILD)


def rows_of(product_ids: Sequence[int]) -> list[Row]:
    """The rows of those products that have a public page of their own; what is gone or hidden has none."""
    products = listed_products().filter(pk__in=product_ids).annotate(score=F("stats__score")).order_by("pk")
    of_product = ("id", "slug", "title", "upc", "structure", "priority", "date_created", "score")
    found = list(products.values(*of_product, "buyer_rating__average", "buyer_rating__count"))
    ids = [row["id"] for row in found]
    texts, offers, pictures = _texts_of(found), offers_of(ids), pictures_of(ids)
    shelves = _shelves_of(ids)
    return [
        _row(product, language, texts, offers.get(product["id"], []), pictures.get(product["id"], ""), shelves)
        for product in found
        for language in LANGUAGES
    ]


def _row(
    product: dict[str, Any],
    language: str,
    texts: dict[tuple[int, str], _Text],
    offers: list[Offer],
    picture: str,
    shelves: "dict[int, _Shelf]",
) -> Row:
    own = texts.get((product["id"], language), _Text())
    foreign = next((texts[product["id"], code] for code in LANGUAGES if code != language), _Text())
    shelf = shelves.get(product["id"], _Shelf())
    title = own.title or foreign.title or product["title"]
    facts = own.facts or foreign.facts
    available = [offer for offer in offers if offer.is_available]
    best = min(available or offers, key=lambda offer: offer.price, default=None)
    written: dict[str, str] = {}
    in_title = _words([title], written)
    of_things = _words([*own.others, *_values(facts, of_brand=False), *shelf.titles[language]], written)
    of_brands = _words(_values(facts, of_brand=True), written)
    words = {
        "A": in_title,
        "B": [*of_things, *of_brands, *_sku_keys(own.skus)],
        "C": _words([foreign.title], written),
        "D": _words([*foreign.others, *(value for _, value in foreign.facts)], written),
    }
    kinds = dict.fromkeys(written, int(SearchWord.Kind.FOREIGN))
    kinds |= dict.fromkeys(of_brands, int(SearchWord.Kind.NAME))
    kinds |= dict.fromkeys((*in_title, *of_things), int(SearchWord.Kind.OWN))
    return Row(
        product_id=product["id"],
        language=language,
        title=title[:255],
        slug=own.slug or foreign.slug or page_slug(product["slug"]),
        picture=picture,
        price=best.price if best else None,
        price_before=best.price_before if best else None,
        currency=best.currency if best else settings.OSCAR_DEFAULT_CURRENCY,
        has_options=product["structure"] == Product.PARENT,
        price_varies=len({offer.price for offer in available or offers}) > 1,
        is_available=bool(available),
        brand=next(iter(_values(facts, of_brand=True)), "")[:80],
        facts=[
            f"{name}{BETWEEN}{value}"
            for name, value in facts
            if crm.fold(name) not in BRAND and len(name) <= LONGEST_FACT and len(value) <= LONGEST_FACT
        ],
        categories=shelf.ids,
        rating=product["buyer_rating__average"],
        review_count=product["buyer_rating__count"] or 0,
        score=product["score"] or 0.0,
        words=words,
        written=written,
        kinds=kinds,
        priority=product["priority"],
        created_at=product["date_created"],
    )


def _values(facts: list[tuple[str, str]], *, of_brand: bool) -> list[str]:
    return [value for name, value in facts if (crm.fold(name) in BRAND) == of_brand]


def _words(texts: Iterable[str], written: dict[str, str]) -> list[str]:
    """Folded words, each once; how each was written is noted in `written`."""
    found: dict[str, None] = {}
    for text in texts:
        for piece in text.split():
            words = crm.fold(piece).split()
            for word in words:
                found[word[:LONGEST_WORD]] = None
                shown = _lower(piece.strip(".,;:!?()\"'“”‘’")) if len(words) == 1 else word
                written.setdefault(word[:LONGEST_WORD], shown[:LONGEST_WORD])
    return list(found)


def sku_key(sku: str) -> str:
    """What stands for an item number among the words, however its pieces are parted: sku_cof4 for COF-004, cof 4."""
    return _key(crm.fold(sku).split())


def _sku_keys(skus: Iterable[str]) -> list[str]:
    """Of each beginning of an item number: its family's, its product's, its variant's."""
    pieces = [crm.fold(sku).split() for sku in skus]
    keys = [_key(parts[: place + 1]) for parts in pieces for place in range(len(parts))]
    return [key for key in dict.fromkeys(keys) if len(key) <= LONGEST_WORD]


def _key(pieces: Sequence[str]) -> str:
    return "sku_" + _ZEROS.sub("", "".join(pieces))


def _lower(text: str) -> str:
    return text.replace("İ", "i").lower()


def _texts_of(products: list[dict[str, Any]]) -> dict[tuple[int, str], _Text]:
    """By (product, language). Skus and attributes of Oscar's own belong to every language."""
    ids = [product["id"] for product in products]
    family = dict.fromkeys(ids)
    listed_of: dict[int, int] = {id: id for id in ids}
    skus: dict[int, list[str]] = defaultdict(list)
    for product in products:
        skus[product["id"]].append(product["upc"] or "")
    children = Product.objects.filter(parent__in=ids, is_public=True).order_by("pk")
    for child_id, parent_id, sku in children.values_list("pk", "parent_id", "upc"):
        listed_of[child_id] = parent_id
        family[child_id] = None
        skus[parent_id].append(sku or "")
    attributes = _attributes_of(listed_of)
    texts: dict[tuple[int, str], _Text] = {
        (id, code): _Text(skus=[*skus[id]], facts=[*attributes.get(id, [])]) for id in ids for code in LANGUAGES
    }
    rows = ProductText.objects.filter(product__in=family).order_by("product_id")
    for product_id, code, title, slug, facts in rows.values_list("product_id", "language", "title", "slug", "facts"):
        text = texts.get((listed_of[product_id], code))
        if text is None:
            continue
        if product_id == listed_of[product_id]:
            text.title, text.slug = title, slug
            text.facts = [*pairs(facts), *text.facts]
        else:
            text.others.append(title)
    return texts


def pairs(facts: Any) -> list[tuple[str, str]]:
    """What staff typed as JSON: anything that is not a pair is left out."""
    return [(str(pair[0]), str(pair[1])) for pair in facts if isinstance(pair, list | tuple) and len(pair) == 2]


def _attributes_of(listed_of: dict[int, int]) -> dict[int, list[tuple[str, str]]]:
    values = ProductAttributeValue.objects.filter(product__in=listed_of).select_related("attribute", "value_option")
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for value in values.order_by("attribute_id", "pk"):
        found[listed_of[value.product_id]].append((str(value.attribute.name), str(value.value_as_text)))
    return found


@dataclass
class _Shelf:
    ids: list[int] = field(default_factory=list)
    titles: dict[str, list[str]] = field(default_factory=lambda: {code: [] for code in LANGUAGES})


def _shelves_of(product_ids: Sequence[int]) -> dict[int, _Shelf]:
    """The public categories that products are in, and those above; one inside a hidden one is hidden as well."""
    links = list(ProductCategory.objects.filter(product__in=product_ids).values_list("product_id", "category__path"))
    step = Category.steplen
    paths = {path[: step * level] for _, path in links for level in range(1, len(path) // step + 1)}
    rows = Category.objects.filter(path__in=paths).values_list("path", "pk", "is_public", "name")
    by_path = {path: (pk, is_public, name) for path, pk, is_public, name in rows}
    titles: dict[int, dict[str, str]] = defaultdict(dict)
    for pk, code, title in CategoryText.objects.filter(category__in=[pk for pk, _, _ in by_path.values()]).values_list(
        "category_id", "language", "title"
    ):
        titles[pk][code] = title
    shelves: dict[int, _Shelf] = defaultdict(_Shelf)
    for product_id, path in links:
        way = [by_path[path[: step * level]] for level in range(1, len(path) // step + 1)]
        if not all(is_public for _, is_public, _ in way):
            continue
        shelf = shelves[product_id]
        for pk, _, name in way:
            if pk not in shelf.ids:
                shelf.ids.append(pk)
                for code in LANGUAGES:
                    shelf.titles[code].append(titles[pk].get(code) or name)
    return shelves
