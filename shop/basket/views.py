"""The basket. Everything is a form that works without scripts; htmx only saves the reload."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from shop.basket import memory, vouchers
from shop.basket.selectors import BasketPage, basket_page
from shop.basket.services import (
    BasketIsClosed,
    NotForSale,
    OtherCurrency,
    SoldOut,
    change_quantity,
    clear_away,
    put_into_basket,
)
from shop.basket.vouchers import Reason, VoucherRefused
from shop.catalogue.offers import NO_LOOK, looks_of
from shop.catalogue.selectors import NotSold, listed_id_of
from shop.limits import TooManyTries, count_try, visitor_of
from shop.orders.waiting import waiting_order
from shop.pages.own import basket_link
from shop.requests import ShopRequest, address_within, whole_number

# A code is worth money: whoever guesses has to wait.
VOUCHER_TRIES = 10
VOUCHER_SECONDS = 600


@never_cache
@require_safe
def summary(request: ShopRequest) -> HttpResponse:
    return render(request, "shop/basket/show.html", {**_context(request), "waiting": waiting_order(request.session)})


@never_cache
@require_safe
def link(request: ShopRequest) -> HttpResponse:
    """The header's link with its number, for a page that was drawn before the basket changed.

    With the token that its forms need by now: whoever logged in meanwhile, in another tab, has a new one.
    """
    response = HttpResponse(basket_link(request))
    if settings.CSRF_COOKIE_NAME in request.COOKIES:
        trigger_client_event(response, "shop:token", {"token": get_token(request)})
    return response


def _context(request: ShopRequest) -> dict[str, Any]:
    """The basket as it is now. Lines that nobody can buy any more are cleared away, and the shopper is told."""
    language = request.LANGUAGE_CODE
    page = basket_page(request.basket, language=language)
    gone = memory.titles_gone(request.session, request.basket, page)
    if page.gone:
        clear_away(request.basket, page.gone)
    for title in gone or ([""] if page.gone else []):
        messages.warning(request, _no_longer_sold(title))
    memory.remember(request.session, request.basket, page)
    # What a search engine sees is always empty, and says that it is not to be found.
    return {"page": page, "is_only_for_its_shopper": bool(page.lines), "free_share": _free_share(page)}


def _free_share(page: BasketPage) -> int:
    """How far the basket is on its way to free delivery, in per cent."""
    if page.is_delivery_free:
        return 100
    goal = page.total + page.to_free_delivery
    return int(page.total / goal * 100) if goal else 0


def _no_longer_sold(title: str) -> str:
    if not title:
        return _("Something in your basket is no longer sold. We took it out.")
    return _("“%(title)s” is no longer sold. We took it out of your basket.") % {"title": title}


@require_POST
def add(request: ShopRequest, pk: int) -> HttpResponse:
    """Put a product or a variant into the basket, then back to where the shopper was."""
    language = request.LANGUAGE_CODE
    title = _title_of(pk, language)
    try:
        quantity = whole_number(request.POST.get("quantity", ""), default=1)
        done = put_into_basket(request.basket, pk, quantity=quantity, who=request.who, now=timezone.now())
    except NotForSale:
        messages.error(request, _("This product is no longer sold, or you still have to choose a variant."))
    except SoldOut as error:
        messages.warning(request, _sold_out(title, error.stock))
    except OtherCurrency as error:
        messages.warning(request, _other_currency(title, error))
    except BasketIsClosed:
        messages.warning(request, _("Your last basket is already an order. Please add the product once more."))
    else:
        memory.remember(request.session, request.basket, basket_page(request.basket, language=language))
        to_basket = format_html('<a href="{}">{}</a>', reverse("basket:summary"), _("Go to the basket"))
        messages.success(request, format_html("{} {}", _added(title, done.quantity), to_basket))
        if done.is_cut:
            messages.warning(request, _("That is all we have."))
    return HttpResponseRedirect(address_within(request, request.POST.get("next", ""), or_else="basket:summary"))


def _title_of(product_id: int, language: str) -> str:
    try:
        listed_id = listed_id_of(product_id)
    except NotSold:
        return ""
    looks = looks_of({product_id, listed_id}, language)
    names = [looks.get(id, NO_LOOK).title for id in dict.fromkeys((listed_id, product_id))]
    return ", ".join(filter(None, names)) or _("The product")


def _added(title: str, quantity: int) -> str:
    return ngettext(
        "%(title)s is in your basket.", "%(title)s is in your basket: %(quantity)d pieces now.", quantity
    ) % {"title": title, "quantity": quantity}


def _sold_out(title: str, stock: int) -> str:
    if stock:
        return _("All we have of %(title)s is in your basket already.") % {"title": title}
    return _("%(title)s has just been sold out.") % {"title": title}


def _other_currency(title: str, error: OtherCurrency) -> str:
    text = _("Your basket is in %(basket)s, %(title)s is sold in %(product)s. Please order them one after the other.")
    return text % {"basket": error.basket, "title": title, "product": error.product}


@require_POST
def change(request: ShopRequest, line_id: int) -> HttpResponse:
    """Set a line's quantity (`quantity`, 0 takes it out)."""
    quantity = whole_number(request.POST.get("quantity", ""), default=-1)
    try:
        if quantity < 0:
            messages.error(request, _("Please give the quantity as a number."))
        else:
            done = change_quantity(request.basket, line_id, quantity=quantity, who=request.who, now=timezone.now())
            if done.is_cut:
                messages.warning(
                    request, _("That is all we have of it: the quantity is now %(n)d.") % {"n": done.quantity}
                )
    except BasketIsClosed:
        messages.warning(request, _("This basket is already an order, so it stays as it is."))
    return _changed(request)


def _changed(request: ShopRequest) -> HttpResponse:
    if request.htmx:
        return render(request, "shop/basket/_basket.html", {**_context(request), "is_fragment": True})
    memory.remember(request.session, request.basket, basket_page(request.basket, language=request.LANGUAGE_CODE))
    return redirect("basket:summary")


@require_POST
def enter_voucher(request: ShopRequest) -> HttpResponse:
    """A voucher's `code`: what it gives is in the basket then, or the shopper reads why not."""
    user = request.user if request.user.is_authenticated else None
    try:
        count_try("voucher", visitor_of(request), tries=VOUCHER_TRIES, seconds=VOUCHER_SECONDS)
        voucher = vouchers.enter_code(request.basket, request.POST.get("code", ""), user=user, now=timezone.now())
    except TooManyTries:
        messages.error(request, _("Too many codes in a short time. Please wait ten minutes."))
    except VoucherRefused as refusal:
        messages.warning(request, _why_no_voucher(refusal.reason))
    except BasketIsClosed:
        messages.warning(request, _("This basket is already an order, so it stays as it is."))
    else:
        messages.success(request, _("The voucher “%(name)s” is in your basket.") % {"name": voucher.code})
    return _changed(request)


def _why_no_voucher(reason: Reason) -> str:
    return {
        Reason.UNKNOWN: _("We know no voucher with this code. Please look at how it is spelt."),
        Reason.NOT_YET: _("This voucher cannot be used yet."),
        Reason.EXPIRED: _("This voucher has expired."),
        Reason.USED_UP: _("This voucher has been used already."),
        Reason.ONLY_ONCE: _("This voucher can be used once, and you have done so with an earlier order."),
        Reason.NOTHING_FITS: _("Nothing in your basket goes with this voucher at the moment."),
    }[reason]


@require_POST
def take_out_voucher(request: ShopRequest, voucher_id: int) -> HttpResponse:
    try:
        vouchers.take_out_voucher(request.basket, voucher_id)
    except BasketIsClosed:
        messages.warning(request, _("This basket is already an order, so it stays as it is."))
    return _changed(request)
