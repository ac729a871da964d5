"""What a page says to one shopper only, by the names that {% own %} has for it."""

from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.template.backends.utils import csrf_input
from django.template.loader import render_to_string

from shop.basket.selectors import things_in_basket
from shop.catalogue.seen import seen_products
from shop.index.refresh import version_for
from shop.personal.around import seen_shelf
from shop.requests import ShopRequest


def basket_link(request: ShopRequest, out_of_band: bool = False) -> str:
    draw = _basket_link.__wrapped__ if settings.DEBUG else _basket_link
    return draw(things_in_basket(request), request.LANGUAGE_CODE, out_of_band)


@lru_cache(maxsize=1000)
def _basket_link(count: int, _language: str, out_of_band: bool) -> str:
    return render_to_string("components/_basket_link.html", {"count": count, "out_of_band": out_of_band})


def shelf_of_seen(request: ShopRequest, but: frozenset[int]) -> str:
    """What was looked at lately, beside what stands on the page already."""
    language, version = request.LANGUAGE_CODE, version_for(request)
    shelf = seen_shelf(seen_products(request), but=but, version=version, language=language)
    return render_to_string("shop/_named_shelf.html", {"shelf": shelf}) if shelf else ""


OWN: dict[str, Callable[..., str]] = {
    "csrf_field": csrf_input,
    "basket_link": basket_link,
    "shelf_of_seen": shelf_of_seen,
}
