"""schema.org's types as plain dicts, ready for JSON-LD; what has no value is left out."""

import functools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shop.documents.seller import seller
from shop.seo.addresses import absolute

CONTEXT = "https://schema.org"
Thing = dict[str, Any]
ORGANIZATION_ID = "#organization"


def thing(kind: str, **facts: Any) -> Thing:
    """A thing of that type; a trailing underscore of a name is dropped (`id_` is "@id")."""
    names = {"id_": "@id"}
    return {
        "@type": kind,
        **{names.get(name, name): value for name, value in facts.items() if value not in (None, "", [], {})},
    }


def reference(id: str) -> Thing:
    """Points at a thing that stands elsewhere on the page."""
    return {"@id": id}


def graph(*things: Thing) -> Thing:
    return {"@context": CONTEXT, "@graph": list(things)}


def breadcrumbs(*steps: tuple[str, str]) -> Thing:
    """(name, path) from the home page down; the last step is the page itself."""
    items = [
        thing("ListItem", position=position, name=name, item=absolute(path))
        for position, (name, path) in enumerate(steps, start=1)
    ]
    return thing("BreadcrumbList", itemListElement=items)


def organization() -> Thing:
    """The shop itself, as the trade register and the papers of its orders have it."""
    who = seller()
    contact = thing(
        "ContactPoint",
        contactType="customer service",
        telephone=who.phone,
        email=who.email,
        availableLanguage=[code for code, _name in settings.LANGUAGES],
    )
    return thing(
        "OnlineStore",
        id_=absolute("/" + ORGANIZATION_ID),
        name=settings.SHOP_NAME,
        legalName=who.name,
        url=absolute("/"),
        logo=absolute(static("img/mark.svg")),
        email=who.email,
        telephone=who.phone,
        taxID=who.tax_number,
        address=thing("PostalAddress", streetAddress=who.address, addressCountry="TR"),
        contactPoint=contact,
    )


def website(language: str) -> Thing:
    """With the search of the shop, for a box in the results."""
    search = absolute(reverse("search:search")) + "?q={search_term_string}"
    action = {
        **thing("SearchAction", target=thing("EntryPoint", urlTemplate=search)),
        "query-input": "required name=search_term_string",
    }
    return thing(
        "WebSite",
        name=settings.SHOP_NAME,
        url=absolute(reverse("shop:home")),
        inLanguage=language,
        publisher=reference(absolute("/" + ORGANIZATION_ID)),
        potentialAction=action,
    )


def article(*, title: str, summary: str, path: str, language: str, written_at: datetime, changed_at: datetime) -> Thing:
    """A help article. No FAQPage, which is for a list of questions, and no QAPage, for answers by readers."""
    publisher = thing("Organization", name=settings.SHOP_NAME, url=absolute("/"), logo=absolute(static("img/mark.svg")))
    return thing(
        "Article",
        headline=title[:110],
        description=summary,
        image=absolute(static("img/share.jpg")),
        inLanguage=language,
        datePublished=written_at.isoformat(),
        dateModified=changed_at.isoformat(),
        author=publisher,
        publisher=publisher,
        mainEntityOfPage=absolute(path),
    )


def home_step() -> tuple[str, str]:
    return _("Shop"), path_of("shop:home")


def path_of(name: str) -> str:
    """The path of a page without parameters in the active language: asked for on every page, so remembered."""
    return _path_of(name, get_language() or settings.LANGUAGE_CODE)


@functools.cache
def _path_of(name: str, language: str) -> str:
    return reverse(name)


def collection(*, title: str, description: str, path: str, language: str, cards: Sequence[Any]) -> Thing:
    """A page of products: where each is, in the order of the page."""
    items = [
        thing("ListItem", position=position, name=card.title, url=absolute(card.url))
        for position, card in enumerate(cards, start=1)
    ]
    return thing(
        "CollectionPage",
        name=title,
        description=description,
        url=absolute(path),
        inLanguage=language,
        mainEntity=thing("ItemList", numberOfItems=len(items), itemListElement=items) if items else None,
    )
