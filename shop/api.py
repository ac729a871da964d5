"""The door of shop."""

from shop.orders.links import NotAnOrderLink, order_for_token, order_token, tracking_url
from shop.orders.selectors import find_order, orders_of_customer

__all__ = [
    "NotAnOrderLink",
    "find_order",
    "order_for_token",
    "order_token",
    "orders_of_customer",
    "tracking_url",
]
