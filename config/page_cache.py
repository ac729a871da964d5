"""Whole pages that are the same for every stranger, kept for a second by the process that made them.

A second is what a change may take to be seen (prices, stock, texts), so nothing has to be told that a page is out of
date. It is over when the process asks for the version of the index anew (shop/index/refresh.py). Pages that note who
looked at what (products, searches) are kept by shop/pages instead.

They are handed out in front of Django, which would take longer to look at the request than the page takes to be found.
PAGE_CACHE_SECONDS=0 turns it off.
"""

import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.http import HttpRequest, HttpResponse, parse_cookie
from django.http.response import HttpResponseBase
from django.middleware.gzip import re_accepts_gzip

KEPT = {"shop:home", "catalogue:index", "catalogue:category"}
MOST = 500
LONGEST_ADDRESS = 300  # a longer one is nobody's but a robot's, and would fill the memory
# Cookies of no consequence for these pages; whoever brings any other gets a page made for the occasion.
STRANGERS = {settings.VISITOR_COOKIE, settings.CSRF_COOKIE_NAME}
# Where a stranger's request carries what its page depends on; Django changes the path in what it is given.
KEY = "esnaf.page"

Answer = Callable[[HttpRequest], HttpResponseBase]


@dataclass(frozen=True)
class KeptPage:
    """An answer as it goes out, and until when it does, by time.monotonic()."""

    until: float
    headers: tuple[tuple[str, str], ...]
    content: bytes


_pages: dict[Hashable, KeptPage] = {}


def serve_kept_pages(application: WSGIApplication) -> WSGIApplication:
    """The application, with what is kept in front of it."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        key = _key(environ)
        if key is not None:
            page = _pages.get(key)
            if page and page.until > time.monotonic():
                start_response("200 OK", list(page.headers))
                return [page.content]
            environ[KEY] = key
        return application(environ, start_response)

    return serve


def keep_pages(get_response: Answer) -> Answer:
    """Outermost middleware: what it keeps has all its headers."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        key = request.META.get(KEY)
        if key is not None and isinstance(response, HttpResponse) and _is_same_for_all(request, response):
            if len(_pages) >= MOST:
                _pages.clear()
            shown_until: float = getattr(request, "shown_until", 0.0)
            _pages[key] = KeptPage(shown_until, tuple(response.items()), response.content)
        return response

    return middleware


def _key(meta: WSGIEnvironment) -> Hashable | None:
    """What such a page depends on, byte for byte as it came; None for whoever is no stranger."""
    path, query, cookies = meta["PATH_INFO"], meta.get("QUERY_STRING", ""), meta.get("HTTP_COOKIE")
    if (
        not settings.PAGE_CACHE_SECONDS
        or meta["REQUEST_METHOD"] != "GET"
        or "HTTP_HX_REQUEST" in meta
        or len(path) + len(query) > LONGEST_ADDRESS
        or (cookies and not parse_cookie(cookies).keys() <= STRANGERS)
    ):
        return None
    return (
        meta["wsgi.url_scheme"],
        meta.get("HTTP_X_FORWARDED_PROTO"),
        meta.get("HTTP_HOST"),
        meta.get("SCRIPT_NAME"),
        path,
        query,
        bool(re_accepts_gzip.search(meta.get("HTTP_ACCEPT_ENCODING", ""))),
    )


def _is_same_for_all(request: HttpRequest, response: HttpResponse) -> bool:
    match = request.resolver_match
    return (
        response.status_code == 200
        and match is not None
        and match.view_name in KEPT
        and response.cookies.keys() <= {settings.VISITOR_COOKIE}
    )
