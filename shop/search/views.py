"""The search page, and what appears below the field while somebody types."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from crm import api as crm
from knowledgebase import api as knowledgebase
from shop.catalogue.cards import cards
from shop.catalogue.departments import Department, departments
from shop.catalogue.facets import Facets
from shop.catalogue.listings import Listing, listing_of_found
from shop.catalogue.views import SORT_NAMES
from shop.catalogue.wishes import Wish, chips
from shop.index.refresh import version_for
from shop.pages.kept import render_kept
from shop.requests import ShopRequest
from shop.search import kept
from shop.search.selectors import Found, clean_query, search_departments, search_products

SUGGESTIONS = 5
BEST_FIRST = ""
BEST_NAME = _("Most relevant")


@require_safe
def search(request: ShopRequest) -> HttpResponse:
    language, version = request.LANGUAGE_CODE, version_for(request)
    query = clean_query(request.GET.get("q", ""))
    found = kept.found(version, language, query)
    wish = Wish.from_query(request.GET, default_sort=BEST_FIRST)
    facets = kept.facets(version, language, query, wish.narrowing())
    if found.query and wish.page == 1 and not wish.is_narrowed:
        data = {"query": query, "results": facets.count}
        crm.trace("shop.catalogue.searched", who=request.who, now=timezone.now(), data=data)
    draw = partial(_search_context, query, wish, found, facets, version=version, language=language)
    return render_kept(request, "shop/search/product_search.html", draw)


def _search_context(
    query: str,
    wish: Wish,
    found: Found,
    facets: Facets,
    *,
    version: int,
    language: str,
) -> dict[str, Any]:
    listing = listing_of_found(wish, found.ids, facets, language=language)
    hidden = [("q", query)]
    return {
        "query": query,
        "meant": found.meant,
        "listing": listing,
        "wish": wish,
        "departments": _departments_of(listing, wish, departments(version, language)),
        "sorts": [(BEST_FIRST, BEST_NAME), *SORT_NAMES],
        "found_departments": search_departments(query, version=version, language=language),
        "answers": kept.answers(version, language, query),
        "all_departments": departments(version, language),
        "chips": chips(wish, hidden=hidden),
        "hidden": hidden,
        "cleared_query": urlencode(hidden),
        "page_query": urlencode([*hidden, *wish.pairs()]),
        "robots": "noindex",
    }


def _departments_of(listing: Listing, wish: Wish, every: list[Department]) -> list[tuple[Department, int]]:
    """Where the things found are, if that is more than one place, and the one that was chosen."""
    counts = listing.facets.categories
    found = [(entry, counts.get(entry.id, 0)) for entry in every if entry.id in counts or entry.id == wish.category]
    return found if len(found) > 1 or wish.category else []


@require_safe
def suggest(request: ShopRequest) -> HttpResponse:
    """A fragment: products, departments and answers for a query that is still being typed."""
    language, version = request.LANGUAGE_CODE, version_for(request)
    query = clean_query(request.GET.get("q", ""))
    if len(query) < 2:
        return render(request, "shop/search/_suggestions.html", {"query": query})
    found = search_products(query, language=language, limit=SUGGESTIONS, as_typed=True, version=version)
    context = {
        "query": query,
        "meant": found.meant,
        "cards": cards(found.ids, language=language),
        "departments": search_departments(query, version=version, language=language),
        "answers": knowledgebase.search_articles(
            found.question, language=language, limit=2, as_typed=True, known=found.known
        ),
    }
    return render(request, "shop/search/_suggestions.html", context)
