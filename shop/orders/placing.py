"""From a basket to an order: lock, check, create, reserve, record. The money comes after, in shop/payment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from babel import Locale
from django.db import transaction
from oscar.core.prices import Price

from crm import api as crm
from shop.documents.accepted import AcceptedDocument, check_accepted, keep_accepted
from shop.models import LineProgress, Purchase
from shop.orders.numbers import new_order_number
from shop.oscar import (
    Applicator,
    Basket,
    Country,
    Order,
    OrderCreator,
    OrderTotalCalculator,
    ShippingAddress,
    StockRecord,
)
from shop.partner.strategy import Selector
from shop.shipping.options import CURRENCIES, ShippingOption, get_option


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
    """The goods do not cost what the shopper saw, for example because an offer ended."""

    def __init__(self, total: Decimal) -> None:
        super().__init__(str(total))
        self.total = total


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
    """Turn a basket into an order that waits for its payment, with its stock reserved.

    Submitting the same basket again returns the order that it became. With `expected_goods_total` (VAT included,
    without shipping) the order is placed only at that total; with `accepted` papers only if it is what they say, and
    they are kept with it.

    :raises BasketIsEmpty, NotEnoughStock, NotOneCurrency, TotalChanged, NotWhatWasAccepted, NoSuchOption: nothing was
        changed then
    """
    basket = Basket.objects.select_for_update(of=("self",)).filter(pk=basket_id).first()
    if basket is None:
        raise BasketIsEmpty
    if basket.status == Basket.SUBMITTED:
        return Order.objects.get(basket=basket)
    basket.strategy = Selector().strategy()
    _check_stock(basket)
    Applicator().apply(basket, user=user)
    option = get_option(delivery.option, country=delivery.country)
    charge = option.calculate(basket)
    total = OrderTotalCalculator().calculate(basket, charge)
    if expected_goods_total is not None and basket.total_incl_tax != expected_goods_total:
        raise TotalChanged(basket.total_incl_tax)
    check_accepted(accepted, basket, total=total.incl_tax)
    customer = _customer_of(delivery, user, visitor, language, now)
    order = _create(basket, option, charge, total, delivery, user, now)
    Purchase.objects.create(
        order=order, basket=basket, customer=customer, email=crm.normalise_email(delivery.email), language=language
    )
    LineProgress.objects.bulk_create(LineProgress(line=line, quantity=line.quantity) for line in order.lines.all())
    keep_accepted(order, accepted, now=now)
    basket.submit()
    crm.record(
        "shop.order.placed",
        customer_id=customer.pk,
        actor=crm.Actor.customer(customer.pk),
        now=now,
        subject=f"shop.order:{order.pk}",
        data=facts_of(order),
    )
    return order


def facts_of(order: Order) -> dict[str, Any]:
    """What the timeline keeps of an order."""
    return {"number": order.number, "total": f"{order.total_incl_tax:.2f} {order.currency}"}


def _check_stock(basket: Any) -> None:
    """Under locks taken in the order of their keys, so that two shoppers never wait for each other."""
    lines = list(basket.lines.select_related("product__parent", "product__product_class"))
    if not lines:
        raise BasketIsEmpty
    wanted = {line.stockrecord_id for line in lines}
    stock = StockRecord.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk").in_bulk()
    missing = []
    for line in lines:
        record = stock.get(line.stockrecord_id)
        tracks = line.product.get_product_class().track_stock
        gone = record is None or not _is_sold(line.product, record)
        if gone or (tracks and record.net_stock_level < line.quantity):
            missing.append(line.product.get_title())
    if missing:
        raise NotEnoughStock(missing)
    if len({line.price_currency for line in lines} | {record.price_currency for record in stock.values()}) > 1:
        raise NotOneCurrency


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


def _create(
    basket: Any,
    option: ShippingOption,
    charge: Price,
    total: Price,
    delivery: Delivery,
    user: crm.User | None,
    now: datetime,
) -> Order:
    first_name, _, last_name = delivery.name.strip().rpartition(" ")
    address = ShippingAddress.objects.create(
        first_name=first_name,
        last_name=last_name,
        line1=delivery.address,
        line4=delivery.city,
        postcode=delivery.postcode,
        country=country_of(delivery.country),
        phone_number=delivery.phone,
    )
    return OrderCreator().place_order(
        basket=basket,
        total=total,
        shipping_method=option,
        shipping_charge=charge,
        user=user,
        shipping_address=address,
        order_number=new_order_number(),
        status="pending",
        guest_email="" if user else crm.normalise_email(delivery.email),
        date_placed=now,
    )
