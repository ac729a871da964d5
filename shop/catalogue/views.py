"""Departments and products."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from crm import api as crm
from shop.catalogue.cards import cards
from shop.catalogue.listings import Listing, Wish, listing
from shop.catalogue.seen import remember_seen, seen_products
from shop.catalogue.selectors import NotSold, department, listed_id_of, product_page
from shop.personal.around import shelves_around
from shop.requests import ShopRequest, whole_number
from shop.reviews.selectors import latest_reviews
from shop.search.selectors import search_products
from shop.shipping.estimates import delivery_of
from shop.wishlist.selectors import own_lists

REVIEWS = 4
SORT_NAMES = [
    ("popular", _("Most wanted")),
    ("new", _("Newest")),
    ("price", _("Price, lowest first")),
    ("-price", _("Price, highest first")),
]


@require_safe
def product_list(request: ShopRequest) -> HttpResponse:
    """Everything the shop sells."""
    wish = Wish.from_query(request.GET)
    return _show_listing(request, wish, listing(wish, language=request.LANGUAGE_CODE), way=[], children=[])


@require_safe
def category_show(request: ShopRequest, category_slug: str, pk: str, **_groups: Any) -> HttpResponse:
    language = request.LANGUAGE_CODE
    found = department(int(pk), language)
    if found is None:
        return _not_sold(request, category_slug)
    way, children = found
    if category_slug.rsplit("/", 1)[-1] != way[-1].slug:
        return redirect(way[-1].url, permanent=True)
    wish = Wish.from_query(request.GET)
    found_here = listing(wish, language=language, category_path=way[-1].path)
    return _show_listing(request, wish, found_here, way=way, children=children)


def _show_listing(
    request: ShopRequest, wish: Wish, found: Listing, *, way: list[Any], children: list[Any]
) -> HttpResponse:
    context = {
        "listing": found,
        "wish": wish,
        "sorts": SORT_NAMES,
        "way": way,
        "category": way[-1] if way else None,
        "current_category": way[0].id if way else None,
        "children": children,
        "page_query": urlencode(_kept(wish)),
    }
    return render(request, "shop/catalogue/product_list.html", context)


def _kept(wish: Wish) -> list[tuple[str, str]]:
    """What the links to other pages carry on."""
    kept = [("sort", wish.sort)] if wish.sort != "popular" else []
    if wish.only_available:
        kept.append(("available", "1"))
    if wish.only_offers:
        kept.append(("offers", "1"))
    return kept


@require_safe
def product_show(request: ShopRequest, product_slug: str, pk: str) -> HttpResponse:
    """A product; `?option=` is the variant that is chosen."""
    language = request.LANGUAGE_CODE
    option = whole_number(request.GET.get("option", ""), default=0)
    try:
        product = product_page(int(pk), language=language, option=option, wish_lists=own_lists(request))
    except NotSold:
        return _variant_or_not_sold(request, product_slug, int(pk))
    if product.slug != product_slug:
        return redirect(product.url, permanent=True)
    offer, now = product.chosen.offer, timezone.now()
    context: dict[str, Any] = {
        "product": product,
        "delivery": delivery_of(offer.price, offer.currency, grams=product.grams, now=now) if offer else None,
        "is_wished": product.is_wished,
        "current_category": product.category.id if product.category else None,
    }
    if request.htmx:  # another variant: the rest of the page stays
        return render(request, "shop/catalogue/product_show.html", context)
    crm.trace("shop.product.viewed", who=request.who, now=now, subject=f"shop.product:{product.id}")
    seen = seen_products(request)
    context |= {
        "reviews": latest_reviews(product.id, limit=REVIEWS) if product.rating else [],
        "show_photos": settings.REVIEW_PHOTOS,
        "shelves": shelves_around(product.id, seen=seen, language=language),
    }
    response = render(request, "shop/catalogue/product_show.html", context)
    remember_seen(request, response, product.id, seen)
    return response


def _variant_or_not_sold(request: ShopRequest, slug: str, product_id: int) -> HttpResponse:
    """A variant's address leads to its parent; anything else is gone."""
    language = request.LANGUAGE_CODE
    try:
        listed_id = listed_id_of(product_id)
        if listed_id == product_id:
            raise NotSold(product_id)
        return redirect(f"{product_page(listed_id, language=language).url}?option={product_id}", permanent=True)
    except NotSold:
        return _not_sold(request, slug)


def _not_sold(request: ShopRequest, slug: str) -> HttpResponse:
    """What its address says is what the shopper was after: we look for that."""
    language = request.LANGUAGE_CODE
    words = slug.replace("-", " ").replace("/", " ")
    found = search_products(words, language=language, limit=4)
    context = {"guess": words, "cards": cards(found.ids, language=language)}
    return render(request, "shop/catalogue/product_gone.html", context, status=404)
