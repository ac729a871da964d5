"""The first of two pages from the basket to a paid order: where it goes. The second is paying.py."""

import contextlib
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from shop.basket.selectors import BasketPage, basket_page
from shop.basket.services import BasketIsClosed
from shop.basket.vouchers import take_out_codes
from shop.checkout.forms import DeliveryForm, country_choices
from shop.documents.accepted import AcceptedDocument, NotWhatWasAccepted
from shop.documents.terms import accepted_documents, shown_documents, wording_of
from shop.offer.delivery import delivery_offer
from shop.orders.links import order_token
from shop.orders.placing import BasketIsEmpty, NotEnoughStock, NotOneCurrency, TotalChanged, place_order
from shop.orders.selectors import orders_of_customer
from shop.orders.waiting import remember_waiting, waiting_order
from shop.oscar import Applicator, Basket
from shop.requests import ShopRequest
from shop.shipping.options import TooHeavy, options_for
from shop.shipping.weights import weigh
from shop.tracking.knowing import remember_who_ordered

BASKET_SALT = "shop.checkout-basket"


class NotYourBasket(Exception):
    """The form is of an account that is not logged in here (any more)."""


@never_cache
@require_http_methods(["GET", "POST"])
def index(request: ShopRequest) -> HttpResponse:
    """Where the order goes. Submitting twice leads to the one order that the basket became."""
    if request.method == "POST":
        return _submit(request)
    if request.basket.is_empty:
        if not waiting_order(request.session):  # of which the basket's page tells
            messages.info(request, _("There is nothing in your basket."))
        return redirect("basket:summary")
    page = basket_page(request.basket, language=request.LANGUAGE_CODE)
    if page.gone or page.has_problems:
        return redirect("basket:summary")  # it says what is wrong, line by line
    form = DeliveryForm(initial=_what_we_know(request))
    return _show_form(request, form, page=page)


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
    if basket and basket.owner_id not in (None, request.user.pk):
        return _back_to_basket(request, NotYourBasket())
    now = timezone.now()
    accepted: tuple[AcceptedDocument, ...] = ()
    if basket and basket.status != Basket.SUBMITTED:
        page = basket_page(basket, language=request.LANGUAGE_CODE)
        if page.gone:
            return redirect("basket:summary")  # it says what is gone, line by line
        if not page.lines:
            return _back_to_basket(request, BasketIsEmpty())
        grams = weigh(basket)
        wording = wording_of(shown_documents(page, grams=grams, language=request.LANGUAGE_CODE))
        if page.total == form.cleaned_data["expected_goods_total"] and form.cleaned_data["wording"] != wording:
            return _ask_to_read_again(request, form)
        try:
            accepted = accepted_documents(
                page, grams=grams, delivery=form.delivery, language=request.LANGUAGE_CODE, now=now
            )
        except TooHeavy as problem:
            form.add_error("option", str(problem))
            return _show_form(request, form, status=422)
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
    except TotalChanged as change:
        return _back_to_total(request, change)
    except TooHeavy as problem:
        form.add_error("option", str(problem))
        return _show_form(request, form, status=422)
    except NotWhatWasAccepted:
        return _ask_to_read_again(request, form)
    remember_who_ordered(request, order, email=form.cleaned_data["email"], now=now)
    remember_waiting(request.session, order)
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
    text = _(
        "The price of the delivery or the documents have changed since you opened this page. Please read them again."
    )
    form.add_error("accept", text)
    return _show_form(request, form, status=409)


def _back_to_basket(request: ShopRequest, problem: Exception) -> HttpResponseRedirect:
    if isinstance(problem, NotEnoughStock):
        text = _("Somebody was quicker. No longer available in that number: %(titles)s")
        messages.error(request, text % {"titles": ", ".join(problem.titles)})
    elif isinstance(problem, NotOneCurrency):
        messages.warning(request, _("Something in the basket cannot be delivered like this. Please change it first."))
    elif request.basket.is_empty:
        messages.info(request, _("There is nothing in your basket."))
    else:  # an old tab: its basket was merged with another one at a login, or is gone
        messages.warning(request, _("We could not read the form. Please check your basket and try again."))
    return redirect("basket:summary")


def _back_to_total(request: ShopRequest, change: TotalChanged) -> HttpResponseRedirect:
    """Nothing was ordered or charged. A voucher that is spent leaves the basket: else the next try would end here."""
    if change.spent_codes:
        with contextlib.suppress(BasketIsClosed):
            take_out_codes(request.basket, change.spent_codes)
        text = _("The voucher %(codes)s has been used already or has expired. Please look at the new total.")
        messages.warning(request, text % {"codes": ", ".join(change.spent_codes)})
    else:
        messages.warning(
            request, _("A price or a campaign in your basket has changed. Nothing was charged; here is the new total.")
        )
    return redirect("checkout:index")


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


def _show_form(
    request: ShopRequest, form: DeliveryForm, *, page: BasketPage | None = None, status: int = 200
) -> HttpResponse:
    basket = request.basket
    country = form["country"].value() or "TR"
    page = page or basket_page(basket, language=request.LANGUAGE_CODE)
    grams = weigh(basket)
    documents = shown_documents(page, grams=grams, language=request.LANGUAGE_CODE)
    context = {
        "is_only_for_its_shopper": True,
        "form": form,
        "lines": page.lines,
        "documents": documents,
        "wording": wording_of(documents),
        "basket_token": signing.Signer(salt=BASKET_SALT).sign_object(basket.pk),
        **_ways(page, basket, country=country, chosen=form["option"].value(), grams=grams),
    }
    return render(request, "shop/checkout/fill.html", context, status=status)


def _ways(page: BasketPage, basket: Any, *, country: str, chosen: str | None, grams: int) -> dict[str, Any]:
    """How it may travel, and what everything costs when it goes the chosen way."""
    options = _options(country, basket, timezone.now(), grams=grams)
    offered = [option for option in options if not option["problem"]]
    delivery = next((option for option in offered if option["code"] == chosen or len(options) == 1), None)
    return {
        "options": options,
        "chosen": chosen,
        "discounts": page.discounts,
        "delivery_offer": page.delivery_offer,
        "goods_total": basket.total_incl_tax,
        "currency": basket.currency or settings.OSCAR_DEFAULT_CURRENCY,
        "delivery": delivery,
        "total": basket.total_incl_tax + delivery["price"].paid if delivery else None,
    }


def _options(country: str, basket: Any, now: datetime, *, grams: int) -> list[dict[str, Any]]:
    """What goes to a country; `price` is None where the basket is too heavy, and `problem` says so."""
    currency, total = basket.currency or settings.OSCAR_DEFAULT_CURRENCY, basket.total_incl_tax
    offer = delivery_offer(basket)
    return [
        {
            "code": option.code,
            "name": option.name,
            "description": option.description,
            "price": option.price_for(total, currency, grams=grams, offer=offer) if option.takes(grams) else None,
            "problem": "" if option.takes(grams) else str(TooHeavy(option, grams)),
            "missing_to_free": option.missing_to_free(total, currency),
            "arrival": option.arrival(now, country=country),
        }
        for option in options_for(country)
    ]


@never_cache
@require_GET
def options(request: ShopRequest) -> HttpResponse:
    """The ways to another country, or the sum for another way, for the page to swap in."""
    basket = request.basket
    context = _ways(
        basket_page(basket, language=request.LANGUAGE_CODE),
        basket,
        country=request.GET.get("country", ""),
        chosen=request.GET.get("option", ""),
        grams=weigh(basket),
    )
    return render(request, "shop/checkout/_swapped_options.html", context)
