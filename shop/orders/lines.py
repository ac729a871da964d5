"""What an order's lines are called, and what offers took off beside them."""

from decimal import Decimal

from django.db.models import prefetch_related_objects

from shop.oscar import Order, OrderDiscount, OrderLine, Product


def lines_of(order: Order, language: str) -> list[OrderLine]:
    """An order's lines with `name`: what the product is called in a language, or was when it was bought.

    The order's discounts are there then as well: pages and mails name them beside the lines.
    """
    prefetch_related_objects([order], "discounts")
    lines = list(
        order.lines.select_related("product__parent", "progress")
        .prefetch_related("product__texts", "product__parent__texts")
        .order_by("pk")
    )
    for line in lines:
        line.name = name_of_product(line.product, language) or line.title
    return lines


def off_delivery(order: Order) -> Decimal:
    """What an offer took off the price of the delivery, VAT included; no query after `lines_of`."""
    found = (row.amount for row in order.discounts.all() if row.category == OrderDiscount.SHIPPING)
    return sum(found, Decimal("0.00"))


def name_of_product(product: Product | None, language: str) -> str:
    """What a product is called in a language; "" if it has no name in it.

    A variant is called like its parent, then what it differs in: "Tea towel – Blue".
    """
    if product is None:
        return ""
    own = next((text.title for text in product.texts.all() if text.language == language), "")
    if product.parent is None or not own:
        return own
    return " – ".join(filter(None, [name_of_product(product.parent, language), own]))
