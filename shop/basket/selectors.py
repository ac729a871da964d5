"""Reading baskets: the number in the header without loading one, and the basket page."""

import contextlib
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import Q, Sum
from django.http import HttpRequest
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from shop.catalogue.offers import Offer, media_url, offers_of, pictures_of, product_url, titles_of
from shop.offer.delivery import DeliveryOffer, delivery_offer, gives
from shop.offer.reductions import Reduction, reductions_of
from shop.oscar import Applicator, Basket, BasketLine
from shop.shipping.options import FREE_STANDARD_FROM

MOST_OF_ONE = 99


def things_in_basket(request: HttpRequest) -> int:
    """How many things wait in the shopper's open basket: one query, none for a stranger without a basket."""
    made_now = getattr(request, "_basket_cache", None)
    whose: list[Q] = []
    if made_now is not None:
        whose = [Q(basket_id=made_now.pk)] if made_now.pk else []
    else:
        if request.user.is_authenticated:
            whose.append(Q(basket__owner_id=request.user.pk))
        if cookie := request.COOKIES.get(settings.OSCAR_BASKET_COOKIE_OPEN):
            with contextlib.suppress(BadSignature, ValueError):
                whose.append(Q(basket_id=int(Signer().unsign(cookie)), basket__owner=None))
    if not whose:
        return 0
    lines = BasketLine.objects.filter(reduce(or_, whose), basket__status=Basket.OPEN)
    return lines.aggregate(total=Sum("quantity"))["total"] or 0


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
    """The lines of a basket with today's price and stock: seven queries for any number of lines.

    Offers are applied if that has not been done since the basket was changed.
    """
    if basket.pk is None:
        return BasketPage([], [], [], [], settings.OSCAR_DEFAULT_CURRENCY)
    if basket._lines is None:
        Applicator().apply(basket, basket.owner)
    fields = ("id", "product_id", "quantity", "price_incl_tax", "price_currency", "product__parent_id")
    named = ("product__slug", "product__title", "product__parent__slug", "product__parent__title")
    shown = ("product__is_public", "product__parent__is_public")
    rows = list(BasketLine.objects.filter(basket=basket).order_by("pk").values(*fields, *named, *shown))
    listed = {row["product_id"]: row["product__parent_id"] or row["product_id"] for row in rows}
    ids = [*{*listed, *listed.values()}]
    titles, pictures = titles_of(ids, language), pictures_of(ids)
    offers = {offer.product_id: offer for found in offers_of([*listed]).values() for offer in found}
    # As Oscar has it, and so an order: the currency of the first line when it was put in.
    currency = rows[0]["price_currency"] if rows else settings.OSCAR_DEFAULT_CURRENCY
    lines, gone = [], []
    for row in rows:
        offer = offers.get(row["product_id"])
        is_shown = row["product__is_public"] and row["product__parent__is_public"] is not False
        if offer is None or not is_shown:
            gone.append(row["id"])
        else:
            lines.append(_line(row, offer, currency, titles, pictures))
    return BasketPage(lines, gone, discounts_of(basket), _vouchers_of(basket), currency, delivery_offer(basket))


def discounts_of(basket: Any) -> list[Reduction]:
    """What the offers that were applied take off; together what the order will cost less, to the cent."""
    language = get_language()
    applied = [
        (entry["offer"].name_in(language), entry["voucher"].code if entry["voucher"] else "", entry["discount"])
        for entry in basket.offer_applications
        if entry["discount"] > 0
    ]
    if not applied:
        return []  # nor asked for the totals of a basket in which something has no price any more
    return reductions_of(applied, whole=basket.total_incl_tax_excl_discounts - basket.total_incl_tax)


def _vouchers_of(basket: Any) -> list[PageVoucher]:
    working = {entry["voucher"].pk for entry in basket.offer_applications if entry["voucher"] and gives(basket, entry)}
    return [
        PageVoucher(voucher.pk, voucher.name, voucher.code, voucher.pk in working) for voucher in basket.vouchers.all()
    ]


def _line(
    row: dict[str, Any], offer: Offer, currency: str, titles: dict[int, str], pictures: dict[int, str]
) -> PageLine:
    product_id, parent_id = row["product_id"], row["product__parent_id"]
    listed_id = parent_id or product_id
    url = product_url(row["product__parent__slug"] or row["product__slug"], listed_id)
    was = row["price_incl_tax"]
    return PageLine(
        id=row["id"],
        product_id=product_id,
        listed_id=listed_id,
        title=titles.get(listed_id) or row["product__parent__title"] or row["product__title"],
        option=titles.get(product_id, row["product__title"]) if parent_id else "",
        url=f"{url}?option={product_id}" if parent_id else url,
        picture=media_url(pictures.get(product_id) or pictures.get(listed_id, "")),
        quantity=row["quantity"],
        price=offer.price,
        price_before=offer.price_before,
        price_was_in_basket=was if was is not None and was != offer.price else None,
        currency=offer.currency,
        stock=offer.stock,
        problem=_problem(row["quantity"], offer, currency),
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
