"""The door of shop."""

from shop.backoffice.neighbours import register_order_panel
from shop.demo import load as load_demo
from shop.documents.pdf import PACKAGES as PDF_PACKAGES
from shop.documents.pdf import can_make_pdf
from shop.orders.lines import lines_of
from shop.orders.links import NotAnOrderLink, order_for_token, order_token, tracking_url
from shop.orders.selectors import orders_of_customer, parcels_of
from shop.orders.states import state_name
from shop.oscar import Order
from shop.payment.providers import PROVIDERS
from shop.returns.services import attach_ticket_to_return
from shop.shipping.options import CURRENCIES
from shop.templatetags.money import money

__all__ = [
    "CURRENCIES",
    "PDF_PACKAGES",
    "PROVIDERS",
    "NotAnOrderLink",
    "Order",
    "attach_ticket_to_return",
    "can_make_pdf",
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
