"""Departments and products."""

from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from crm import api as crm
from shop.catalogue.cards import kept_cards
from shop.catalogue.departments import Department, department, departments
from shop.catalogue.kept import campaigns_for, delivery_for, moment_of, product_for
from shop.catalogue.listings import Listing, listing
from shop.catalogue.seen import remember_seen, seen_products
from shop.catalogue.selectors import NotSold, listed_id_of, product_page
from shop.catalogue.wishes import Wish, chips
from shop.index.refresh import version_for
from shop.offer.campaigns import Live, live_offers
from shop.pages.kept import render_kept
from shop.personal.around import shelves_of
from shop.requests import ShopRequest, whole_number
from shop.seo.not_found import near_to, words_in
from shop.wishlist.selectors import wished_ids

SORT_NAMES = [
    ("popular", _("Most popular")),
    ("new", _("Newest")),
    ("price", _("Price, lowest first")),
    ("-price", _("Price, highest first")),
]


@require_safe
def product_list(request: ShopRequest) -> HttpResponse:
    """Everything the shop sells."""
    language, version = request.LANGUAGE_CODE, version_for(request)
    wish = Wish.from_query(request.GET)
    found = listing(wish, version=version, language=language)
    return _show_listing(request, wish, found, way=[], children=departments(version, language))


@require_safe
def category_show(request: ShopRequest, category_slug: str, pk: str) -> HttpResponse:
    language, version = request.LANGUAGE_CODE, version_for(request)
    place = department(int(pk), version, language)
    if place is None:
        return _not_sold(request, category_slug)
    way, children = place
    if category_slug != way[-1].slug:
        return _moved(request, way[-1].url)
    wish = Wish.from_query(request.GET)
    found = listing(wish, version=version, language=language, category_id=way[-1].id)
    return _show_listing(request, wish, found, way=way, children=children)


def _show_listing(
    request: ShopRequest, wish: Wish, found: Listing, *, way: list[Department], children: list[Department]
) -> HttpResponse:
    counts = found.facets.categories
    context = {
        "version": version_for(request),
        "listing": found,
        "wish": wish,
        "sorts": SORT_NAMES,
        "way": way,
        "category": way[-1] if way else None,
        "translations": way[-1].translations if way else None,
        "current_category": way[0].id if way else None,
        "children": [(child, counts[child.id]) for child in children if counts.get(child.id)],
        "chips": chips(wish),
        "cleared_query": "",
        "page_query": urlencode(wish.pairs()),
    }
    return render(request, "shop/catalogue/product_list.html", context)


@require_safe
def product_show(request: ShopRequest, product_slug: str, pk: str) -> HttpResponse:
    """A product; `?option=` is the variant that is chosen."""
    product_id, now = int(pk), timezone.now()
    is_wished = bool(wished_ids(request, [product_id]))
    live = live_offers(request.user, version=version_for(request), now=now)
    draw = partial(_product_context, request, product_slug, product_id, is_wished=is_wished, live=live, now=now)
    try:
        response = render_kept(
            request, "shop/catalogue/product_show.html", draw, depends_on=(moment_of(now), is_wished, live)
        )
    except NotSold:
        return _variant_or_not_sold(request, product_slug, product_id)
    except Moved as moved:
        return _moved(request, moved.url)
    if not request.htmx:  # which asks for another variant of what is looked at
        crm.trace("shop.product.viewed", who=request.who, now=now, subject=f"shop.product:{product_id}")
        remember_seen(request, response, product_id, seen_products(request))
    return response


class Moved(Exception):
    """The product has another address."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


def _moved(request: ShopRequest, url: str, **asked: int) -> HttpResponse:
    """To the address in the language of the page; what stood behind the "?" goes along."""
    query = request.GET.copy()
    for name, value in asked.items():
        query[name] = str(value)
    response = redirect(f"{url}?{query.urlencode()}" if query else url, permanent=True)
    # A browser that kept it would go round in circles once a page has its old name back.
    response["Cache-Control"] = "no-cache"
    return response


def _product_context(
    request: ShopRequest, slug: str, product_id: int, *, is_wished: bool, live: Live, now: datetime
) -> dict[str, Any]:
    language, option = request.LANGUAGE_CODE, whole_number(request.GET.get("option", ""), default=0)
    page = product_for(request, product_id, language=language, option=option, now=now)
    product = page.product
    if product.slug != slug:
        raise Moved(product.url)
    version = version_for(request)
    # In one query for all shelves, the one of what this shopper has seen too, which is drawn in a hole.
    kept_cards([*page.around.ids, *seen_products(request)], version=version, language=language)
    shelves = shelves_of(page.around, version=version, language=language)
    return {
        "key": page.key,
        "product": product,
        "translations": product.translations,
        "reviews": page.reviews,
        "show_photos": settings.REVIEW_PHOTOS,
        "delivery": delivery_for(product, now=now),
        "campaigns": campaigns_for(page, live, language=language),
        "moment": moment_of(now),
        "is_wished": is_wished,
        "current_category": product.way[0].id if product.way else None,
        "shelves": shelves,
        "shown": frozenset({product_id, *(card.id for shelf in shelves for card in shelf.cards)}),
    }


def _variant_or_not_sold(request: ShopRequest, slug: str, product_id: int) -> HttpResponse:
    """A variant's address leads to its parent; anything else is gone."""
    language = request.LANGUAGE_CODE
    try:
        listed_id = listed_id_of(product_id)
        if listed_id == product_id:
            raise NotSold(product_id)
        page = product_page(listed_id, version=version_for(request), language=language)
        return _moved(request, page.url, option=product_id)
    except NotSold:
        return _not_sold(request, slug)


def _not_sold(request: ShopRequest, slug: str) -> HttpResponse:
    """What its address says is what the shopper was after: we look for that."""
    context = {"near": near_to(words_in(slug), language=request.LANGUAGE_CODE), "robots": "noindex"}
    return render(request, "shop/catalogue/product_gone.html", context, status=404)
