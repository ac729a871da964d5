"""Departments and products."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from crm import api as crm
from shop.catalogue.cards import cards
from shop.catalogue.listings import Listing, Wish, listing
from shop.catalogue.selectors import NotSold, department, listed_id_of, product_page
from shop.personal.shelves import similar_products
from shop.requests import ShopRequest, whole_number
from shop.seo.not_found import near_to, words_in

COMPANIONS = 4
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
        product = product_page(int(pk), language=language, option=option)
    except NotSold:
        return _variant_or_not_sold(request, product_slug, int(pk))
    if product.slug != product_slug:
        return redirect(product.url, permanent=True)
    if not request.htmx:
        subject = f"shop.product:{product.id}"
        crm.trace("shop.product.viewed", who=request.who, now=timezone.now(), subject=subject)
    similar = [] if request.htmx else similar_products(product.id, limit=COMPANIONS)
    context = {
        "product": product,
        "companions": cards(similar, language=language),
        "current_category": product.category.id if product.category else None,
    }
    return render(request, "shop/catalogue/product_show.html", context)


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
    context = {"near": near_to(words_in(slug), language=request.LANGUAGE_CODE), "robots": "noindex"}
    return render(request, "shop/catalogue/product_gone.html", context, status=404)
