"""Whole pages that are the same for every stranger, kept for a second by the process that made them.

A second is what a change may take to be seen (prices, stock, texts), so nothing has to be told that a page is out of
date. It is over when the process asks for the version of the index anew (shop/index/refresh.py). Pages that note who
looked at what (products, searches) are kept by shop/pages instead.

`keep_pages` keeps them inside Django, where it is known what a page is; `serve_kept_pages` hands them out in front of
Django, which would take longer to look at the request than the page takes to be found. PAGE_CACHE_SECONDS=0 turns both
off.
"""

import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.http import HttpRequest, HttpResponse, parse_cookie
from django.http.response import HttpResponseBase

KEPT = {"shop:home", "catalogue:index", "catalogue:category"}
MOST = 1000
# Cookies of no consequence for these pages; whoever brings any other gets a page made for the occasion.
STRANGERS = {settings.VISITOR_COOKIE, settings.CSRF_COOKIE_NAME}

Answer = Callable[[HttpRequest], HttpResponseBase]


@dataclass(frozen=True)
class KeptPage:
    """An answer as it goes out, and until when it does, by time.monotonic()."""

    until: float
    headers: list[tuple[str, str]]
    content: bytes


_pages: dict[Hashable, KeptPage] = {}


def serve_kept_pages(application: WSGIApplication) -> WSGIApplication:
    """The application, with what is kept in front of it."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        page = _pages.get(_key(environ))
        if page and page.until > time.monotonic():
            start_response("200 OK", [*page.headers])
            return [page.content]
        return application(environ, start_response)

    return serve


def keep_pages(get_response: Answer) -> Answer:
    """Outermost middleware: what it keeps has all its headers."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if settings.PAGE_CACHE_SECONDS and isinstance(response, HttpResponse) and _is_same_for_all(request, response):
            if len(_pages) >= MOST:
                _pages.clear()
            shown_until: float = getattr(request, "shown_until", 0.0)
            _pages[_key(request.META)] = KeptPage(shown_until, [*response.items()], response.content)
        return response

    return middleware


def _key(meta: WSGIEnvironment) -> Hashable:
    """What such a page depends on, word for word as it came; None for whoever is no stranger."""
    cookies = meta.get("HTTP_COOKIE")
    if (
        meta["REQUEST_METHOD"] != "GET"
        or "HTTP_HX_REQUEST" in meta
        or (cookies and not parse_cookie(cookies).keys() <= STRANGERS)
    ):
        return None
    return (
        *(meta["wsgi.url_scheme"], meta.get("HTTP_X_FORWARDED_PROTO"), meta.get("HTTP_HOST")),
        *(meta.get("SCRIPT_NAME"), meta["PATH_INFO"], meta.get("QUERY_STRING")),
        "gzip" in meta.get("HTTP_ACCEPT_ENCODING", ""),
    )


def _is_same_for_all(request: HttpRequest, response: HttpResponse) -> bool:
    match = request.resolver_match
    return (
        _key(request.META) is not None
        and response.status_code == 200
        and match is not None
        and match.view_name in KEPT
        and response.cookies.keys() <= {settings.VISITOR_COOKIE}
    )
