"""Two pages from the basket to the order: where it goes, then the payment."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from shop.basket.selectors import basket_page
from shop.checkout.forms import CardForm, DeliveryForm, country_choices
from shop.documents.accepted import AcceptedDocument, NotWhatWasAccepted
from shop.documents.papers import papers_of
from shop.documents.terms import accepted_documents, shown_documents, wording_of
from shop.orders.lines import lines_of
from shop.orders.links import NotAnOrderLink, order_for_token, order_token
from shop.orders.placing import (
    BasketIsEmpty,
    NotEnoughStock,
    NotOneCurrency,
    Order,
    TotalChanged,
    place_order,
)
from shop.orders.selectors import orders_of_customer
from shop.oscar import Applicator, Basket
from shop.payment.services import CannotBePaid, PaymentUnderWay, pay_by_card
from shop.requests import ShopRequest
from shop.shipping.options import options_for

BASKET_SALT = "shop.checkout-basket"


@never_cache
@require_http_methods(["GET", "POST"])
def index(request: ShopRequest) -> HttpResponse:
    """Where the order goes. Submitting twice leads to the one order that the basket became."""
    if request.method == "POST":
        return _submit(request)
    if request.basket.is_empty:
        messages.info(request, _("Your basket is empty."))
        return redirect("basket:summary")
    page = basket_page(request.basket, language=request.LANGUAGE_CODE)
    if page.gone or page.has_problems:
        return redirect("basket:summary")  # it says what is wrong, line by line
    form = DeliveryForm(initial=_what_we_know(request))
    return _show_form(request, form)


def _submit(request: ShopRequest) -> HttpResponse:
    form = DeliveryForm(request.POST)
    try:
        basket_id = signing.Signer(salt=BASKET_SALT).unsign_object(request.POST.get("basket", ""))
    except signing.BadSignature:
        messages.error(request, _("We could not read the form. Please check your basket and try again."))
        return redirect("basket:summary")
    if not form.is_valid():
        return _show_form(request, form, status=422)
    basket = _basket(request, basket_id)
    now = timezone.now()
    accepted: tuple[AcceptedDocument, ...] = ()
    if basket and basket.status != Basket.SUBMITTED:
        page = basket_page(basket, language=request.LANGUAGE_CODE)
        if page.gone:
            return redirect("basket:summary")  # it says what is gone, line by line
        if not page.lines:
            return _back_to_basket(request, BasketIsEmpty())
        wording = wording_of(shown_documents(page, language=request.LANGUAGE_CODE))
        if page.total == form.cleaned_data["expected_goods_total"] and form.cleaned_data["wording"] != wording:
            return _ask_to_read_again(request, form)
        accepted = accepted_documents(page, delivery=form.delivery, language=request.LANGUAGE_CODE, now=now)
    try:
        order = place_order(
            basket_id,
            delivery=form.delivery,
            expected_goods_total=form.cleaned_data["expected_goods_total"],
            user=request.user if request.user.is_authenticated else None,
            visitor=request.who.visitor,
            language=request.LANGUAGE_CODE,
            now=now,
            accepted=accepted,
        )
    except (NotEnoughStock, NotOneCurrency, BasketIsEmpty) as problem:
        return _back_to_basket(request, problem)
    except TotalChanged:
        messages.warning(request, _("A price in your basket has changed. Please look at the new total."))
        return redirect("checkout:index")
    except NotWhatWasAccepted:
        return _ask_to_read_again(request, form)
    return redirect("checkout:pay", token=order_token(order))


def _basket(request: ShopRequest, basket_id: int) -> Any:
    """The basket that the form was shown for: the browser's own, or that of an old tab; None if it is gone."""
    if request.basket.pk == basket_id:
        return request.basket
    basket = Basket.objects.filter(pk=basket_id).first()
    if basket:
        basket.strategy = request.strategy
        Applicator().apply(basket, request.user, request)
    return basket


def _ask_to_read_again(request: ShopRequest, form: DeliveryForm) -> HttpResponse:
    """The texts, or the goods that they speak of, are not what was read: nothing is ordered, nothing typed is lost."""
    if request.basket.is_empty:
        return _back_to_basket(request, BasketIsEmpty())
    without_tick = request.POST.copy()
    without_tick.pop("accept", None)
    form.data = without_tick
    form.add_error("accept", _("The documents have changed since you opened this page. Please read them again."))
    return _show_form(request, form, status=409)


def _back_to_basket(request: ShopRequest, problem: Exception) -> HttpResponseRedirect:
    if isinstance(problem, NotEnoughStock):
        text = _("Somebody was quicker. No longer available in that number: %(titles)s")
        messages.error(request, text % {"titles": ", ".join(problem.titles)})
    elif isinstance(problem, NotOneCurrency):
        messages.warning(request, _("Something in the basket cannot be delivered like this. Please change it first."))
    elif request.basket.is_empty:
        messages.info(request, _("Your basket is empty."))
    else:  # an old tab: its basket was merged with another one at a login, or is gone
        messages.warning(request, _("We could not read the form. Please check your basket and try again."))
    return redirect("basket:summary")


def _what_we_know(request: ShopRequest) -> dict[str, Any]:
    """What the form is filled in with: the account's name, and where its last order went."""
    known: dict[str, Any] = {"country": "TR", "option": "standard"}
    if not request.user.is_authenticated:
        return known
    known |= {"email": request.user.email, "name": request.user.get_full_name()}
    last = orders_of_customer(request.who.customer_id).first() if request.who.customer_id else None
    address = last.shipping_address if last else None
    if address and address.country_id in dict(country_choices()):
        known |= {
            "address": address.line1,
            "postcode": address.postcode,
            "city": address.line4,
            "country": address.country_id,
            "phone": address.phone_number,
        }
    return known


def _show_form(request: ShopRequest, form: DeliveryForm, status: int = 200) -> HttpResponse:
    basket = request.basket
    country = form["country"].value() or "TR"
    page = basket_page(basket, language=request.LANGUAGE_CODE)
    documents = shown_documents(page, language=request.LANGUAGE_CODE)
    context = {
        "form": form,
        "lines": page.lines,
        "documents": documents,
        "wording": wording_of(documents),
        "goods_total": basket.total_incl_tax,
        "currency": basket.currency,
        "basket_token": signing.Signer(salt=BASKET_SALT).sign_object(basket.pk),
        "options": _options(country, basket, timezone.now()),
        "chosen": form["option"].value(),
    }
    return render(request, "shop/checkout/fill.html", context, status=status)


def _options(country: str, basket: Any, now: datetime) -> list[dict[str, Any]]:
    currency, total = basket.currency or settings.OSCAR_DEFAULT_CURRENCY, basket.total_incl_tax
    return [
        {
            "code": option.code,
            "name": option.name,
            "description": option.description,
            "charge": option.charge_for(total, currency),
            "arrival": option.arrival(now),
        }
        for option in options_for(country)
    ]


@never_cache
@require_GET
def options(request: ShopRequest) -> HttpResponse:
    """The shipping options of another country, for the page to swap in."""
    basket = request.basket
    context = {
        "options": _options(request.GET.get("country", ""), basket, timezone.now()),
        "currency": basket.currency,
        "chosen": request.GET.get("option", ""),
    }
    return render(request, "shop/checkout/_shipping_options.html", context)


def _order_or_404(token: str) -> Order:
    try:
        return order_for_token(token)
    except NotAnOrderLink as error:
        raise Http404 from error


@never_cache
@require_http_methods(["GET", "POST"])
def pay(request: ShopRequest, token: str) -> HttpResponse:
    """The simulated card. A double click pays once; a declined card may be followed by another one."""
    order = _order_or_404(token)
    if order.status != "pending":
        return redirect("checkout:thank-you", token=token)
    form = CardForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            payment = pay_by_card(order.pk, card_number=form.cleaned_data["card_number"], now=timezone.now())
        except PaymentUnderWay:
            messages.info(request, _("Your payment is being processed. This page shows when it is done."))
            return redirect("shop:tracking", token=token)
        except CannotBePaid:
            messages.error(request, _("This order was cancelled because it was not paid in time."))
            return redirect("shop:tracking", token=token)
        if payment.status == payment.Status.CAPTURED:
            return redirect("checkout:thank-you", token=token)
        form.add_error("card_number", _("The card was declined. Nothing was charged; please try another card."))
    context = {"order": order, "lines": lines_of(order, request.LANGUAGE_CODE), "form": form}
    return render(request, "shop/checkout/pay.html", context, status=422 if form.errors else 200)


@never_cache
@require_GET
def thank_you(request: ShopRequest, token: str) -> HttpResponse:
    order = _order_or_404(token)
    if order.status == "pending":
        return redirect("checkout:pay", token=token)
    context = {
        "order": order,
        "token": token,
        "lines": lines_of(order, request.LANGUAGE_CODE),
        "has_account": request.user.is_authenticated,
        "papers": papers_of(order),
    }
    return render(request, "shop/checkout/thank.html", context)
