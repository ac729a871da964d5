"""Following an order without an account: by the link in the mail, or by its number and e-mail address."""

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from crm import api as crm
from shop.documents.papers import papers_of
from shop.orders.lines import lines_of
from shop.orders.links import NotAnOrderLink, order_for_token, order_token
from shop.orders.selectors import find_order, parcels_of
from shop.requests import ShopRequest
from shop.tracking.limits import TooManyTries, count_try

STEPS = (
    ("paid", _("Paid")),
    ("shipped", _("On its way")),
    ("delivered", _("Delivered")),
)
REACHED = {"pending": 0, "paid": 1, "packed": 1, "shipped": 2, "delivered": 3}


class FindOrderForm(forms.Form):
    number = forms.CharField(
        label=_("Order number"),
        max_length=40,
        help_text=_("You find it in your confirmation mail."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("The one you gave with the order."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def track(request: ShopRequest) -> HttpResponse:
    """A wrong number, a wrong address and an order that does not exist get the same answer."""
    form = FindOrderForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            count_try(crm.address_of(request) or "")
            order = find_order(form.cleaned_data["number"], email=form.cleaned_data["email"])
        except TooManyTries:
            form.add_error(None, _("Too many tries. Please wait ten minutes, or use the link in your mail."))
            status = 429
        else:
            if order:
                return redirect("shop:tracking", token=order_token(order))
            form.add_error(None, _("We found no order with this number and e-mail address. Please check both."))
            status = 422
    return render(request, "shop/tracking/order_find.html", {"form": form}, status=status)


@never_cache
@require_GET
def tracking(request: ShopRequest, token: str) -> HttpResponse:
    try:
        order = order_for_token(token)
    except NotAnOrderLink as error:
        raise Http404 from error
    reached = REACHED.get(order.status, 0)
    context = {
        "order": order,
        "token": token,
        "lines": lines_of(order, request.LANGUAGE_CODE),
        "parcels": parcels_of(order),
        "papers": papers_of(order),
        "steps": [
            {"label": label, "is_done": place <= reached, "is_current": place == reached}
            for place, (_code, label) in enumerate(STEPS, start=1)
        ],
    }
    return render(request, "shop/tracking/order_track.html", context)
