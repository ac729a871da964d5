"""Pages that are drawn once for all guests and kept, with places left open for what is each shopper's own.

Also known as donut caching. A page is kept in the memory of the process that drew it, under all that it says: the
version of the index, the language, the address, and what its view names. Whoever is logged in, or has something to be
told, gets a page drawn for the occasion.
"""

import secrets
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from shop.index.refresh import version_for
from shop.pages.own import OWN
from shop.requests import ShopRequest

MOST_PAGES = 2000  # some 20 KB each
LONGEST_ADDRESS = 300
MARK = secrets.token_hex(16)  # what nobody can write into a product's text

Hole = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Page:
    """The text between the holes, one piece more than holes; a hole is the name of one of OWN and what it is given."""

    pieces: list[str]
    holes: list[Hole]

    def filled(self, request: ShopRequest) -> str:
        """What stands in several places is asked for once."""
        own = {hole: OWN[hole[0]](request, *hole[1]) for hole in set(self.holes)}
        fillings = [*(own[hole] for hole in self.holes), ""]
        return "".join(chain.from_iterable(zip(self.pieces, fillings, strict=True)))


_pages: dict[Hashable, Page] = {}


def render_kept(
    request: ShopRequest, template: str, context: Callable[[], dict[str, Any]], *, depends_on: Hashable = None
) -> HttpResponse:
    """As Django's render(). `context` is asked for only where the page has to be drawn.

    `depends_on` says what the page is made of beside the index, the language and the address. What it says to one
    shopper only stands in {% own %}.
    """
    if request.user.is_authenticated or get_messages(request):
        return render(request, template, context())
    key = (template, version_for(request), request.LANGUAGE_CODE, request.get_full_path(), depends_on)
    page = _pages.get(key)
    if page is None:
        page = _drawn(request, template, context())
        if len(_pages) >= MOST_PAGES:
            _pages.clear()
        # Not while somebody works on the templates; nor under long addresses, which anybody can make up, as many as he
        # likes, and which stand in the page.
        if not settings.DEBUG and len(request.get_full_path()) <= LONGEST_ADDRESS:
            _pages[key] = page
    return HttpResponse(page.filled(request))


def _drawn(request: ShopRequest, template: str, context: dict[str, Any]) -> Page:
    holes: list[Hole] = []
    # A token outside of a hole would be everybody's: it is nobody's, and its form fails at the first try.
    context = {**context, "holes": holes, "csrf_token": "NOTPROVIDED"}
    return Page(render_to_string(template, context, request).split(MARK), holes)
