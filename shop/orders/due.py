"""What pieces of an order cost, and what becomes of their money when nobody gets them or they came back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Case, F, Sum, When
from django.db.models.functions import Coalesce

from crm import api as crm
from shop.models import LineProgress, Payment, Refund, ReturnLine
from shop.oscar import Order, OrderLine
from shop.payment.refunds import ask_for_refund

CENT = Decimal("0.01")


class AmountChanged(Exception):
    """It is another amount than the one that was seen: something was refunded meanwhile."""

    def __init__(self, amount: Decimal) -> None:
        super().__init__(str(amount))
        self.amount = amount


@dataclass(frozen=True)
class Due:
    """`goods` is what the pieces cost, `delivery` the outbound delivery; `held` what the order still holds, or what the
    courier is to collect for it."""

    goods: Decimal
    delivery: Decimal
    held: Decimal

    @property
    def amount(self) -> Decimal:
        return min(self.goods + self.delivery, self.held)


def due_for_pieces(order: Order, pieces: Mapping[int, int]) -> Due:
    """What is no longer owed for so many pieces of each line, beside those that were settled before.

    For each piece what was paid for it, after all reductions: of `n` pieces that cost `paid` together, the first k cost
    round(paid × k / n), so that the last one takes the rest of the rounding and all together cost `paid`.

    The outbound delivery comes on top with the pieces that are the last of the order: Mesafeli Sözleşmeler Yönetmeliği
    m. 12/1 ("varsa malın tüketiciye teslim masrafları da dahil") and Directive 2011/83/EU art. 13(1). The directive
    (art. 13(2)) would let us keep what express cost more than standard; the regulation would not, and we do not.
    """
    before = _settled_before(order)
    goods, is_everything = Decimal(0), True
    for line in order.lines.order_by("pk"):
        known = before.get(line.pk, 0)
        after = known + pieces.get(line.pk, 0)
        goods += _price_of_first(after, line) - _price_of_first(known, line)
        is_everything = is_everything and after >= line.quantity
    return Due(goods, order.shipping_incl_tax if is_everything else Decimal(0), held_by(order))


def _settled_before(order: Order) -> dict[int, int]:
    """Pieces by line: of returns whose money was agreed on, and those that were cancelled."""
    came_back = Case(When(request__comes_back=False, then=F("quantity")), default=Coalesce("received", 0))
    returned = ReturnLine.objects.filter(request__order=order, request__agreed_amount__isnull=False)
    pieces = dict(returned.order_by().values_list("line_id").annotate(pieces=Sum(came_back)))
    cancelled = LineProgress.objects.filter(line__order=order, cancelled__gt=0)
    for line_id, number in cancelled.values_list("line_id", "cancelled"):
        pieces[line_id] = pieces.get(line_id, 0) + number
    return pieces


def _price_of_first(pieces: int, line: OrderLine) -> Decimal:
    return (line.line_price_incl_tax * pieces / line.quantity).quantize(CENT, ROUND_HALF_UP)


def held_by(order: Order) -> Decimal:
    """What was paid for an order and not given back, or is to be paid at the door."""
    paid = order.payments.filter(status__in=(Payment.Status.CAPTURED, Payment.Status.AUTHORISED)).first()
    return paid.amount - paid.refunded if paid else Decimal(0)


def is_due_at_the_door(order: Order) -> bool:
    return order.payments.filter(status=Payment.Status.AUTHORISED).exists()


def owe_less(order: Order, amount: Decimal, *, key: str, reason: str, actor: crm.Actor, now: datetime) -> Refund | None:
    """`amount` of what an order costs is owed no more: the courier collects less, or it is to go back.

    Under the order's lock. What is to go back is returned for `send_refund`, outside of it; `key` names the wish.
    """
    if not amount:
        return None
    at_the_door = order.payments.filter(status=Payment.Status.AUTHORISED)
    if at_the_door.update(amount=F("amount") - amount):
        return None
    paid = order.payments.get(status=Payment.Status.CAPTURED)
    return ask_for_refund(paid.pk, amount=amount, key=key, reason=reason, actor=actor, now=now)
