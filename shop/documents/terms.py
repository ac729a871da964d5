"""What is agreed before the payment: the preliminary information form and the distance sales contract.

The shopper reads them with the basket's goods and prices, and with the address "as given in the form above". Sending
the form fills in the address and the way to travel, nothing else; that text is what is kept with the order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from shop.basket.selectors import BasketPage
from shop.documents.accepted import AcceptedDocument, digest_of
from shop.documents.seller import seller
from shop.models import OrderDocument
from shop.orders.placing import Delivery
from shop.shipping.options import OPTIONS, get_option

KINDS = (OrderDocument.Kind.PRELIMINARY, OrderDocument.Kind.CONTRACT)
# A legal text is content, written once in each language, and not an interface to be translated word by word.
TEMPLATES: Mapping[tuple[str, str], str] = {
    (OrderDocument.Kind.PRELIMINARY, "tr"): "shop/documents/preliminary.tr.html",
    (OrderDocument.Kind.PRELIMINARY, "en"): "shop/documents/preliminary.en.html",
    (OrderDocument.Kind.CONTRACT, "tr"): "shop/documents/contract.tr.html",
    (OrderDocument.Kind.CONTRACT, "en"): "shop/documents/contract.en.html",
}


@dataclass(frozen=True)
class ShownDocument:
    """A paper as it is read before the order. `body` is HTML that our own templates made."""

    kind: str
    name: str
    body: SafeString


@dataclass(frozen=True)
class Travel:
    """One way to travel: its name, how long it takes, and its price for this basket, all taxes included.

    `charge` is what is paid; `before` what it would be without an offer, None if there is none.
    """

    name: str
    description: str
    charge: Decimal
    before: Decimal | None


def shown_documents(page: BasketPage, *, grams: int, language: str) -> list[ShownDocument]:
    """Both papers for the goods in a basket, before an address is known; the same for the same goods at any hour."""
    with translation.override(language):
        ways = [_travel(option, page, grams) for option in OPTIONS if option.takes(grams)]
        bodies = _render(page, language, {"ways": ways})
        return [ShownDocument(kind, str(kind.label), mark_safe(body)) for kind, body in bodies.items()]


def wording_of(documents: list[ShownDocument]) -> str:
    """Names exactly this text: it stands in the form, so that what is sent says what was read."""
    return digest_of(*(document.body for document in documents))


def accepted_documents(
    page: BasketPage, *, grams: int, delivery: Delivery, language: str, now: datetime
) -> tuple[AcceptedDocument, ...]:
    """Both papers, whole, for an order that goes there in that way.

    :raises NoSuchOption: if the option does not go to that country
    :raises TooHeavy: if it does not take that much
    """
    option = get_option(delivery.option, country=delivery.country)
    with translation.override(language):
        travel = _travel(option, page, grams)
    total = page.total + travel.charge
    filled = {
        "delivery": delivery,
        "country": Locale.parse(language).territories[delivery.country],
        "travel": travel,
        "arrival": option.arrival(now, country=delivery.country),
        "total": total,
        "day": _day(now),
    }
    goods = tuple(sorted((line.product_id, line.quantity, line.price) for line in page.lines))
    return tuple(
        AcceptedDocument(kind=kind, language=language, body=body, goods=goods, total=total)
        for kind, body in _render(page, language, filled).items()
    )


def _render(page: BasketPage, language: str, more: dict[str, Any]) -> dict[OrderDocument.Kind, str]:
    context = {"seller": seller(), "page": page, "currency": page.currency, **more}
    with translation.override(language):
        return {kind: render_to_string(TEMPLATES[kind, language], context).strip() for kind in KINDS}


def _travel(option: Any, page: BasketPage, grams: int) -> Travel:
    price = option.price_for(page.total, page.currency, grams=grams, offer=page.delivery_offer)
    before = price.before if price.reduction else None
    return Travel(str(option.name), str(option.description), price.paid, before)


def _day(now: datetime) -> date:
    return now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
