"""From a basket to an order: lock, check, create, reserve, record. The money comes after, in shop/payment.

docs/decisions/0008-placing-an-order.md says in which order things are locked, and why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from babel import Locale
from django.db import transaction

from crm import api as crm
from shop.documents.accepted import AcceptedDocument, NotWhatWasAccepted, check_accepted, keep_accepted
from shop.models import Purchase
from shop.offer.applicator import know_uses, load_lines
from shop.offer.caps import count_uses, lock_capped_offers, lock_limited_vouchers
from shop.offer.vouchers import usable_vouchers
from shop.offer.words import names_of_applied
from shop.orders.creating import OrderHead, create_order
from shop.orders.numbers import new_order_number
from shop.oscar import (
    Applicator,
    Basket,
    Country,
    Order,
    OrderTotalCalculator,
    ShippingAddress,
)
from shop.partner.stock import lock_stock, reserve
from shop.partner.strategy import Selector
from shop.shipping.options import CURRENCIES, get_option

# How long an order waits for its payment; a provider that takes longer puts Purchase.pay_by off.
PAYMENT_WAIT = timedelta(minutes=30)


class BasketIsEmpty(Exception):
    """There is nothing to order."""


class NotEnoughStock(Exception):
    """`titles`: what cannot be had in the wanted number any more."""

    def __init__(self, titles: list[str]) -> None:
        super().__init__(", ".join(titles))
        self.titles = titles


class NotOneCurrency(Exception):
    """Lines of two baskets came together whose currencies differ, or a product's currency was changed."""


class TotalChanged(Exception):
    """The order does not cost what the shopper saw, for example because an offer ended or was used up.

    `spent_codes`: vouchers in the basket that this person cannot use any more.
    """

    def __init__(self, total: Decimal, spent_codes: Sequence[str] = ()) -> None:
        super().__init__(str(total))
        self.total = total
        self.spent_codes = tuple(spent_codes)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Where an order goes, to whom and how. `country` is an ISO 3166-1 code; `option` a code of shop/shipping."""

    name: str
    email: str
    phone: str
    address: str
    postcode: str
    city: str
    country: str
    option: str


@transaction.atomic
def place_order(
    basket_id: int,
    *,
    delivery: Delivery,
    expected_goods_total: Decimal | None,
    user: crm.User | None,
    visitor: UUID | None,
    language: str,
    now: datetime,
    accepted: Sequence[AcceptedDocument] = (),
) -> Order:
    """Turn a basket into an order that waits for its payment, with its stock, offers and vouchers reserved.

    Submitting the same basket again returns the order that it became. With `expected_goods_total` (VAT included,
    without shipping) the order is placed only at that total; with `accepted` papers only if it is what they say, and
    they are kept with it. It is the customer's act, and recorded as theirs.

    :raises BasketIsEmpty, NotEnoughStock, NotOneCurrency, TotalChanged, NotWhatWasAccepted, NoSuchOption: nothing was
        changed then
    """
    basket = Basket.objects.select_for_update(of=("self",)).filter(pk=basket_id).first()
    if basket is None:
        raise BasketIsEmpty
    if basket.status == Basket.SUBMITTED:
        return Order.objects.get(basket=basket)
    basket.strategy = Selector().strategy()
    lines = [line for line in load_lines(basket) if line.quantity > 0]
    if not lines:
        raise BasketIsEmpty
    email = crm.normalise_email(delivery.email)
    offers = _offers_under_locks(basket, user, email, now)
    records = _check_stock(lines)
    know_uses(offers, basket)
    Applicator().apply_offers(basket, offers)
    option = get_option(delivery.option, country=delivery.country)
    delivery_price = option.price_of(basket)
    if expected_goods_total is not None and basket.total_incl_tax != expected_goods_total:
        raise TotalChanged(basket.total_incl_tax, _spent_codes(basket, user, email, now))
    total = OrderTotalCalculator().calculate(basket, delivery_price.charge)
    try:
        check_accepted(accepted, basket, total=total.incl_tax)
    except NotWhatWasAccepted:
        if spent := _spent_codes(basket, user, email, now):  # a voucher on the delivery: the goods cost the same
            raise TotalChanged(total.incl_tax, spent) from None
        raise
    customer = _customer_of(delivery, user, visitor, language, now)
    head = OrderHead(
        number=new_order_number(),
        address=_address_of(delivery),
        shipping=option,
        delivery_price=delivery_price,
        total=total,
        user=user,
        guest_email="" if user else email,
        placed_at=now,
    )
    order, discounts = create_order(basket, lines, head)
    Purchase.objects.create(
        order=order,
        basket=basket,
        customer=customer,
        email=email,
        language=language,
        pay_by=now + PAYMENT_WAIT,
        offer_names=names_of_applied(basket),
    )
    keep_accepted(order, accepted, now=now)
    reserve(records.values(), _quantities(lines))
    Basket.objects.filter(pk=basket.pk).update(status=Basket.SUBMITTED, date_submitted=now)
    crm.record(
        "shop.order.placed",
        customer_id=customer.pk,
        actor=crm.Actor.customer(customer.pk),
        now=now,
        subject=f"shop.order:{order.pk}",
        data=facts_of(order),
    )
    count_uses(order, discounts)
    return order


def facts_of(order: Order) -> dict[str, Any]:
    """What the timeline keeps of an order."""
    return {"number": order.number, "total": f"{order.total_incl_tax:.2f} {order.currency}"}


def _offers_under_locks(basket: Any, user: crm.User | None, email: str, now: datetime) -> list[Any]:
    """What may be applied to the basket, with the caps locked; what this person may not have any more is left out."""
    offers = lock_capped_offers(Applicator().get_offers(basket, user, now=now), basket)
    vouchers = {voucher.pk: voucher for offer in offers if (voucher := offer.get_voucher())}
    lock_limited_vouchers(vouchers.values())
    usable = {voucher.pk for voucher in usable_vouchers(vouchers.values(), user=user, now=now, email=email)}
    return [offer for offer in offers if offer.get_voucher() is None or offer.get_voucher().pk in usable]


def _spent_codes(basket: Any, user: crm.User | None, email: str, now: datetime) -> list[str]:
    vouchers = list(basket.vouchers.all())
    usable = {voucher.pk for voucher in usable_vouchers(vouchers, user=user, now=now, email=email)}
    return [voucher.code for voucher in vouchers if voucher.pk not in usable]


def _quantities(lines: Sequence[Any]) -> dict[int, int]:
    """How many of each stock record; two lines may be about the same one."""
    wanted: dict[int, int] = {}
    for line in lines:
        wanted[line.stockrecord_id] = wanted.get(line.stockrecord_id, 0) + line.quantity
    return wanted


def _check_stock(lines: Sequence[Any]) -> dict[int, Any]:
    """The stock records of the lines, locked; from now on the lines have their price and stock."""
    wanted = _quantities(lines)
    stock = lock_stock(wanted, products={line.stockrecord_id: line.product for line in lines})
    missing = []
    for line in lines:
        record = stock.get(line.stockrecord_id)
        if record is not None and _can_be_had(line.product, record, wanted[record.pk]):
            record.partner = line.stockrecord.partner
            line.stockrecord = record
        else:
            missing.append(line.product.get_title())
    if missing:
        raise NotEnoughStock(list(dict.fromkeys(missing)))
    if len({line.price_currency for line in lines} | {record.price_currency for record in stock.values()}) > 1:
        raise NotOneCurrency
    return stock


def _can_be_had(product: Any, record: Any, quantity: int) -> bool:
    return _is_sold(product, record) and (not record.can_track_allocations or record.net_stock_level >= quantity)


def _is_sold(product: Any, record: Any) -> bool:
    is_shown = product.is_public and (product.parent is None or product.parent.is_public)
    return bool(is_shown and record.price and record.price_currency in CURRENCIES)


def _customer_of(
    delivery: Delivery, user: crm.User | None, visitor: UUID | None, language: str, now: datetime
) -> crm.Customer:
    known = crm.Customer.objects.filter(account=user).first() if user else None
    return known or crm.customer_for_guest(
        email=delivery.email, name=delivery.name, language=language, visitor=visitor, now=now
    )


def country_of(code: str) -> Any:
    """Oscar's row for an ISO 3166-1 code, made where it is new."""
    name = Locale("en").territories[code]
    return Country.objects.get_or_create(iso_3166_1_a2=code, defaults={"printable_name": name, "name": name})[0]


def _address_of(delivery: Delivery) -> Any:
    first_name, _, last_name = delivery.name.strip().rpartition(" ")
    return ShippingAddress.objects.create(
        first_name=first_name,
        last_name=last_name,
        line1=delivery.address,
        line4=delivery.city,
        postcode=delivery.postcode,
        country=country_of(delivery.country),
        phone_number=delivery.phone,
    )
