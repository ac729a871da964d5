"""How crm shows the shop's things to staff."""

from django.urls import reverse
from oscar.core.loading import get_model

from crm.api import Link, register_references


def _products(ids: list[str]) -> dict[str, Link]:
    products = get_model("catalogue", "Product").objects.filter(pk__in=[int(id) for id in ids if id.isdigit()])
    return {
        str(pk): Link(title, reverse("catalogue:detail", kwargs={"product_slug": slug, "pk": pk}))
        for pk, title, slug in products.values_list("pk", "title", "slug")
    }


def register() -> None:
    register_references("shop.product", _products)
