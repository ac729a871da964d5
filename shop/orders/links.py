"""Signed links to one order: whoever holds one may see that order and nothing else."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from shop.oscar import Order

SALT = "shop.order-link"


class NotAnOrderLink(ValueError):
    """The token was not made here, or its order is gone."""


def order_token(order: Order) -> str:
    return signing.Signer(salt=SALT).sign(order.number)


def order_for_token(token: str) -> Order:
    """:raises NotAnOrderLink: if the token is forged, cut short or its order is gone"""
    try:
        number = signing.Signer(salt=SALT).unsign(token)
        return Order.objects.select_related("purchase", "shipping_address").get(number=number)
    except (signing.BadSignature, Order.DoesNotExist) as error:
        raise NotAnOrderLink from error


def tracking_url(order: Order) -> str:
    """The address of the tracking page as it stands in a mail, in the language that is active."""
    return settings.SITE_URL + reverse("shop:tracking", args=[order_token(order)])
