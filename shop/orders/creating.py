"""Writing an order down: what Oscar's OrderCreator writes, each table in one statement for all lines.

Oscar's `order_placed` signal is not sent; docs/decisions/0008-placing-an-order.md says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.sites.models import Site
from oscar.core.prices import Price

from shop.models import LineProgress
from shop.offer.delivery import gives
from shop.oscar import (
    BasketLineAttribute,
    Order,
    OrderDiscount,
    OrderLine,
    OrderLineAttribute,
    OrderLineDiscount,
    OrderLinePrice,
)
from shop.shipping.options import DeliveryPrice, ShippingOption


@dataclass(frozen=True, kw_only=True)
class OrderHead:
    """What an order is beside its lines."""

    number: str
    address: Any
    shipping: ShippingOption
    delivery_price: DeliveryPrice
    total: Price
    user: Any
    guest_email: str
    placed_at: datetime


def create_order(basket: Any, lines: Sequence[Any], head: OrderHead) -> tuple[Order, list[OrderDiscount]]:
    """The order of a basket that offers were applied to, and its discounts. `lines` are those that are ordered."""
    charge = head.delivery_price.charge
    order = Order.objects.create(
        number=head.number,
        site=Site.objects.get_current(),
        basket=basket,
        user=head.user,
        guest_email=head.guest_email,
        currency=head.total.currency,
        total_incl_tax=head.total.incl_tax,
        total_excl_tax=head.total.excl_tax,
        shipping_incl_tax=charge.incl_tax,
        shipping_excl_tax=charge.excl_tax,
        shipping_tax_code=charge.tax_code,
        shipping_method=str(head.shipping.name),
        shipping_code=head.shipping.code,
        shipping_address=head.address,
        status=settings.OSCAR_INITIAL_ORDER_STATUS,
        date_placed=head.placed_at,
    )
    discounts = _write_discounts(order, basket, head.delivery_price.reduction)
    made = _write_lines(order, lines)
    _write_prices(order, made)
    _write_line_discounts(made, discounts)
    _write_attributes(made)
    LineProgress.objects.bulk_create(LineProgress(line=line, quantity=line.quantity) for line, _ in made)
    return order, discounts


def _write_lines(order: Order, lines: Sequence[Any]) -> list[tuple[Any, Any]]:
    """(order line, basket line) in the order of the basket, so that the keys keep that order."""
    rows = OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            partner=line.stockrecord.partner,
            partner_name=line.stockrecord.partner.name,
            partner_sku=line.stockrecord.partner_sku,
            stockrecord=line.stockrecord,
            product=line.product,
            title=line.product.get_title(),
            upc=line.product.upc,
            quantity=line.quantity,
            line_price_excl_tax=line.line_price_excl_tax_incl_discounts,
            line_price_incl_tax=line.line_price_incl_tax_incl_discounts,
            line_price_before_discounts_excl_tax=line.line_price_excl_tax,
            line_price_before_discounts_incl_tax=line.line_price_incl_tax,
            unit_price_incl_tax=line.unit_price_incl_tax,
            unit_price_excl_tax=line.unit_price_excl_tax,
            tax_code=line.purchase_info.price.tax_code,
            num_allocated=line.quantity,
            status=settings.OSCAR_INITIAL_LINE_STATUS,
        )
        for line in lines
    )
    return list(zip(rows, lines, strict=True))


def _write_prices(order: Order, made: list[tuple[Any, Any]]) -> None:
    OrderLinePrice.objects.bulk_create(
        OrderLinePrice(
            order=order,
            line=row,
            quantity=quantity,
            price_incl_tax=with_tax,
            price_excl_tax=without_tax,
            tax_code=row.tax_code,
        )
        for row, line in made
        for with_tax, without_tax, quantity in line.get_price_breakdown()
    )


def _write_discounts(order: Order, basket: Any, off_delivery: Decimal) -> list[OrderDiscount]:
    """An offer on the delivery that took nothing off is left out: it counts for no cap, its voucher is unused."""
    discounts = []
    for application in basket.offer_applications:
        offer, voucher, result = application["offer"], application["voucher"], application["result"]
        message = offer.apply_deferred_benefit(basket, order, application)
        amount = application["discount"]
        category = OrderDiscount.BASKET
        if result.affects_shipping:
            if not off_delivery or not gives(basket, application):
                continue
            category, amount = OrderDiscount.SHIPPING, off_delivery
        elif result.affects_post_order:
            category = OrderDiscount.DEFERRED
        discounts.append(
            OrderDiscount(
                order=order,
                category=category,
                offer_id=offer.pk,
                offer_name=offer.name,
                voucher_id=voucher.pk if voucher else None,
                voucher_code=voucher.code if voucher else "",
                frequency=application["freq"],
                amount=amount,
                message=message or "",
            )
        )
    return list(OrderDiscount.objects.bulk_create(discounts))


def _write_line_discounts(made: list[tuple[Any, Any]], discounts: list[OrderDiscount]) -> None:
    by_offer = {discount.offer_id: discount for discount in discounts}
    OrderLineDiscount.objects.bulk_create(
        OrderLineDiscount(
            line=row,
            order_discount=by_offer[discount.offer.pk],
            is_incl_tax=discount.incl_tax,
            amount=discount.amount,
        )
        for row, line in made
        for discount in line.discounts
        if discount.offer is not None and discount.offer.pk in by_offer
    )


def _write_attributes(made: list[tuple[Any, Any]]) -> None:
    rows = {line.pk: row for row, line in made}
    wanted = BasketLineAttribute.objects.filter(line__in=rows).select_related("option").order_by("pk")
    OrderLineAttribute.objects.bulk_create(
        OrderLineAttribute(line=rows[entry.line_id], option=entry.option, type=entry.option.code, value=entry.value)
        for entry in wanted
    )
