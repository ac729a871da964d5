"""How crm shows the shop's things to staff."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language

from crm.api import Link, register_references
from shop.catalogue.offers import looks_of
from shop.models import ReturnRequest
from shop.oscar import Order, Product


def _products(ids: list[str]) -> dict[str, Link]:
    titles = dict(Product.objects.filter(pk__in=[int(id) for id in ids if id.isdecimal()]).values_list("pk", "title"))
    looks = looks_of(titles, get_language() or settings.LANGUAGE_CODE)
    return {str(pk): Link(look.title or titles[pk], look.url) for pk, look in looks.items()}


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
