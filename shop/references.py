"""How crm shows the shop's things to staff."""

from django.urls import reverse
from django.utils.translation import get_language

from crm.api import Link, register_references
from shop.catalogue.offers import product_url
from shop.models import ProductText, ReturnRequest
from shop.oscar import Order, Product


def _products(ids: list[str]) -> dict[str, Link]:
    products = Product.objects.filter(pk__in=[int(id) for id in ids if id.isdecimal()])
    texts = ProductText.objects.filter(product__in=products, language=get_language())
    titles = dict(texts.values_list("product_id", "title"))
    return {
        str(pk): Link(titles.get(pk, title), product_url(slug, pk))
        for pk, title, slug in products.values_list("pk", "title", "slug")
    }


def _orders(ids: list[str]) -> dict[str, Link]:
    orders = Order.objects.filter(pk__in=[int(id) for id in ids if id.isdecimal()])
    return {
        str(pk): Link(number, reverse("admin:order_order_change", args=[pk]))
        for pk, number in orders.values_list("pk", "number")
    }


def _returns(ids: list[str]) -> dict[str, Link]:
    returns = ReturnRequest.objects.filter(pk__in=[int(id) for id in ids if id.isdecimal()])
    return {
        str(pk): Link(number, reverse("admin:shop_returnrequest_change", args=[pk]))
        for pk, number in returns.values_list("pk", "number")
    }


def register() -> None:
    register_references("shop.product", _products)
    register_references("shop.order", _orders)
    register_references("shop.return", _returns)
