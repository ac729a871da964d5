"""Reading orders. An order is found by whose it is, never by its number alone."""

from django.db.models import QuerySet

from crm import api as crm
from shop.models import Parcel, Purchase
from shop.oscar import Order


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


def find_order(number: str, *, email: str) -> Order | None:
    """The order of that number, if its mails go to that address. A wrong number and a wrong address look the same."""
    return (
        Order.objects.select_related("purchase")
        .filter(number=number.strip().upper(), purchase__email__iexact=crm.normalise_email(email))
        .first()
    )
