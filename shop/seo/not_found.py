"""The page for an address that is not there: mended where that is plain, else full of what comes close."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.http import escape_leading_slashes
from django.utils.translation import get_language

from crm import api as crm
from knowledgebase import api as knowledgebase
from shop.catalogue.cards import Card, cards
from shop.catalogue.departments import Department, departments
from shop.index.refresh import current_version
from shop.search.selectors import search_products
from shop.seo.addresses import INDEXED

CARDS, ANSWERS, DEPARTMENTS, WORDS = 4, 3, 12, 6
# Where only machines ask for what is not there.
_MACHINES = re.compile(
    r"^/(media|static|webhooks|sitemap|\.|wp-|cgi-bin)|/\.\w|\.(php\d?|aspx?|jsp|cgi|env|git|sql|bak|ini|ya?ml|zip|gz|"
    r"map|js|css|json|xml|txt|png|jpe?g|webp|gif|svg|ico|woff2?)/?$",
    re.IGNORECASE,
)
# Names of shelves in our addresses and in those of other shops: nobody is looking for them.
_SHELVES = frozenset(
    {
        "catalogue", "catalog", "category", "categories", "product", "products", "item", "items", "shop",
        "store", "collections", "help", "articles", "search", "html", "htm", "index", "page", "pages", "en",
        "tr", "urun", "urunler", "ürün", "ürünler", "kategori", "kategoriler", "magaza", "mağaza", "sayfa",
        "yardim", "yardım",
    }
)  # fmt: skip
_TAIL = ".,;:!?)]}>'\"*»”’"


@dataclass(frozen=True)
class Near:
    """What comes close to some words: products, departments and answers; all empty while the database is away."""

    guess: str = ""
    cards: list[Card] = field(default_factory=list)
    departments: list[Department] = field(default_factory=list)
    answers: list[knowledgebase.FoundArticle] = field(default_factory=list)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404. Who looks at pages gets help; machines and fragments of pages get a word."""
    if getattr(request, "htmx", False) or _MACHINES.search(request.path):
        return HttpResponse("Not found", status=404, content_type="text/plain; charset=utf-8")
    if request.method not in ("GET", "HEAD"):
        return render(request, "404.html", {"near": Near(), "robots": "noindex"}, status=404)
    mended = mended_path(request.path)
    if mended:
        query = request.META.get("QUERY_STRING", "")
        return HttpResponsePermanentRedirect(mended + (f"?{query}" if query else ""))
    # The address of a page that is somebody's own is made of keys: no words.
    words = words_in(request.path) if _is_public(request) else ""
    near = near_to(words, language=get_language() or settings.LANGUAGE_CODE)
    return render(request, "404.html", {"near": near, "robots": "noindex"}, status=404)


def _is_public(request: HttpRequest) -> bool:
    return request.resolver_match is None or request.resolver_match.view_name in INDEXED


def words_in(path: str) -> str:
    """What an address says its page is about: its words without shelves, numbers and endings."""
    words = re.split(r"[^\w]+|_|\d+", crm.clean_line(urlsplit(path).path[:500]))
    wanted = [word for word in words if len(word) > 1 and word.lower() not in _SHELVES]
    return " ".join(wanted[-WORDS:])


def near_to(words: str, *, language: str) -> Near:
    """What to look at instead; six queries at most, and never an error."""
    try:
        version = current_version()
        found = search_products(words, language=language, limit=CARDS, version=version) if words else None
        return Near(
            guess=words,
            cards=cards(found.ids, language=language) if found else [],
            departments=departments(version, language)[:DEPARTMENTS],
            answers=knowledgebase.search_articles(found.question, language=language, limit=ANSWERS, known=found.known)
            if found
            else [],
        )
    except DatabaseError:
        return Near(guess=words)


def mended_path(path: str) -> str:
    """The public page that an address means which was typed in capitals, with a slash too many or with the full stop
    of the sentence that it stood in; "" if there is none.
    """
    mended = escape_leading_slashes(re.sub(r"/{2,}", "/", path).rstrip(_TAIL).lower())
    mended = mended if mended.endswith("/") else f"{mended}/"
    if mended == path:
        return ""
    return mended if any(_is_page(mended, language) for language, _name in settings.LANGUAGES) else ""


def _is_page(path: str, language: str) -> bool:
    with translation.override(language):
        try:
            return resolve(path).view_name in INDEXED
        except Resolver404:
            return False
