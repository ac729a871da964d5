"""Asking a visitor for the proof that an order is theirs: an answer on a form, counted and looked up."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from shop.limits import TooManyTries
from shop.oscar import Order
from shop.requests import ShopRequest
from shop.tracking.forms import ContactForm
from shop.tracking.knowing import find_with_proof


def look_up(request: ShopRequest, form: ContactForm, *, number: str = "") -> tuple[Order | None, int]:
    """The order that a sent form proves, or None and the status to show the form with, which says why.

    `number` is known where an order's link is; else it is the form's.
    """
    if not form.is_valid():
        return None, 422
    given: dict[str, Any] = {"number": number, **form.cleaned_data}
    try:
        order = find_with_proof(request, given["number"], contact=given["contact"], now=timezone.now())
    except TooManyTries:
        wait = _("Too many tries. Please wait a while.")
        wait_or_link = _("Too many tries. Please wait a while, or use the link in your e-mail.")
        form.add_error(None, wait if number else wait_or_link)
        return None, 429
    if order is None:
        form.add_error(None, _("We found no order with this number and this address or telephone. Please check."))
        return None, 422
    return order, 200


def ask_for_proof(request: ShopRequest, order: Order) -> HttpResponse:
    """To whoever holds the link alone: the look-up form on the page that they wanted, which the answer leads to."""
    form, status = ContactForm(request.POST or None), 403
    if request.method == "POST":
        found, status = look_up(request, form, number=order.number)
        if found:
            return redirect(request.path)
    context = {"form": form, "order": order, "robots": "noindex"}
    return render(request, "shop/tracking/order_prove.html", context, status=status)
