"""What an order's lines are called, and what was taken off their prices."""

from decimal import Decimal

from django.db.models import Prefetch, prefetch_related_objects

from shop.offer.names import discounts_with_names, name_of_discount
from shop.offer.reductions import reductions_of
from shop.oscar import Order, OrderDiscount, OrderLine, Product


def lines_of(order: Order, language: str) -> list[OrderLine]:
    """An order's lines with `name`: what the product is called in a language, or was when it was bought.

    The order has its `delivery_before` and `reductions` then as well: pages and mails tell the full prices and what was
    taken off them.
    """
    discounts = discounts_with_names(OrderDiscount.objects.order_by("pk"), language)
    prefetch_related_objects([order], Prefetch("discounts", queryset=discounts))
    lines = list(
        order.lines.select_related("product__parent", "progress")
        .prefetch_related("product__texts", "product__parent__texts")
        .order_by("pk")
    )
    for line in lines:
        line.name = name_of_product(line.product, language) or line.title
    full = sum((line.line_price_before_discounts_incl_tax for line in lines), Decimal(0))
    off_goods = full - sum((line.line_price_incl_tax for line in lines), Decimal(0))
    order.delivery_before = order.shipping_incl_tax + off_delivery(order)
    order.reductions = reductions_of(
        ((name_of_discount(row, language), row.voucher_code, row.amount) for row in order.discounts.all()),
        whole=off_goods + off_delivery(order),
    )
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
