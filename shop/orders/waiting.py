"""The order of a browser that is not paid yet: who goes back from the payment finds it beside the empty basket."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from shop.orders.links import NotAnOrderLink, order_for_token, order_token
from shop.oscar import Order

KEY = "waiting_order"


@dataclass(frozen=True)
class WaitingOrder:
    """`pay_by` is when it is given up; `url` is its page of payment."""

    number: str
    pay_by: datetime
    url: str


def remember_waiting(session: Any, order: Order) -> None:
    session[KEY] = order_token(order)


def waiting_order(session: Any) -> WaitingOrder | None:
    """None once it is paid or given up. One query, none for who has ordered nothing."""
    token = session.get(KEY)
    if not token:
        return None
    try:
        order = order_for_token(token)
    except NotAnOrderLink:
        order = None
    pay_by = order.purchase.pay_by if order and order.status == "pending" else None
    if order is None or pay_by is None:
        del session[KEY]
        return None
    return WaitingOrder(order.number, pay_by, reverse("checkout:pay", args=[token]))
