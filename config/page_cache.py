"""Whole pages that are the same for every stranger, kept for a second by the process that made them.

A second is what a change may take to be seen (prices, stock, texts), so nothing has to be told that a page is out of
date. It is over when the process asks for the version of the index anew (shop/index/refresh.py). Pages that note who
looked at what (products, searches) are kept by shop/pages instead.
"""

import time
from collections.abc import Callable, Hashable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

KEPT = {"shop:home", "catalogue:index", "catalogue:category"}
MOST = 1000
# Cookies of no consequence for these pages; whoever brings any other gets a page made for the occasion.
STRANGERS = {settings.VISITOR_COOKIE, settings.CSRF_COOKIE_NAME}

Answer = Callable[[HttpRequest], HttpResponseBase]


def keep_pages(get_response: Answer) -> Answer:
    """Outermost: what is kept has all its headers, and serving it asks nobody. PAGE_CACHE_SECONDS=0 turns it off."""
    pages: dict[Hashable, tuple[float, bytes, dict[str, str]]] = {}

    def middleware(request: HttpRequest) -> HttpResponseBase:
        key = _key(request) if settings.PAGE_CACHE_SECONDS else None
        if key is None:
            return get_response(request)
        until, content, headers = pages.get(key, (0.0, b"", {}))
        if until > time.monotonic():
            return HttpResponse(content, headers=headers)
        response = get_response(request)
        if isinstance(response, HttpResponse) and _is_same_for_all(request, response):
            if len(pages) >= MOST:
                pages.clear()
            shown_until: float = getattr(request, "shown_until", 0.0)
            pages[key] = (shown_until, response.content, dict(response.items()))
        return response

    return middleware


def _key(request: HttpRequest) -> Hashable | None:
    """What such a page depends on; None for whoever is no stranger."""
    meta = request.META
    if request.method != "GET" or "HTTP_HX_REQUEST" in meta or not request.COOKIES.keys() <= STRANGERS:
        return None
    compressed = "gzip" in meta.get("HTTP_ACCEPT_ENCODING", "")
    return request.scheme, meta.get("HTTP_HOST"), request.get_full_path(), compressed


def _is_same_for_all(request: HttpRequest, response: HttpResponse) -> bool:
    match = request.resolver_match
    return (
        response.status_code == 200
        and match is not None
        and match.view_name in KEPT
        and response.cookies.keys() <= {settings.VISITOR_COOKIE}
    )
