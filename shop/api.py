"""The door of shop."""

from shop.demo import DemoSummary
from shop.demo import load as load_demo
from shop.orders.fulfilment import lines_of
from shop.orders.links import NotAnOrderLink, order_for_token, order_token, tracking_url
from shop.orders.selectors import find_order, orders_of_customer
from shop.orders.states import state_name
from shop.personal.shelves import Shelf, personal_shelves, similar_products
from shop.shipping.options import CURRENCIES
from shop.templatetags.money import money

__all__ = [
    "CURRENCIES",
    "DemoSummary",
    "NotAnOrderLink",
    "Shelf",
    "find_order",
    "lines_of",
    "load_demo",
    "money",
    "order_for_token",
    "order_token",
    "orders_of_customer",
    "personal_shelves",
    "similar_products",
    "state_name",
    "tracking_url",
]
