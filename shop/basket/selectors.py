"""Reading baskets: the number in the header without loading one, and the basket page."""

import contextlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from shop.catalogue.offers import NO_LOOK, Look, Offer, looks_of, media_url, offer_of
from shop.offer.applicator import has_offers_applied, load_lines
from shop.offer.delivery import DeliveryOffer, delivery_offer, gives
from shop.offer.reductions import Reduction, reductions_of
from shop.offer.words import called
from shop.oscar import Applicator
from shop.shipping.options import FREE_STANDARD_FROM

MOST_OF_ONE = 99

_THINGS = """
SELECT COALESCE(SUM(line.quantity), 0) FROM basket_line line JOIN basket_basket basket ON basket.id = line.basket_id
WHERE basket.status = 'Open' AND (basket.owner_id = %s OR (basket.id = %s AND basket.owner_id IS NULL))
"""


def things_in_basket(request: HttpRequest) -> int:
    """How many things wait in the shopper's open basket: one query, none for a stranger without a basket."""
    made_now = getattr(request, "_basket_cache", None)
    owner_id = guest_basket_id = None
    if made_now is not None:
        if made_now.pk is None or made_now._lines is not None:
            return sum(line.quantity for line in load_lines(made_now))
        owner_id, guest_basket_id = made_now.owner_id, None if made_now.owner_id else made_now.pk
    else:
        owner_id = request.user.pk
        if cookie := request.COOKIES.get(settings.OSCAR_BASKET_COOKIE_OPEN):
            with contextlib.suppress(BadSignature, ValueError):
                guest_basket_id = int(Signer().unsign(cookie))
    if owner_id is None and guest_basket_id is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_THINGS, [owner_id, guest_basket_id])
        return int(cursor.fetchone()[0])


@dataclass(frozen=True)
class PageLine:
    """One line as the basket page shows it. `problem` says why it cannot be ordered like this, "" if it can."""

    id: int
    product_id: int
    listed_id: int
    title: str
    option: str
    url: str
    picture: str
    quantity: int
    price: Decimal
    price_before: Decimal | None
    price_was_in_basket: Decimal | None
    currency: str
    stock: int | None
    problem: str

    @property
    def total(self) -> Decimal:
        return self.price * self.quantity

    @property
    def most(self) -> int:
        return MOST_OF_ONE if self.stock is None else max(1, min(self.stock, MOST_OF_ONE))


@dataclass(frozen=True)
class PageVoucher:
    """A voucher in the basket; `is_working` if it gives anything with what is in the basket now."""

    id: int
    name: str
    code: str
    is_working: bool


@dataclass(frozen=True)
class BasketPage:
    """`gone` are the titles of lines whose product is no longer sold."""

    lines: list[PageLine]
    gone: list[int]
    discounts: list[Reduction]
    vouchers: list[PageVoucher]
    currency: str
    delivery_offer: DeliveryOffer | None = None

    @property
    def discount(self) -> Decimal:
        return sum((discount.amount for discount in self.discounts), Decimal("0.00"))

    @property
    def goods_total(self) -> Decimal:
        """Of what is sold in the basket's currency: pounds are not added to liras."""
        return sum((line.total for line in self.lines if line.currency == self.currency), Decimal("0.00"))

    @property
    def total(self) -> Decimal:
        return self.goods_total - self.discount

    @property
    def to_free_delivery(self) -> Decimal:
        """What is missing until standard delivery costs nothing."""
        return max(FREE_STANDARD_FROM[self.currency] - self.total, Decimal("0.00"))

    @property
    def is_delivery_free(self) -> bool:
        """By an offer, whatever way is chosen."""
        return self.delivery_offer is not None and self.delivery_offer.is_free

    @property
    def has_problems(self) -> bool:
        return any(line.problem for line in self.lines)


def basket_page(basket: Any, *, language: str) -> BasketPage:
    """The lines of a basket with today's price and stock. One query for any number of lines, beside those of offers.

    Offers are applied if that has not been done since the basket was changed.
    """
    if basket.pk is None:
        return BasketPage([], [], [], [], settings.OSCAR_DEFAULT_CURRENCY)
    if not has_offers_applied(basket):
        Applicator().apply(basket, basket.owner)
    rows = load_lines(basket)
    looks = looks_of({id for row in rows for id in (row.product_id, row.product.parent_id) if id}, language)
    # As Oscar has it, and so an order: the currency of the first line when it was put in.
    currency = rows[0].price_currency if rows else settings.OSCAR_DEFAULT_CURRENCY
    lines, gone = [], []
    for row in rows:
        offer = offer_of(row.stockrecord, row.product)
        parent = row.product.parent
        if offer is None or not row.product.is_public or (parent is not None and not parent.is_public):
            gone.append(row.pk)
        else:
            lines.append(_line(row, offer, currency, looks))
    return BasketPage(lines, gone, discounts_of(basket), _vouchers_of(basket), currency, delivery_offer(basket))


def discounts_of(basket: Any) -> list[Reduction]:
    """What the offers that were applied take off; together what the order will cost less, to the cent."""
    applied = [
        (called(entry["offer"], currency=basket.currency), _code_of(entry["voucher"]), entry["discount"])
        for entry in basket.offer_applications
        if entry["discount"] > 0
    ]
    if not applied:
        return []  # nor asked for the totals of a basket in which something has no price any more
    return reductions_of(applied, whole=basket.total_incl_tax_excl_discounts - basket.total_incl_tax)


def _code_of(voucher: Any) -> str:
    return str(voucher.code) if voucher else ""


def _vouchers_of(basket: Any) -> list[PageVoucher]:
    working = {entry["voucher"].pk for entry in basket.offer_applications if entry["voucher"] and gives(basket, entry)}
    return [
        PageVoucher(voucher.pk, _called(voucher, basket.currency), voucher.code, voucher.pk in working)
        for voucher in basket.vouchers.all()
    ]


def _called(voucher: Any, currency: str) -> str:
    """Its one name is in the shop's own language; in another one it is called as what it gives."""
    if get_language() == settings.LANGUAGE_CODE:
        return str(voucher.name)
    return ", ".join(called(offer, currency=currency) for offer in voucher.offers.all()) or str(voucher.name)


def _line(row: Any, offer: Offer, currency: str, looks: dict[int, Look]) -> PageLine:
    product, listed = row.product, row.product.parent or row.product
    look, own = looks.get(listed.pk, NO_LOOK), looks.get(product.pk, NO_LOOK)
    was = row.price_incl_tax
    return PageLine(
        id=row.pk,
        product_id=product.pk,
        listed_id=listed.pk,
        title=look.title or listed.title,
        option=(own.title or product.title) if product.parent_id else "",
        url=own.url,
        picture=media_url(own.picture or look.picture),
        quantity=row.quantity,
        price=offer.price,
        price_before=offer.price_before,
        price_was_in_basket=was if was is not None and was != offer.price else None,
        currency=offer.currency,
        stock=offer.stock,
        problem=_problem(row.quantity, offer, currency),
    )


def _problem(quantity: int, offer: Offer, currency: str) -> str:
    if offer.currency != currency:
        text = _(
            "This is sold in %(other)s, your basket is in %(currency)s. Please take it out and order it by itself."
        )
        return text % {"other": offer.currency, "currency": currency}
    stock = offer.stock
    if stock is None or quantity <= stock:
        return ""
    if stock == 0:
        return _("Sold out for now. Please take it out of the basket.")
    return ngettext("Only %(stock)d is left.", "Only %(stock)d are left.", stock) % {"stock": stock}
