"""The door of shop."""

from shop.backoffice.neighbours import register_order_panel
from shop.demo import load as load_demo
from shop.orders.lines import lines_of
from shop.orders.links import NotAnOrderLink, order_for_token, order_token, tracking_url
from shop.orders.selectors import orders_of_customer, parcels_of
from shop.orders.states import state_name
from shop.oscar import Order
from shop.shipping.options import CURRENCIES
from shop.templatetags.money import money

__all__ = [
    "CURRENCIES",
    "NotAnOrderLink",
    "Order",
    "lines_of",
    "load_demo",
    "money",
    "order_for_token",
    "order_token",
    "orders_of_customer",
    "parcels_of",
    "register_order_panel",
    "state_name",
    "tracking_url",
]
