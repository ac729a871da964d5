"""The search page, and what appears below the field while somebody types."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from crm import api as crm
from knowledgebase import api as knowledgebase
from shop.catalogue.cards import cards
from shop.catalogue.listings import PAGE_SIZE, Listing, Wish
from shop.catalogue.selectors import departments
from shop.requests import ShopRequest
from shop.search.selectors import clean_query, search_departments, search_products

SUGGESTIONS = 5
ANSWERS = 3


@require_safe
def search(request: ShopRequest) -> HttpResponse:
    language = request.LANGUAGE_CODE
    query = clean_query(request.GET.get("q", ""))
    found = search_products(query, language=language)
    pages = max(1, -(-len(found.ids) // PAGE_SIZE))
    page = min(max(Wish.from_query(request.GET).page, 1), pages)
    shown = found.ids[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    listing = Listing(cards(shown, language=language), len(found.ids), page, pages)
    if found.query and page == 1:
        data = {"query": query, "results": listing.count}
        crm.trace("shop.catalogue.searched", who=request.who, now=timezone.now(), data=data)
    context = {
        "query": query,
        "listing": listing,
        "found_departments": search_departments(query, language=language),
        "answers": knowledgebase.search_articles(query, language=language, limit=ANSWERS) if query else [],
        "all_departments": [] if listing.count else departments(language),
        "page_query": urlencode({"q": query}),
        "robots": "noindex",
    }
    return render(request, "shop/search/product_search.html", context)


@require_safe
def suggest(request: ShopRequest) -> HttpResponse:
    """A fragment: products, departments and answers for a query that is still being typed."""
    language = request.LANGUAGE_CODE
    query = clean_query(request.GET.get("q", ""))
    found = search_products(query, language=language, limit=SUGGESTIONS) if len(query) > 1 else None
    context = {
        "query": query,
        "cards": cards(found.ids, language=language) if found else [],
        "departments": search_departments(query, language=language) if found else [],
        "answers": knowledgebase.search_articles(query, language=language, limit=2, as_typed=True) if found else [],
    }
    return render(request, "shop/search/_suggestions.html", context)
