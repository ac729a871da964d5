"""What shoppers' pages need: the other language, the departments, cards, and what is one shopper's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from shop.catalogue.cards import Card, draw_card
from shop.catalogue.departments import Department, departments
from shop.index.refresh import version_for
from shop.pages.kept import MARK
from shop.pages.own import OWN
from shop.seo.addresses import alternates

register = template.Library()


@dataclass(frozen=True)
class LanguageLink:
    code: str
    name: str
    url: str


@register.simple_tag(takes_context=True)
def language_links(context: dict[str, Any]) -> list[LanguageLink]:
    """This page in every language; the home page where this one cannot be translated (an unknown address).

    Of the context: `alternates`, or `translations`, which what stands behind the "?" is added to.
    """
    request = context.get("request")
    given = context.get("alternates") or {}
    paths = context.get("translations") or {}
    # Only the beginning of an address says its language, so none has to be resolved. What is no page leads home.
    if not paths and request is not None and getattr(request, "resolver_match", None) is not None:
        paths = alternates(request.get_full_path().partition("?")[0])
    query = _without_facts(request) if request is not None else ""
    there = {**{code: path + query for code, path in paths.items()}, **given}
    return [LanguageLink(code, name, there.get(code) or f"/{code}/") for code, name in settings.LANGUAGES]


def _without_facts(request: HttpRequest) -> str:
    """What stands behind the path, without what only this language calls so: in the other one it would find nothing.
    Brands, prices and the like are the same in both; the pages of a longer list are not."""
    query = request.META.get("QUERY_STRING", "")
    if "fact" in request.GET:
        kept = request.GET.copy()
        for name in ("fact", "page"):
            kept.pop(name, None)
        query = kept.urlencode()
    return f"?{query}" if query else ""


@register.simple_tag(takes_context=True)
def catalogue_version(context: dict[str, Any]) -> int:
    return version_for(context.get("request"))


@register.simple_tag(takes_context=True)
def aisles(context: dict[str, Any]) -> list[Department]:
    return departments(version_for(context.get("request")), _language())


@register.simple_tag
def product_cards(cards: Sequence[Card], *, eager: int = 0) -> SafeString:
    """One after the other. The first `eager` are seen at once: their pictures do not wait."""
    language = _language()
    drawn = (draw_card(card, language=language, is_first_seen=place < eager) for place, card in enumerate(cards))
    return mark_safe("".join(drawn))


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


@register.simple_tag(takes_context=True)
def own(context: dict[str, Any], name: str, *given: Any) -> SafeString:
    """What is this shopper's only; names: shop/pages/own.py. Not within {% cache %}, which is for everybody."""
    holes = context.get("holes")
    if holes is None:
        return mark_safe(OWN[name](context["request"], *given))
    holes.append((name, given))
    return mark_safe(MARK)
