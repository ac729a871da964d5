"""Following an order without an account: by the link in the mail, or by its number and what only the customer knows."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from shop.documents.papers import papers_of
from shop.models import Payment, Refund
from shop.orders.lines import lines_of
from shop.orders.links import NotAnOrderLink, order_for_token, order_token
from shop.oscar import Order
from shop.payment.providers import BankTransfer
from shop.payment.refunds import refunds_of
from shop.requests import ShopRequest
from shop.returns.links import return_token
from shop.returns.rules import LEFT_THE_HOUSE, returns_of
from shop.tracking.asking import look_up
from shop.tracking.forms import FindOrderForm
from shop.tracking.knowing import knows_the_order
from shop.tracking.progress import progress_of


@never_cache
@require_http_methods(["GET", "POST"])
def track(request: ShopRequest) -> HttpResponse:
    """A wrong number, a wrong contact and an order that does not exist get the same answer."""
    form, status = FindOrderForm(request.POST or None), 200
    if request.method == "POST":
        order, status = look_up(request, form)
        if order:
            return redirect("shop:tracking", token=order_token(order))
    return render(request, "shop/tracking/order_find.html", {"form": form}, status=status)


@never_cache
@require_GET
def tracking(request: ShopRequest, token: str) -> HttpResponse:
    try:
        order = order_for_token(token)
    except NotAnOrderLink as error:
        raise Http404 from error
    now, lines = timezone.now(), lines_of(order, request.LANGUAGE_CODE)
    is_theirs = request.who.customer_id is not None and request.who.customer_id == order.purchase.customer_id
    refunds = list(refunds_of(order))
    context = {
        "order": order,
        "token": token,
        "lines": lines,
        "address": order.shipping_address,
        "knows": knows_the_order(request, order, now=now),
        "progress": progress_of(order, lines, now=now),
        "robots": "noindex",
        "papers": papers_of(order),
        # Their pages open for whoever is logged in; everybody else has the links in the mails.
        "cases": [(case, return_token(case) if is_theirs else "") for case in returns_of(order)],
        "refunds": refunds,
        "is_given_back": bool(refunds) and all(refund.status == Refund.Status.DONE for refund in refunds),
        "may_send_back": order.status in LEFT_THE_HOUSE,
        "waits_for_transfer": order.status == "pending" and _waits_for_transfer(order),
        "has_paid": order.status == "cancelled" and order.payments.filter(status__in=Payment.HOLDS_MONEY).exists(),
    }
    return render(request, "shop/tracking/order_track.html", context)


def _waits_for_transfer(order: Order) -> bool:
    return order.payments.filter(status=Payment.Status.PENDING, provider=BankTransfer.code).exists()
