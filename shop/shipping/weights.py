"""What a basket weighs."""

from django.db.models import F, Sum, Value
from django.db.models.functions import Coalesce

from shop.oscar import BasketLine

# Of a product that nobody has weighed.
DEFAULT_GRAMS = 300


def weigh(basket_id: int | None) -> int:
    """The goods of a basket in grams, in one query. A variant without a weight of its own weighs like its parent."""
    grams = Coalesce("product__weight__grams", "product__parent__weight__grams", Value(DEFAULT_GRAMS))
    lines = BasketLine.objects.filter(basket_id=basket_id)
    return lines.aggregate(total=Sum(F("quantity") * grams))["total"] or 0
