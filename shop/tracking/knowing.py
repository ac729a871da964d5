"""Who may see an order, and how much of it (docs/decisions/0011-tracking.md).

A link opens the order without its name, its addresses and its papers: mails get forwarded. Those are for the customer
who is logged in, for staff who may see orders, and for the browser that has named the order's e-mail address or
telephone: on the look-up form, or when it placed the order.
"""

from datetime import datetime, timedelta

from crm import api as crm
from shop.limits import count_try, visitor_of
from shop.orders.selectors import clean_number, find_order
from shop.oscar import Order
from shop.requests import ShopRequest

KEY = "orders_proved"
PROOF_LASTS = timedelta(hours=1)
MOST_PROVED = 20

# Of one visitor; of all visitors for one order, so that many addresses do not help to guess at one.
TRIES, SECONDS = 10, 600
TRIES_FOR_AN_ORDER, SECONDS_FOR_AN_ORDER = 20, 3600


def find_with_proof(request: ShopRequest, number: str, *, contact: str, now: datetime) -> Order | None:
    """The order of that number with that e-mail address or telephone. The browser is remembered to have proved it.

    A number that does not exist and a wrong contact take the same way and give the same answer.

    :raises TooManyTries: nothing was looked up then
    """
    count_try("track-order", visitor_of(request), tries=TRIES, seconds=SECONDS)
    count_try("track-order-number", clean_number(number), tries=TRIES_FOR_AN_ORDER, seconds=SECONDS_FOR_AN_ORDER)
    order = find_order(number, contact=contact)
    if order is not None:
        _remember(request, order, now)
    return order


def remember_who_ordered(request: ShopRequest, order: Order, *, email: str, now: datetime) -> None:
    """The browser that placed the order knows it: it has just written the address. Ask nobody to write it again.

    An old form that is sent once more leads to the order that it became, so what it says is compared.
    """
    if crm.normalise_email(email) == order.purchase.email:
        _remember(request, order, now)


def knows_the_order(request: ShopRequest, order: Order, *, now: datetime) -> bool:
    """Whether the visitor is its customer, or has proved to be a moment ago, or is staff who may see orders."""
    if request.who.customer_id is not None and request.who.customer_id == order.purchase.customer_id:
        return True
    since = (now - PROOF_LASTS).timestamp()
    if any(pk == order.pk and at > since for pk, at in request.session.get(KEY, [])):
        return True
    return request.user.is_staff and request.user.has_perm("order.view_order")


def email_shown(request: ShopRequest, order: Order, *, now: datetime) -> str:
    """The address that the mails go to; to whoever holds the link alone no more than its first letter.

    It is half of the proof that the look-up form asks for, and the other half stands in the link.
    """
    email: str = order.purchase.email
    return email if knows_the_order(request, order, now=now) else f"{email[:1]}…@…"


def _remember(request: ShopRequest, order: Order, now: datetime) -> None:
    proved = [*request.session.get(KEY, []), [order.pk, now.timestamp()]]
    request.session[KEY] = proved[-MOST_PROVED:]
