"""Reading orders. An order is found by whose it is, never by its number alone."""

import phonenumbers
from django.db.models import Q, QuerySet

from crm import api as crm
from shop.models import Parcel, Purchase
from shop.oscar import Order
from shop.shipping.options import EUROPE
from shop.shipping.working_days import HOME


def orders_of_customer(customer_id: int) -> QuerySet[Order]:
    """A customer's orders, newest first."""
    return (
        Order.objects.filter(purchase__customer_id=customer_id)
        .select_related("purchase", "shipping_address")
        .order_by("-date_placed", "-pk")
    )


def move_purchases(from_id: int, into_id: int) -> None:
    """Two customers turned out to be one: the orders are theirs."""
    Purchase.objects.filter(customer_id=from_id).update(customer_id=into_id)


def parcels_of(order: Order) -> QuerySet[Parcel]:
    """An order's parcels, the first first, with their shipments."""
    return Parcel.objects.filter(shipment__order=order).select_related("shipment").order_by("pk")


def find_order(number: str, *, contact: str) -> Order | None:
    """The order of that number, if that e-mail address or telephone, in any spelling, was given with it.

    One query, the same for a number that does not exist and for a wrong contact.
    """
    proof = Q(purchase__email=crm.normalise_email(contact)) & ~Q(purchase__email="")
    if phones := _phones(contact):
        proof |= Q(shipping_address__phone_number__in=phones)
    return Order.objects.select_related("purchase").filter(proof, number=clean_number(number)).first()


def clean_number(text: str) -> str:
    """An order's number as it was typed, as orders have it. Tries at one are counted by this, in whatever spelling."""
    return crm.clean_line(text).upper()


def _phones(text: str) -> list[str]:
    """What a telephone number may mean, in E.164: people abroad write their own without its country."""
    meant = set()
    for region in (HOME, *EUROPE):
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            meant.add(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return sorted(meant)
