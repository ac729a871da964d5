"""Writing a product's and a category's pages: both languages at once, Oscar's own columns and the search text along."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify

from crm import api as crm
from shop.models import CategoryText, ProductText, ProductWeight
from shop.oscar import Category, ProductCategory, ProductClass

LANGUAGES = tuple(code for code, _ in settings.LANGUAGES)


@dataclass(frozen=True)
class Words:
    """What a page says in one language. Without a title there is no page in that language."""

    title: str = ""
    description: str = ""
    option_name: str = ""
    facts: list[list[str]] = field(default_factory=list)
    # In the address; "": made of the title.
    slug: str = ""


class NotNamed(Exception):
    """It needs a title in one language at least."""


def slug_of(title: str) -> str:
    """What stands for a title in an address: "Bakır cezve" → "bakir-cezve"."""
    return slugify(crm.fold(title))[:200].strip("-") or "product"


def main_title(words: Mapping[str, Words]) -> str:
    """The title in the shop's first language, or in the one it has.

    :raises NotNamed: if there is none
    """
    titles = [words[code].title for code in (settings.LANGUAGE_CODE, *LANGUAGES) if code in words]
    title = next((title for title in titles if title), "")
    if not title:
        raise NotNamed
    return title


def class_of_new_products() -> Any:
    """Where nobody chooses (Oscar wants each to have one): the first whose stock is counted, made if there is none."""
    known = ProductClass.objects.order_by("-track_stock", "pk").first()
    return known or ProductClass.objects.get_or_create(slug="goods", defaults={"name": "Goods"})[0]


@transaction.atomic
def write_product(
    product: Any, *, words: Mapping[str, Words], category_ids: list[int] | None = None, grams: int | None = None
) -> Any:
    """Save a product, new or known, with its words; Oscar's title and description are those of the first language.

    Oscar's slug is made of the title once, for the day when there are no words of ours. `category_ids` None leaves the
    categories as they are; `grams` None: no weight of its own.

    :raises NotNamed: without a title in any language; nothing is written
    """
    title = main_title(words)
    product.slug = product.slug or slug_of(title)
    product.title = _oscar_title(product, title)
    product.description = next((words[code].description for code in LANGUAGES if words[code].title == title), "")
    product.save()
    for code in LANGUAGES:
        _write_text(product, code, words.get(code, Words()))
    if category_ids is not None and not product.is_child:
        _put_into(product, category_ids)
    if grams is None:
        ProductWeight.objects.filter(product=product).delete()
    else:
        ProductWeight.objects.update_or_create(product=product, defaults={"grams": grams})
    return product


@transaction.atomic
def write_category(category: Any, *, words: Mapping[str, Words]) -> Any:
    """Save a category's pages in both languages; its place in the tree is Oscar's.

    :raises NotNamed: without a title in any language; nothing is written
    """
    category.name = main_title(words)
    category.description = next((words[code].description for code in LANGUAGES if words[code].title), "")
    category.save()
    for code in LANGUAGES:
        text = words.get(code, Words())
        if not text.title:
            CategoryText.objects.filter(category=category, language=code).delete()
            continue
        fields = {"title": text.title, "slug": text.slug or slug_of(text.title), "description": text.description}
        CategoryText.objects.update_or_create(category=category, language=code, defaults=fields)
    return category


def words_of(thing: Any) -> dict[str, Words]:
    """The words that a product or a category has, by language."""
    found = {}
    for text in thing.texts.all():
        option_name, facts = getattr(text, "option_name", ""), getattr(text, "facts", [])
        found[text.language] = Words(text.title, text.description, option_name, facts, text.slug)
    return found


def _oscar_title(product: Any, title: str) -> str:
    """Oscar's title of a variant stands alone on its pages: "Copper cezve, for two"."""
    return f"{product.parent.title}, {title}"[:255] if product.is_child else title


def _write_text(product: Any, language: str, text: Words) -> None:
    if not text.title:
        ProductText.objects.filter(product=product, language=language).delete()
        return
    fields = {
        "title": text.title,
        "slug": text.slug or slug_of(text.title),
        "description": text.description,
        "option_name": text.option_name,
        "facts": text.facts,
    }
    ProductText.objects.update_or_create(product=product, language=language, defaults=fields)


def _put_into(product: Any, category_ids: list[int]) -> None:
    known = set(ProductCategory.objects.filter(product=product).values_list("category_id", flat=True))
    wanted = set(Category.objects.filter(pk__in=category_ids).values_list("pk", flat=True))
    ProductCategory.objects.filter(product=product, category__in=known - wanted).delete()
    ProductCategory.objects.bulk_create(
        ProductCategory(product=product, category_id=category_id) for category_id in sorted(wanted - known)
    )
