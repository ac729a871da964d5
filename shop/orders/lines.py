"""What an order's lines are called."""

from shop.oscar import Order, OrderLine, Product


def lines_of(order: Order, language: str) -> list[OrderLine]:
    """An order's lines with `name`: what the product is called in a language, or was when it was bought."""
    lines = list(
        order.lines.select_related("product__parent", "progress")
        .prefetch_related("product__texts", "product__parent__texts")
        .order_by("pk")
    )
    for line in lines:
        line.name = _name_in(line.product, language) or line.title
    return lines


def _name_in(product: Product | None, language: str) -> str:
    """A variant is called like its parent, then what it differs in: "Tea towel – Blue"."""
    if product is None:
        return ""
    own = next((text.title for text in product.texts.all() if text.language == language), "")
    if product.parent is None or not own:
        return own
    return " – ".join(filter(None, [_name_in(product.parent, language), own]))
