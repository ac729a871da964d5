"""What may be sent back, until when, and what may come instead. Reads only.

Withdrawal: Mesafeli Sözleşmeler Yönetmeliği m. 9 (Law 6502 m. 48/4) and Directive 2011/83/EU art. 9: fourteen days
after the day on which the last goods of the order arrived, and at any time before they arrive. What arrived broken,
wrong or not at all is no withdrawal (Law 6502 m. 8–12): it has no such limit.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, QuerySet

from shop.models import LineProgress, ReturnLine, ReturnRequest, Shipment
from shop.orders.lines import lines_of, name_of_product
from shop.oscar import Order, OrderLine, Product, StockRecord

WITHDRAWAL_DAYS = 14
# The orders of which something left the house.
LEFT_THE_HOUSE = ("part_shipped", "shipped", "delivered")

Kind = ReturnRequest.Kind
Reason = ReturnLine.Reason
REASONS: dict[str, tuple[Reason, ...]] = {
    Kind.RETURN: (Reason.CHANGED_MIND, Reason.TOO_SMALL, Reason.TOO_BIG, Reason.NOT_AS_SHOWN),
    Kind.EXCHANGE: (Reason.TOO_SMALL, Reason.TOO_BIG, Reason.CHANGED_MIND),
    Kind.CLAIM: (Reason.DAMAGED, Reason.DEFECTIVE, Reason.WRONG_ITEM, Reason.NOT_AS_SHOWN, Reason.MISSING),
}


@dataclass(frozen=True)
class ReturnableLine:
    """A line of an order of which `available` pieces left the house and are not on their way back."""

    line: OrderLine
    name: str
    available: int


@dataclass(frozen=True)
class Replacement:
    """What can come instead of a line: at the same price, `in_stock` of it on the shelf."""

    product_id: int
    name: str
    in_stock: int


def returns_of(order: Order) -> QuerySet[ReturnRequest]:
    """What the customer has confirmed, newest first, each with what was paid back for it."""
    cases = ReturnRequest.objects.filter(order=order, confirmed_at__isnull=False)
    return cases.select_related("refund").order_by("-requested_at", "-pk")


def last_day_to_withdraw(order: Order) -> date | None:
    """The last day, in the shop's time zone, on which somebody may change their mind.

    None while something of the order has not arrived: then there is no last day yet. What came instead of a piece that
    was exchanged is no piece of the order.
    """
    if order.status != "delivered":
        return None
    arrivals = Shipment.objects.filter(order=order, delivered_at__isnull=False, replaces=None).order_by("-delivered_at")
    last = arrivals.values_list("delivered_at", flat=True).first()
    return _local_date(last) + timedelta(days=WITHDRAWAL_DAYS) if last else None


def may_withdraw(order: Order, *, now: datetime) -> bool:
    last_day = last_day_to_withdraw(order)
    return last_day is None or _local_date(now) <= last_day


def returnable_lines(order: Order, language: str) -> list[ReturnableLine]:
    """What of an order may be sent back, named in a language; nothing of an order that was not paid or not sent."""
    if order.status not in LEFT_THE_HOUSE:
        return []
    progress = LineProgress.objects.filter(line__order=order, shipped__gt=F("returned"))
    available = {row.line_id: row.shipped - row.returned for row in progress}
    return [
        ReturnableLine(line, line.name, available[line.pk])
        for line in lines_of(order, language)
        if line.pk in available
    ]


def replacements_for(line: OrderLine, language: str) -> list[Replacement]:
    """The same product again, or its other variants, as long as they cost the same and are there.

    An exchange moves no money; whoever wants something dearer or cheaper sends the one back and buys the other.
    """
    if line.product is None or line.stockrecord is None:
        return []
    products = (
        Product.objects.filter(parent=line.product.parent)
        if line.product.parent_id
        else Product.objects.filter(pk=line.product_id)
    )
    records = (
        StockRecord.objects.filter(
            product__in=products.filter(is_public=True),
            price=line.stockrecord.price,
            price_currency=line.stockrecord.price_currency,
        )
        .select_related("product__parent")
        .prefetch_related("product__texts", "product__parent__texts")
        .order_by("product_id", "pk")
    )
    return [
        Replacement(record.product_id, name_of_product(record.product, language) or record.product.get_title(), stock)
        for record in records
        if (stock := record.net_stock_level) > 0
    ]


def _local_date(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
