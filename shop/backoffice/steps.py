"""What staff can do with an order now; the first is the next sensible one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from shop.models import Parcel, Payment, Refund, Shipment
from shop.orders.cancelling import CANCELLABLE
from shop.orders.due import due_for_pieces
from shop.oscar import Order
from shop.payment.permissions import may_refund
from shop.payment.providers import BY_HAND, BankTransfer
from shop.shipments.promises import OPEN


@dataclass(frozen=True, kw_only=True)
class Step:
    """`code` names the view that takes it and the form that asks for it, templates/shop/admin/_step_<code>.html."""

    code: str
    label: Any
    why: Any
    shipment: Shipment | None = None
    payment: Payment | None = None
    refund: Refund | None = None
    amount: Decimal | None = None
    # For what seldom happens: never offered as the next thing to do.
    is_rare: bool = False

    @property
    def template(self) -> str:
        return f"shop/admin/_step_{self.code}.html"


def steps_for(
    order: Order, *, user: Any, payments: Sequence[Payment], shipments: Sequence[Shipment], lines: Sequence[Any]
) -> list[Step]:
    """`lines` are the story's: what is left to pack is counted from them and from the shipments."""
    refunds = _refunds(user, payments)
    if not user.has_perm("order.change_order"):
        return refunds
    has_left = any(shipment.state != Shipment.State.PACKED for shipment in shipments)
    steps = [
        *_transfers(order, payments),
        *_payouts(payments),
        *(_ship(shipment) for shipment in shipments if shipment.state == Shipment.State.PACKED),
        *_packing(order, shipments, lines),
        *(_undelivered(shipment) for shipment in shipments if _may_come_back(shipment)),
        *(_deliver(shipment) for shipment in shipments if shipment.state == Shipment.State.SHIPPED),
    ]
    if order.status in CANCELLABLE and not has_left:
        steps.append(_cancel(order))
    if order.status == "part_shipped" and (rest := left_to_pack(shipments, lines)):
        steps.append(_cancel_rest(order, rest, user))
    return sorted([*steps, *refunds], key=lambda step: step.is_rare)


def left_to_pack(shipments: Sequence[Shipment], lines: Sequence[Any]) -> dict[int, int]:
    """Of each line, by its id, how many are in no shipment yet and not cancelled."""
    left = {line.id: line.quantity - line.cancelled for line in lines}
    for shipment in shipments:
        for entry in shipment.lines.all():
            left[entry.line_id] = left.get(entry.line_id, 0) - entry.quantity
    return {line_id: quantity for line_id, quantity in left.items() if quantity > 0}


def _transfers(order: Order, payments: Sequence[Payment]) -> list[Step]:
    """Of the latest one that the shopper chose to make, as `confirm_bank_transfer` takes it: money is counted once."""
    latest = next((payment for payment in reversed(payments) if payment.provider == BankTransfer.code), None)
    if latest is None or latest.status in Payment.HOLDS_MONEY:
        return []
    if order.status == "pending" and latest.status == Payment.Status.PENDING:
        why = _("Compare the amount and the order number with the bank's statement.")
        return [Step(code="transfer", label=_("The transfer has arrived"), why=why, payment=latest)]
    why = _("The order is paid if it can still have everything. If not, you are asked to transfer the money back.")
    return [Step(code="transfer", label=_("A late transfer has arrived"), why=why, payment=latest, is_rare=True)]


def _payouts(payments: Sequence[Payment]) -> list[Step]:
    """Refunds of what was paid by transfer or at the door: no machine can send them."""
    return [
        Step(
            code="paidout",
            label=_("Pay a refund out"),
            why=_("It was paid by transfer or at the door: transfer it back by hand, then press the button."),
            refund=refund,
        )
        for payment in payments
        for refund in payment.refunds.all()
        if refund.status == Refund.Status.PENDING and payment.provider in BY_HAND
    ]


def _packing(order: Order, shipments: Sequence[Shipment], lines: Sequence[Any]) -> list[Step]:
    if order.status not in OPEN or not left_to_pack(shipments, lines):
        return []
    why = _("Lower a number to send the rest later: that becomes a second shipment.")
    return [Step(code="pack", label=_("Pack"), why=why)]


def _ship(shipment: Shipment) -> Step:
    why = _("Stock goes down, and the customer gets a mail with the tracking link.")
    return Step(code="ship", label=_("Hand over to the carrier"), why=why, shipment=shipment)


def _deliver(shipment: Shipment) -> Step:
    why = _("Only if the carrier does not tell us by itself.")
    return Step(code="deliver", label=_("Mark as delivered"), why=why, shipment=shipment)


def _cancel(order: Order) -> Step:
    is_paid = order.status in ("paid", "packed")
    why = _("Stock is free again, what was paid goes back.") if is_paid else _("Stock is free again.")
    return Step(code="cancel", label=_("Cancel the order"), why=why, is_rare=True)


def _may_come_back(shipment: Shipment) -> bool:
    return shipment.state == Shipment.State.SHIPPED and shipment.replaces_id is None


def _undelivered(shipment: Shipment) -> Step:
    """The carrier says that it comes back: then this is the next thing to do."""
    is_told = any(parcel.state == Parcel.State.RETURNED for parcel in shipment.parcels.all())
    why = _("Refused at the door, or returned to us. What is fit goes back on the shelf, the money to the customer.")
    label = _("It came back undelivered")
    return Step(code="undelivered", label=label, why=why, shipment=shipment, is_rare=not is_told)


def _cancel_rest(order: Order, rest: Mapping[int, int], user: Any) -> Step:
    amount = due_for_pieces(order, rest).amount
    why = _("Stock is free again, what was paid for it goes back. What has left or is packed stays as it is.")
    if not may_refund(user, amount):
        why = _("That is more than you may give back: a manager has to press this button.")
    return Step(code="cancelrest", label=_("Cancel the rest"), why=why, amount=amount, is_rare=True)


def _refunds(user: Any, payments: Sequence[Payment]) -> list[Step]:
    return [
        Step(
            code="refund",
            label=_("Refund"),
            why=_("Goes back the way it came. The customer gets a mail."),
            payment=payment,
            amount=payment.amount - payment.refunded,
            is_rare=True,
        )
        for payment in payments
        if payment.status in Payment.HOLDS_MONEY
        and payment.refunded < payment.amount
        and may_refund(user, Decimal("0.01"))
    ]
