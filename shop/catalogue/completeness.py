"""What a product's page still lacks: words in a language, a picture, a category, a weight, a price."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from shop.models import ProductText, ProductWeight
from shop.oscar import Product, ProductCategory, ProductImage, StockRecord

LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
NAMES: dict[str, Any] = {
    "title_tr": _("Turkish title"),
    "title_en": _("English title"),
    "description_tr": _("Turkish description"),
    "description_en": _("English description"),
    "picture": _("picture"),
    "category": _("category"),
    "weight": _("weight"),
    "price": _("price"),
}


def is_missing(what: str) -> Any:
    """A condition on products (not variants) for one of NAMES."""
    what, _line, language = what.partition("_")
    mine = {"product": OuterRef("pk")}
    has: dict[str, QuerySet[Any]] = {
        "title": ProductText.objects.filter(**mine, language=language).exclude(title=""),
        "description": ProductText.objects.filter(**mine, language=language).exclude(description=""),
        "picture": ProductImage.objects.filter(**mine),
        "category": ProductCategory.objects.filter(**mine),
        "weight": ProductWeight.objects.filter(**mine),
        "price": StockRecord.objects.filter(Q(product=OuterRef("pk")) | Q(product__parent=OuterRef("pk")), price__gt=0),
    }
    return ~Exists(has[what])


def missing_of(products: Sequence[Any]) -> dict[int, list[str]]:
    """What each of some products lacks, in the order of NAMES; one query for all of them."""
    ids = [product.pk for product in products]
    rows = (
        Product.objects.filter(pk__in=ids).order_by().annotate(**{f"lacks_{name}": is_missing(name) for name in NAMES})
    )
    return {
        row["pk"]: [name for name in NAMES if row[f"lacks_{name}"]]
        for row in rows.values("pk", *(f"lacks_{name}" for name in NAMES))
    }


def incomplete(products: QuerySet[Any], what: str) -> QuerySet[Any]:
    """Those that lack one of NAMES, or anything ("any")."""
    if what in NAMES:
        return products.filter(is_missing(what))
    lacks = Q()
    for name in NAMES:
        lacks |= Q(is_missing(name))
    return products.filter(lacks)
