"""What stands in the head of a page for search engines and for those who share it."""

import json
from collections.abc import Sequence
from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, gettext_noop

from shop.seo import addresses, schema, sharing
from shop.seo.products import product_graph

register = template.Library()

# A "<" could end the script element; the two separators end a line for some readers.
_NOT_IN_SCRIPTS = {letter: f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}
MOST_LETTERS = 200
SHOP_WORDS = gettext_noop("House and hobby, picked by shopkeepers: quick delivery, honest prices, real help.")
HELP_WORDS = gettext_noop("Answers about orders, delivery, returns and payment, and a person when they do not suffice.")


@register.simple_tag
def json_ld(data: schema.Thing) -> SafeString:
    """A script element of data. No policy forbids it: it is nothing that runs."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for letter, code in _NOT_IN_SCRIPTS.items():
        text = text.replace(letter, code)  # str.translate takes ten times as long
    return mark_safe(f'<script type="application/ld+json">{text}</script>')


@register.simple_tag(takes_context=True)
def page_addresses(context: dict[str, Any]) -> SafeString:
    """Canonical address and the same page in other languages, or that it is not to be found.

    Of the context: `robots`, `is_only_for_its_shopper` (no robot has such a basket: none has to be told), `canonical`
    (a path), `translations` {language: path} where words are in the address or a language has no such page, `listing`
    or `page` for its number.
    Written here and not in a template, which costs every page ten times that.
    """
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    by_address = "" if match and match.view_name in addresses.INDEXED else "noindex"
    robots = context.get("robots") or ("" if context.get("is_only_for_its_shopper") else by_address)
    if request is None or robots:
        return format_html('<meta name="robots" content="{}">', robots or "noindex")
    number = _page_number(context)
    translations = context.get("translations") or {}
    path = context.get("canonical") or translations.get(_language()) or request.path
    translations = translations or addresses.alternates(path)
    links = {code: addresses.absolute(addresses.canonical_path(url, page=number)) for code, url in translations.items()}
    if settings.LANGUAGE_CODE in links:
        links["x-default"] = links[settings.LANGUAGE_CODE]
    canonical = addresses.absolute(addresses.canonical_path(path, page=number))
    lines = [f'<link rel="canonical" href="{escape(canonical)}">']
    if len(translations) > 1:
        lines += [f'<link rel="alternate" hreflang="{code}" href="{escape(url)}">' for code, url in links.items()]
    return mark_safe("\n".join(lines))


@register.simple_tag(takes_context=True)
def product_head(context: dict[str, Any]) -> SafeString:
    """Of the context: product (ProductPage), reviews (those that are shown), if there are any."""
    page = context["product"]
    offer = page.chosen.offer
    share = sharing.Share(
        title=page.title,
        description=_short(page.paragraphs[0] if page.paragraphs else ""),
        kind="product",
        image=sharing.share_image(page.pictures[0] if page.pictures else ""),
        image_alt=page.title,
        price=str(offer.price) if offer else "",
        currency=offer.currency if offer else "",
    )
    return _head(share, product_graph(page, reviews=context.get("reviews") or ()), page.url)


@register.simple_tag(takes_context=True)
def listing_head(context: dict[str, Any]) -> SafeString:
    """Of the context: category (Department or None), way (departments down to it), listing."""
    category, way, listing = context.get("category"), context.get("way") or [], context["listing"]
    everything = (gettext("All products"), schema.path_of("catalogue:index"))
    title, path = (category.title, category.url) if category else everything
    description = (category.description if category else "") or gettext(SHOP_WORDS)
    steps = [schema.home_step(), everything, *[(step.title, step.url) for step in way]]
    picture = (category.picture if category else "") or _first_picture(listing.cards)
    share = sharing.Share(title, _short(description), "website", sharing.share_image(picture), title)
    page = schema.collection(title=title, description=description, path=path, language=_language(), cards=listing.cards)
    return _head(share, schema.graph(page, schema.breadcrumbs(*steps)), path)


@register.simple_tag(takes_context=True)
def home_head(context: dict[str, Any]) -> SafeString:
    title = f"{settings.SHOP_NAME} · {gettext('Things made to last')}"
    share = sharing.Share(title, gettext(SHOP_WORDS), "website", sharing.share_image(""), settings.SHOP_NAME)
    things = schema.graph(schema.organization(), schema.website(_language()))
    return _head(share, things, schema.path_of("shop:home"))


@register.simple_tag(takes_context=True)
def article_head(context: dict[str, Any]) -> SafeString:
    """Of the context: article, revision, summary, canonical, category_title."""
    article, revision = context["article"], context["revision"]
    path, title = context["canonical"], revision.title
    share = sharing.Share(title, context["summary"], "article", sharing.share_image(""), title)
    written = schema.article(
        title=title,
        summary=context["summary"],
        path=path,
        language=article.language,
        written_at=article.created_at,
        changed_at=revision.created_at,
    )
    steps = [schema.home_step(), (gettext("Help"), schema.path_of("knowledgebase:home"))]
    if article.category:
        steps.append((context["category_title"], reverse("knowledgebase:category", args=[article.category.slug])))
    return _head(share, schema.graph(written, schema.breadcrumbs(*steps, (title, path))), path)


@register.simple_tag(takes_context=True)
def help_head(context: dict[str, Any], title: str) -> SafeString:
    """Of the pages around the articles, with the shop's card. Of the context: request, robots."""
    path = context["request"].path
    share = sharing.Share(title, gettext(HELP_WORDS), "website", sharing.share_image(""), settings.SHOP_NAME)
    if context.get("robots"):
        return _head(share, None, path)
    home = (gettext("Help"), schema.path_of("knowledgebase:home"))
    steps = [schema.home_step(), home, *([] if path == home[1] else [(title, path)])]
    return _head(share, schema.graph(schema.breadcrumbs(*steps)), path)


def _head(share: sharing.Share, things: schema.Thing | None, path: str) -> SafeString:
    """Open Graph (ogp.me), the large card of X, and the things."""
    language = _language()
    properties = [
        ("og:type", share.kind),
        ("og:title", share.title),
        ("og:description", share.description),
        ("og:url", addresses.absolute(path)),
        ("og:site_name", settings.SHOP_NAME),
        ("og:locale", sharing.LOCALES.get(language, language)),
        *[("og:locale:alternate", name) for code, name in sharing.LOCALES.items() if code != language],
        ("og:image", addresses.absolute(share.image)),
        ("og:image:width", sharing.WIDTH),
        ("og:image:height", sharing.HEIGHT),
        ("og:image:alt", share.image_alt),
        ("product:price:amount", share.price),
        ("product:price:currency", share.currency),
    ]
    lines = [f'<meta property="{name}" content="{escape(value)}">' for name, value in properties if value]
    lines.append('<meta name="twitter:card" content="summary_large_image">')
    if things:
        lines.append(json_ld(things))
    return mark_safe("\n".join(lines))


def _page_number(context: dict[str, Any]) -> int:
    """A Listing says `page`, a page of Django's Paginator `number`."""
    listing, page = context.get("listing"), context.get("page")
    return int(listing.page) if listing is not None else int(getattr(page, "number", 1))


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= MOST_LETTERS else words[:MOST_LETTERS].rsplit(" ", 1)[0] + " …"


def _first_picture(cards: Sequence[Any]) -> str:
    return next((card.picture for card in cards if card.picture), "")
