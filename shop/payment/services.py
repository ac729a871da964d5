"""Being paid for an order: once, whoever asks and however often.

start (a row says that money may be moving) → the provider, outside any transaction → finish (exactly once). Browser,
webhook and sweeper all go through the same finish; whichever comes first counts. A crash between the steps leaves a
waiting row; `finish_waiting` asks the provider what became of it. Money that an order cannot have is never lost: it
is noted as surplus, goes back by itself (shop/payment/refunds.py), and a person is told.
"""

import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from crm import api as crm
from shop.attention.services import ask_a_person
from shop.documents.invoices import issue_invoice
from shop.documents.papers import accepted_attachments
from shop.models import Attention, Payment, Refund
from shop.orders.placing import NotEnoughStock
from shop.orders.releasing import reserve_again
from shop.orders.steps import lock_order, queue_order_mail, record_bought, record_step
from shop.oscar import Order
from shop.payment.providers import (
    PROVIDERS,
    BankTransfer,
    Outcome,
    ProviderUnreachable,
    SimulatedCard,
    offered_providers,
)
from shop.payment.providers.base import Provider

logger = logging.getLogger(__name__)

SYSTEM = crm.Actor.system("payment")
# A payment that is still waiting after this long was left behind by a crash.
LEFT_BEHIND = timedelta(minutes=2)
# A shopper has at least this long to finish what they began, also on the last minute of the order's reservation.
PATIENCE = timedelta(minutes=20)
# After these the order needs no other payment.
SETTLED = (Payment.Status.CAPTURED, Payment.Status.AUTHORISED)


class CannotBePaid(Exception):
    """The order is cancelled: its stock went back on the shelf, and if staff did it, for good."""


class PaymentUnderWay(Exception):
    """Another request, a second tab or a double click, is paying for this order at this moment."""


class NotOffered(Exception):
    """This way to pay does not exist, or not for such an order."""


def payment_choices(order: Order) -> list[Provider]:
    """The ways to pay that an order has."""
    address = order.shipping_address
    return offered_providers(
        amount=order.total_incl_tax, currency=order.currency, country=address.country_id if address else ""
    )


@transaction.atomic
def start_payment(order_id: int, *, provider: str, now: datetime) -> Payment:
    """The one payment that may be under way for an order; the one that settled it if there is one.

    :raises CannotBePaid: if the order is cancelled
    :raises PaymentUnderWay: if somebody else is paying just now
    :raises NotOffered: if the order cannot be paid that way
    """
    order = lock_order(order_id)
    settled = order.payments.filter(status__in=SETTLED).order_by("pk").first()
    if settled:
        return settled
    if order.status != "pending":
        raise CannotBePaid(order.number)
    if order.payments.filter(status=Payment.Status.PENDING).exists():
        raise PaymentUnderWay(order.number)
    if provider not in {each.code for each in payment_choices(order)}:
        raise NotOffered(provider)
    return Payment.objects.create(
        order=order,
        provider=provider,
        reference=secrets.token_urlsafe(24),
        amount=order.total_incl_tax,
        currency=order.currency,
        started_at=now,
    )


def pay(
    order_id: int, *, provider: str, form: Mapping[str, str], return_url: Callable[[Payment], str], now: datetime
) -> Payment:
    """Ask a provider for the money of an order and note what it says.

    `form` is what the shopper filled in; `return_url` makes the address that a provider's page leads back to. A payment
    that is pending then may have `details["next_url"]`, where the shopper goes on. If the provider cannot be reached
    it stays pending: the sweeper asks again.

    :raises CannotBePaid, PaymentUnderWay, NotOffered: as start_payment
    """
    payment = start_payment(order_id, provider=provider, now=now)
    if payment.status in SETTLED:
        return payment
    try:
        outcome = PROVIDERS[provider].start(payment, form=form, return_url=return_url(payment))
    except ProviderUnreachable as error:
        logger.warning("payment %s: %s gave no answer: %s", payment.pk, provider, error)
        return payment
    return finish_payment(payment.pk, outcome=outcome, now=now)


def pay_by_card(order_id: int, *, card_number: str, now: datetime) -> Payment:
    """Pay with the simulated card. Raises as `pay`."""
    form = {"card_number": card_number}
    return pay(order_id, provider=SimulatedCard.code, form=form, return_url=lambda payment: "", now=now)


def look_again(payment_id: int, *, now: datetime) -> Payment:
    """Ask the provider what became of a payment: the browser came back, or somebody waits.

    Somebody who only comes back tells us nothing, so nothing that they say is used.
    """
    payment = Payment.objects.get(pk=payment_id)
    if payment.status != Payment.Status.PENDING:
        return payment
    try:
        outcome = PROVIDERS[payment.provider].look_up(payment)
    except ProviderUnreachable as error:
        logger.warning("payment %s: %s gave no answer: %s", payment.pk, payment.provider, error)
        return payment
    return finish_payment(payment.pk, outcome=outcome, now=now)


def give_up_payment(order_id: int, *, now: datetime) -> Payment | None:
    """Make way for another way to pay: the payment under way is cancelled at its provider first.

    Returns it, captured if it was paid in this very moment; None if nothing was under way.

    :raises PaymentUnderWay: if the provider does not answer, so that nobody knows whether it can be paid twice
    """
    payment = Payment.objects.filter(order_id=order_id, status=Payment.Status.PENDING).first()
    if payment is None:
        return None
    try:
        outcome = PROVIDERS[payment.provider].cancel(payment)
    except ProviderUnreachable as error:
        raise PaymentUnderWay(payment.reference) from error
    return finish_payment(payment.pk, outcome=outcome, now=now)


@transaction.atomic
def finish_payment(payment_id: int, *, outcome: Outcome, now: datetime, actor: crm.Actor = SYSTEM) -> Payment:
    """Note what a provider says about a payment, exactly once, in whatever order its answers come.

    Captured or authorised money makes the order certain and queues its confirmation. Nothing is believed whose amount
    or currency is another than ours.
    """
    order = lock_order(Payment.objects.values_list("order_id", flat=True).get(pk=payment_id))
    payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)
    if payment.status in Payment.HOLDS_MONEY:
        return payment
    if is_mismatch(payment, outcome):
        _note_mismatch(order, payment, outcome, now=now)
    elif outcome.state == "captured":
        _capture(order, payment, outcome, actor=actor, now=now)
    elif payment.status == Payment.Status.DECLINED:
        return payment  # an answer from before that, come late: only money can still change it
    elif outcome.state == "authorised":
        _authorise(order, payment, outcome, actor=actor, now=now)
    elif outcome.state == "declined":
        _decline(order, payment, outcome, now=now)
    elif payment.status == Payment.Status.PENDING:
        _wait(order, payment, outcome, now=now)
    return payment


def transfer_of(order: Order) -> Payment | None:
    """The transfer that money in the bank account is counted as: the latest one that the shopper chose to make."""
    return order.payments.filter(provider=BankTransfer.code).order_by("pk").last()


@transaction.atomic
def confirm_bank_transfer(order_id: int, *, amount: Decimal, actor: crm.Actor, now: datetime) -> Payment:
    """Somebody saw the money of an order in the bank account, however late. Another sum confirms nothing.

    It is the order that is named, not one of its payments: from a page of an hour ago nobody counts the same money as
    an earlier transfer, given up meanwhile.

    :raises NotOffered: if nobody wanted to pay this order by transfer
    """
    payment = transfer_of(lock_order(order_id))
    if payment is None:
        raise NotOffered(BankTransfer.code)
    outcome = Outcome(state="captured", amount=amount, currency=payment.currency)
    return finish_payment(payment.pk, outcome=outcome, now=now, actor=actor)


def capture_at_the_door(order_id: int, *, actor: crm.Actor, now: datetime) -> Payment | None:
    """The courier brought the money. None where nothing was due at the door."""
    due = Payment.objects.filter(order_id=order_id, status=Payment.Status.AUTHORISED).first()
    if due is None:
        return None
    outcome = Outcome(state="captured", amount=due.amount, currency=due.currency)
    return finish_payment(due.pk, outcome=outcome, now=now, actor=actor)


def finish_waiting(*, now: datetime) -> int:
    """Finish payments that were left waiting, by what their provider says; returns how many.

    One whose time is over, or whose order needs it no more, is cancelled at its provider. A provider that gives no
    answer, or breaks, leaves its payments as they are and holds up nobody else's.
    """
    waiting = (
        Payment.objects.filter(status=Payment.Status.PENDING, started_at__lt=now - LEFT_BEHIND)
        .select_related("order__purchase")
        .order_by("pk")
    )
    finished = 0
    for payment in waiting:
        try:
            provider = PROVIDERS[payment.provider]
            outcome = provider.cancel(payment) if _is_over(payment, now) else provider.look_up(payment)
            finished += finish_payment(payment.pk, outcome=outcome, now=now).status != Payment.Status.PENDING
        except ProviderUnreachable as error:
            logger.warning("payment %s: %s gave no answer: %s", payment.pk, payment.provider, error)
        except Exception:
            logger.exception("payment %s could not be finished", payment.pk)
    return finished


def _is_over(payment: Payment, now: datetime) -> bool:
    if payment.order.status != "pending":
        return True
    began, pay_by = payment.started_at, payment.order.purchase.pay_by
    return now > max(began + PATIENCE, pay_by or began)


def is_mismatch(payment: Payment, outcome: Outcome) -> bool:
    """Whether a provider took, or promises, another sum than the one that we wanted."""
    if outcome.state not in ("captured", "authorised"):
        return False
    return outcome.amount != payment.amount or outcome.currency.upper() != payment.currency


# --- What an outcome does; all of it in finish_payment's transaction, under its locks -----------------------


def _note_mismatch(order: Order, payment: Payment, outcome: Outcome, *, now: datetime) -> None:
    """What was taken is noted as it is, so that it can go back; whether it should is for a person to say."""
    wanted, taken = f"{payment.amount} {payment.currency}", f"{outcome.amount} {outcome.currency}"
    detail = f"{taken} instead of {wanted}"
    ask_a_person(order, Attention.Kind.MISMATCH, subject=f"shop.payment:{payment.pk}", detail=detail, now=now)
    if outcome.state != "captured" or not outcome.amount or len(outcome.currency) != 3:
        return  # nothing that could be given back: it is asked about again
    payment.amount, payment.currency = outcome.amount, outcome.currency.upper()
    _close(payment, Payment.Status.SURPLUS, outcome, now=now, reason=detail)


def _capture(order: Order, payment: Payment, outcome: Outcome, *, actor: crm.Actor, now: datetime) -> None:
    if order.payments.filter(status=Payment.Status.CAPTURED).exists():
        _give_back(order, payment, outcome, Attention.Kind.SURPLUS.value, now=now)
        return
    if order.status == "cancelled":
        try:
            if order.purchase.pay_by is None:
                raise CannotBePaid(order.number)
            with transaction.atomic():
                reserve_again(order, now=now)
        except (CannotBePaid, NotEnoughStock):
            _give_back(order, payment, outcome, Attention.Kind.LATE_PAYMENT.value, now=now)
            return
        order.purchase.cancelled_at = None
    # Whoever was to collect it at the door need not any more.
    order.payments.filter(status=Payment.Status.AUTHORISED).exclude(pk=payment.pk).update(
        status=Payment.Status.DECLINED, reason="paid otherwise", finished_at=now
    )
    _close(payment, Payment.Status.CAPTURED, outcome, now=now)
    if order.status in ("pending", "confirmed", "cancelled"):
        order.set_status("paid")
    order.purchase.paid_at = now
    record_step(order, "shop.order.paid", actor=actor, now=now)
    _confirm(order, now=now)


def _authorise(order: Order, payment: Payment, outcome: Outcome, *, actor: crm.Actor, now: datetime) -> None:
    if payment.status == Payment.Status.AUTHORISED:
        return
    if order.status != "pending":
        _close(payment, Payment.Status.DECLINED, outcome, now=now, reason="the order needs no payment any more")
        return
    _close(payment, Payment.Status.AUTHORISED, outcome, now=now)
    order.set_status("confirmed")
    record_step(order, "shop.order.confirmed", actor=actor, now=now)
    _confirm(order, now=now)


def _confirm(order: Order, *, now: datetime) -> None:
    """The order is certain: once, however it came to be."""
    is_first = order.purchase.confirmed_at is None
    order.purchase.confirmed_at = order.purchase.confirmed_at or now
    order.purchase.save(update_fields=["confirmed_at", "paid_at", "cancelled_at"])
    if is_first:
        record_bought(order, now=now)
        queue_order_mail(order, "order_confirmed", attachments=accepted_attachments(order), now=now)
        issue_invoice(order, now=now)


def _decline(order: Order, payment: Payment, outcome: Outcome, *, now: datetime) -> None:
    _close(payment, Payment.Status.DECLINED, outcome, now=now)
    crm.record(
        "shop.payment.failed",
        customer_id=order.purchase.customer_id,
        actor=SYSTEM,
        now=now,
        subject=f"shop.order:{order.pk}",
        data={"number": order.number, "amount": f"{payment.amount:.2f} {payment.currency}"},
    )


def _wait(order: Order, payment: Payment, outcome: Outcome, *, now: datetime) -> None:
    details = {**payment.details, **outcome.details}
    if outcome.next_url:
        details["next_url"] = outcome.next_url
    payment.details = details
    payment.provider_reference = outcome.provider_reference or payment.provider_reference
    payment.save(update_fields=["details", "provider_reference"])
    if outcome.pay_within:
        purchase = order.purchase
        purchase.pay_by = max(purchase.pay_by or now, now + outcome.pay_within)
        purchase.save(update_fields=["pay_by"])
        queue_order_mail(
            order, "order_awaits_transfer", about=f"payment-{payment.pk}", context={"payment": payment}, now=now
        )


def _give_back(order: Order, payment: Payment, outcome: Outcome, kind: str, *, now: datetime) -> None:
    """The order cannot have this money: all of it goes back. The row is the queue; `finish_refunds` sends it."""
    if not payment.amount:
        _close(payment, Payment.Status.DECLINED, outcome, now=now, reason="nothing was paid")
        return
    _close(payment, Payment.Status.SURPLUS, outcome, now=now, reason=kind)
    payment.refunded = payment.amount
    payment.save(update_fields=["refunded"])
    Refund.objects.create(
        payment=payment,
        key=f"surplus:{payment.pk}",
        amount=payment.amount,
        currency=payment.currency,
        reason=kind,
        actor=str(SYSTEM),
        requested_at=now,
    )
    ask_a_person(order, kind, subject=f"shop.payment:{payment.pk}", now=now)


def _close(payment: Payment, status: str, outcome: Outcome, *, now: datetime, reason: str = "") -> None:
    payment.status = status
    payment.reason = (reason or outcome.reason)[:200]
    payment.provider_reference = outcome.provider_reference or payment.provider_reference
    payment.details = {key: value for key, value in {**payment.details, **outcome.details}.items() if key != "next_url"}
    payment.finished_at = now
    changed = ["status", "amount", "currency", "reason", "provider_reference", "details", "finished_at"]
    payment.save(update_fields=changed)
