"""What the buttons of an order do: each reads its form, asks who may, and calls one service.

What comes back is what staff are told. Which buttons there are now is said by steps.py.
"""

from collections.abc import Callable
from decimal import Decimal

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _now

from crm import api as crm
from shop.models import Payment, Refund, Shipment
from shop.orders.cancelling import cancel_order, cancel_rest
from shop.orders.due import AmountChanged
from shop.oscar import Order
from shop.payment.permissions import may_refund
from shop.payment.providers import BY_HAND
from shop.payment.refunds import NothingToRefund, TooMuch, confirm_refund, refund_payment
from shop.payment.services import PaymentUnderWay, confirm_bank_transfer, transfer_of
from shop.requests import whole_number
from shop.returns.services import Arrived, NotThatMany
from shop.returns.settling import NotPaidYet, RefundFailed, due_for, refund_return
from shop.returns.steps import ReturnHasMoved
from shop.returns.undelivered import PiecesAskedBack, book_undelivered
from shop.shipments.carriers import CannotAnnounce
from shop.shipments.services import NotLeftToPack, NumberTaken, contents_of, deliver, pack, ship
from shop.templatetags.money import money


class ShipForm(forms.Form):
    carrier = forms.CharField(max_length=60)
    tracking_number = forms.CharField(max_length=60, required=False)


class RefundForm(forms.Form):
    """`key` was made with the page: a second click is the same refund."""

    payment = forms.IntegerField()
    amount = forms.DecimalField(max_digits=12, decimal_places=2, min_value=Decimal("0.01"), localize=True)
    reason = forms.CharField(max_length=200)
    key = forms.UUIDField()


class TransferForm(forms.Form):
    amount = forms.DecimalField(max_digits=12, decimal_places=2, min_value=Decimal("0.01"), localize=True)


class CancelForm(forms.Form):
    reason = forms.CharField(max_length=200)


class CancelRestForm(CancelForm):
    """`amount` is what the page showed: the cap is asked about it, the service refuses any other."""

    amount = forms.DecimalField(max_digits=12, decimal_places=2, min_value=0)


class Refused(Exception):
    """What staff wanted cannot be done; the text says why and what to do."""


def _pack(request: HttpRequest, order: Order) -> str:
    may_fulfil(request)
    lines = {}
    for line_id in order.lines.values_list("pk", flat=True):
        number = whole_number(request.POST.get(f"line-{line_id}", "").strip() or "0", default=-1)
        if number < 0:
            raise Refused(_now("Please write whole numbers."))
        if number:
            lines[line_id] = number
    try:
        pack(order.pk, lines=lines, actor=crm.actor_of(request), now=timezone.now())
    except NotLeftToPack as error:
        raise Refused(_now("Nothing was packed: that is more than is left, or nothing at all.")) from error
    return _now("Packed.")


def _ship(request: HttpRequest, order: Order) -> str:
    may_fulfil(request)
    hand_over(request, _shipment(request, order), ShipForm(request.POST))
    return _now("Handed over. The customer gets a mail with the tracking link.")


def _deliver(request: HttpRequest, order: Order) -> str:
    may_fulfil(request)
    deliver(_shipment(request, order).pk, actor=crm.actor_of(request), now=timezone.now())
    return _now("Marked as delivered.")


def _cancel(request: HttpRequest, order: Order) -> str:
    may_fulfil(request)
    form = CancelForm(request.POST)
    if not form.is_valid():
        raise Refused(_now("Please say why the order is cancelled: the customer reads it."))
    paid = order.payments.filter(status__in=Payment.HOLDS_MONEY)
    goes_back = sum((payment.amount - payment.refunded for payment in paid), Decimal(0))
    if goes_back:
        _may_cancel(request, goes_back)
    try:
        cancel_order(order.pk, reason=form.cleaned_data["reason"], actor=crm.actor_of(request), now=timezone.now())
    except PaymentUnderWay as error:
        raise Refused(_now("It is being paid at this moment. Please try again in some minutes.")) from error
    return _now("The order is cancelled. What was paid goes back.")


def _cancel_rest(request: HttpRequest, order: Order) -> str:
    may_fulfil(request)
    form = CancelRestForm(request.POST)
    if not form.is_valid():
        raise Refused(_now("Please say why the order is cancelled: the customer reads it."))
    amount = form.cleaned_data["amount"]
    _may_cancel(request, amount)
    try:
        cancel_rest(
            order.pk,
            expected=amount,
            reason=form.cleaned_data["reason"],
            actor=crm.actor_of(request),
            now=timezone.now(),
        )
    except AmountChanged as error:
        text = _now("Nothing was changed: it is %(amount)s by now.")
        raise Refused(text % {"amount": money(error.amount, order.currency)}) from error
    return _now("The rest is cancelled. What was paid for it goes back.")


def _note_undelivered(request: HttpRequest, order: Order) -> str:
    """Booked first; the money follows if this person may give so much back, otherwise the return waits."""
    may_fulfil(request)
    shipment = _shipment(request, order)
    arrived = {
        line_id: Arrived(_count(request, f"back-{line_id}"), _count(request, f"shelf-{line_id}"))
        for line_id in contents_of(shipment)
    }
    actor, now = crm.actor_of(request), timezone.now()
    try:
        case = book_undelivered(shipment.pk, arrived=arrived, actor=actor, now=now)
    except NotThatMany as error:
        text = _now("Those numbers do not fit. Nothing was changed: what was not delivered is all here again.")
        raise Refused(text) from error
    except PiecesAskedBack as error:
        text = _now("The customer has asked to send these back: please note at that return what came.")
        raise Refused(text) from error
    if case.closed_at:
        return _now("Booked as %(number)s. There is no money to give back.") % {"number": case.number}
    amount = due_for(case).amount
    values = {"number": case.number, "amount": money(amount, order.currency)}
    if not may_refund(request.user, amount):
        return _now("Booked as %(number)s. A manager has to give %(amount)s back there.") % values
    try:
        refund_return(case.pk, expected=amount, actor=actor, now=now)
    except (AmountChanged, ReturnHasMoved, NotPaidYet, RefundFailed):
        return _now("Booked as %(number)s. The money did not go back yet: please look there.") % values
    return _now("Booked as %(number)s. %(amount)s goes back to the customer.") % values


def _confirm_transfer(request: HttpRequest, order: Order) -> str:
    may_fulfil(request)
    form = TransferForm(request.POST)
    if not form.is_valid():
        raise Refused(_now("Please write the amount as the bank's statement has it."))
    payment = transfer_of(order)
    if payment is None:
        raise Refused(_now("Nobody wanted to pay this order by transfer. Nothing was confirmed."))
    if form.cleaned_data["amount"] != payment.amount:
        text = _now("That is not the amount of the order (%(amount)s). Nothing was confirmed.")
        raise Refused(text % {"amount": money(payment.amount, payment.currency)})
    payment = confirm_bank_transfer(order.pk, amount=payment.amount, actor=crm.actor_of(request), now=timezone.now())
    if payment.status == Payment.Status.SURPLUS:
        return _now("The order cannot have this money: it is noted as paid too much. Please transfer it back.")
    if order.status == "cancelled":
        return _now("The payment is confirmed. Everything was still there: the order is paid after all.")
    return _now("The payment is confirmed.")


def _refund(request: HttpRequest, order: Order) -> str:
    form = RefundForm(request.POST)
    if not form.is_valid():
        raise Refused(_now("Please give an amount and a reason. Nothing was refunded."))
    data = form.cleaned_data
    payment = _payment(order, data["payment"])
    if not may_refund(request.user, data["amount"]):
        raise Refused(_now("That is more than you may refund. Please ask a manager. Nothing was refunded."))
    try:
        refund = refund_payment(
            payment.pk,
            amount=data["amount"],
            key=str(data["key"]),
            reason=data["reason"],
            actor=crm.actor_of(request),
            now=timezone.now(),
        )
    except TooMuch as error:
        text = _now("That is more than is left of the payment (%(left)s). Nothing was refunded.")
        raise Refused(text % {"left": money(error.left, payment.currency)}) from error
    except NothingToRefund as error:
        raise Refused(_now("There is no money of this order to give back.")) from error
    if refund.status == refund.Status.FAILED:
        raise Refused(_now("The provider refused the refund: %(why)s") % {"why": refund.failure})
    if refund.status == refund.Status.PENDING:
        return _now("The refund is under way; we keep asking the provider until it is done.")
    return _now("%(amount)s was refunded.") % {"amount": money(refund.amount, refund.currency)}


def _note_payout(request: HttpRequest, order: Order) -> str:
    may_fulfil(request)
    text = request.POST.get("refund", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
    # What a provider sends is noted when the provider says so, and not a moment earlier.
    refund = Refund.objects.filter(pk=number, payment__order=order, payment__provider__in=BY_HAND).first()
    if refund is None:
        raise Refused(_now("This refund is not of this order. Please look at the page again."))
    confirm_refund(refund.pk, actor=crm.actor_of(request), now=timezone.now())
    return _now("Noted: %(amount)s was paid out.") % {"amount": money(refund.amount, refund.currency)}


def may_fulfil(request: HttpRequest) -> None:
    if not request.user.has_perm("order.change_order"):
        raise PermissionDenied


def _may_cancel(request: HttpRequest, goes_back: Decimal) -> None:
    """Whoever cancels gives back what was paid, within the same cap."""
    if not may_refund(request.user, goes_back):
        raise Refused(_now("That is more than you may refund. Please ask a manager. Nothing was cancelled."))


def _count(request: HttpRequest, name: str) -> int:
    return whole_number(request.POST.get(name, ""), default=-1)


def _shipment(request: HttpRequest, order: Order) -> Shipment:
    """The shipment that the form names, if it is this order's."""
    text = request.POST.get("shipment", "")
    if text.isascii() and text.isdigit() and len(text) < 16:
        found = order.shipments.filter(pk=int(text)).first()
        if found:
            return found
    raise Refused(_now("This shipment is not of this order. Please look at the page again."))


def _payment(order: Order, payment_id: int) -> Payment:
    found = order.payments.filter(pk=payment_id).first() if 0 < payment_id < 2**63 else None
    if found is None:
        raise Refused(_now("This payment is not of this order. Please look at the page again."))
    return found


def hand_over(request: HttpRequest, shipment: Shipment, form: ShipForm) -> None:
    if not form.is_valid():
        raise Refused(_now("Please choose a carrier and write the parcel number."))
    try:
        ship(shipment.pk, **form.cleaned_data, actor=crm.actor_of(request), now=timezone.now())
    except NumberTaken as error:
        raise Refused(_now("This carrier has a parcel with that number already. Please check the number.")) from error
    except CannotAnnounce as error:
        raise Refused(_now("This carrier gives no numbers by itself: please write the one on its label.")) from error


BUTTONS: dict[str, Callable[[HttpRequest, Order], str]] = {
    "transfer": _confirm_transfer,
    "pack": _pack,
    "ship": _ship,
    "deliver": _deliver,
    "cancel": _cancel,
    "cancelrest": _cancel_rest,
    "undelivered": _note_undelivered,
    "refund": _refund,
    "paidout": _note_payout,
}
