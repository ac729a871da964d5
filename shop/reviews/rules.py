"""Who may review what: whoever bought it and was sent it, once."""

from dataclasses import dataclass

from shop.models import Review
from shop.orders.lines import name_of_product
from shop.oscar import Order, OrderLine, Product
from shop.returns.rules import LEFT_THE_HOUSE


@dataclass(frozen=True)
class Reviewable:
    """A product of an order that its buyer may review; `review` is what they wrote, if they did."""

    product_id: int
    name: str
    review: Review | None


def reviewable_products(order: Order, language: str) -> list[Reviewable]:
    """What of an order has left the house, a variant as its parent, each once; in the order of its lines."""
    if order.status not in LEFT_THE_HOUSE:
        return []
    lines = (
        OrderLine.objects.filter(order=order, product__isnull=False)
        .select_related("product__parent", "progress")
        .prefetch_related("product__texts", "product__parent__texts")
        .order_by("pk")
    )
    products: dict[int, Product] = {}
    for line in lines:
        progress = getattr(line, "progress", None)  # an imported order has none
        product = line.product.parent or line.product
        if product.is_public and (progress is None or progress.shipped):
            products[product.pk] = product
    written = {
        review.product_id: review
        for review in Review.objects.filter(customer=order.purchase.customer_id, product__in=products)
    }
    return [
        Reviewable(id, name_of_product(product, language) or product.title, written.get(id))
        for id, product in products.items()
    ]


def order_with(product_id: int, *, customer_id: int) -> Order | None:
    """The customer's latest order of which that product, or a variant of it, has left the house."""
    lines = OrderLine.objects.filter(product=product_id) | OrderLine.objects.filter(product__parent=product_id)
    orders = Order.objects.filter(
        purchase__customer_id=customer_id, status__in=LEFT_THE_HOUSE, lines__in=lines.exclude(progress__shipped=0)
    )
    return orders.select_related("purchase").order_by("-date_placed", "-pk").first()
