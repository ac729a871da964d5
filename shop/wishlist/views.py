"""The wish list. Every change is a form that works without scripts; htmx only saves the reload."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from shop.basket.services import BasketIsClosed, NotForSale, OtherCurrency, SoldOut, put_into_basket
from shop.index.refresh import version_for
from shop.limits import TooManyTries, count_try, visitor_of
from shop.requests import ShopRequest, address_within
from shop.wishlist import services
from shop.wishlist.selectors import cards_of_list, guest_list_id, own_list, remember_list, shared_list

# New lists of guests from one address: a row each.
NEW_LISTS, SECONDS = 60, 3600


@never_cache
@require_safe
def show(request: ShopRequest) -> HttpResponse:
    version_for(request)  # the cards are to be those of now
    wish_list = own_list(request)
    shared_url = ""
    if wish_list and wish_list.share_key:
        shared_url = settings.SITE_URL + reverse("shop:wishes_shared", args=[wish_list.share_key])
    context: dict[str, Any] = {
        "cards": cards_of_list(wish_list, language=request.LANGUAGE_CODE) if wish_list else [],
        "wish_list": wish_list,
        "shared_url": shared_url,
        "is_customer": request.who.customer_id is not None,
        "most": services.MOST,
        "robots": "noindex",
    }
    return render(request, "shop/wishlist/show.html", context)


@require_POST
def add(request: ShopRequest, product_id: int) -> HttpResponse:
    customer_id, list_id = request.who.customer_id, guest_list_id(request)
    made = None
    try:
        if customer_id is None and list_id is None:
            count_try("wish-list", visitor_of(request), tries=NEW_LISTS, seconds=SECONDS)
        made = services.add_wish(
            product_id, list_id=list_id, customer_id=customer_id, who=request.who, now=timezone.now()
        )
    except services.NothingToWishFor as error:
        raise Http404 from error
    except services.WishListIsFull:
        text = _("Your wish list is full: %(most)s things are on it. Take something off first.")
        messages.warning(request, text % {"most": services.MOST})
    except TooManyTries:
        messages.error(request, _("That is a lot in a short time. Please wait an hour, or log in."))
    else:
        if not request.htmx:
            messages.success(request, _("It is on your wish list."))
    response = _done(request, product_id, is_wished=made is not None)
    if made is not None and customer_id is None and made.pk != list_id:
        remember_list(response, made.pk)
    return response


@require_POST
def remove(request: ShopRequest, product_id: int) -> HttpResponse:
    wish_list = own_list(request)
    if wish_list:
        services.remove_wish(wish_list.pk, product_id, who=request.who, now=timezone.now())
    return _done(request, product_id, is_wished=False)


def _done(request: ShopRequest, product_id: int, *, is_wished: bool) -> HttpResponse:
    if request.htmx:
        context = {"product_id": product_id, "is_wished": is_wished, "is_new": is_wished}
        return render(request, "shop/wishlist/_answer.html", context)
    return HttpResponseRedirect(address_within(request, request.POST.get("next", ""), or_else="shop:wishes"))


@require_POST
def to_basket(request: ShopRequest, product_id: int) -> HttpResponse:
    """Into the basket, and off the list if that went well."""
    wish_list, now = own_list(request), timezone.now()
    try:
        put_into_basket(request.basket, product_id, quantity=1, who=request.who, now=now)
    except NotForSale:
        messages.error(request, _("This product is no longer sold, or you still have to choose a variant."))
    except SoldOut as error:
        text = _("All we have of it is in your basket already.") if error.stock else _("It has just been sold out.")
        messages.warning(request, text)
    except OtherCurrency:
        messages.warning(request, _("Your basket is in another currency. Please order that first."))
    except BasketIsClosed:
        messages.warning(request, _("Your last basket is already an order. Please add the product once more."))
    else:
        messages.success(request, _("It is in your basket now."))
        if wish_list:
            services.remove_wish(wish_list.pk, product_id, who=request.who, now=now)
    return redirect("shop:wishes")


@require_POST
def share(request: ShopRequest) -> HttpResponse:
    """`share` is "yes" or "no"; `shows_name` is "on" where the owner's first name may be seen."""
    wish_list = own_list(request)
    if wish_list is None:
        return redirect("shop:wishes")
    if request.POST.get("share") == "yes":
        services.share_list(wish_list.pk, shows_name=request.POST.get("shows_name") == "on")
    else:
        services.stop_sharing(wish_list.pk)
        messages.success(request, _("The link leads nowhere any more."))
    return redirect(reverse("shop:wishes") + "#share")


@never_cache
@require_safe
def shared(request: ShopRequest, key: str) -> HttpResponse:
    version_for(request)  # the cards are to be those of now
    found = shared_list(key, language=request.LANGUAGE_CODE)
    if found is None:
        raise Http404
    return render(request, "shop/wishlist/shared.html", {"shared": found, "robots": "noindex"})
