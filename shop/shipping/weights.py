"""What a basket weighs."""

from typing import Any

from shop.offer.applicator import load_lines

# Of a product that nobody has weighed.
DEFAULT_GRAMS = 300


def weigh(basket: Any) -> int:
    """The goods of a basket in grams. A variant without a weight of its own weighs like its parent."""
    return sum(line.quantity * _grams_of(line.product) for line in load_lines(basket))


def _grams_of(product: Any) -> int:
    own = getattr(product, "weight", None)
    weight = own or (getattr(product.parent, "weight", None) if product.parent_id else None)
    return int(weight.grams) if weight else DEFAULT_GRAMS
