"""Being paid for an order: once, whoever asks and however often.

start (a row says that money may be moving) → the provider, outside any transaction → finish (exactly once). A crash
between the steps leaves a waiting row; `finish_waiting` asks the provider what became of it.
"""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from crm import api as crm
from shop.documents.invoices import issue_invoice
from shop.documents.papers import accepted_attachments
from shop.models import Payment
from shop.orders.steps import lock_order, queue_order_mail, record_bought, record_step
from shop.payment.providers import PROVIDERS, Outcome

SYSTEM = crm.Actor.system("payment")
# A payment that is still waiting after this long was left behind by a crash.
LEFT_BEHIND = timedelta(minutes=2)


class CannotBePaid(Exception):
    """The order is cancelled: its stock went back on the shelf."""


class PaymentUnderWay(Exception):
    """Another request, a second tab or a double click, is paying for this order at this moment."""


@transaction.atomic
def start_payment(order_id: int, *, provider: str, now: datetime) -> Payment:
    """The one payment that may be under way for an order; the captured one if it is paid already.

    :raises CannotBePaid: if the order is cancelled
    :raises PaymentUnderWay: if somebody else is paying just now
    """
    order = lock_order(order_id)
    captured = order.payments.filter(status=Payment.Status.CAPTURED).first()
    if captured:
        return captured
    if order.status != "pending":
        raise CannotBePaid(order.number)
    if order.payments.filter(status=Payment.Status.PENDING).exists():
        raise PaymentUnderWay(order.number)
    return Payment.objects.create(
        order=order,
        provider=provider,
        reference=secrets.token_urlsafe(24),
        amount=order.total_incl_tax,
        currency=order.currency,
        started_at=now,
    )


def pay_by_card(order_id: int, *, card_number: str, now: datetime, provider: str = "simulated-card") -> Payment:
    """Charge a card for an order and note what came of it.

    :raises CannotBePaid, PaymentUnderWay: as start_payment
    """
    payment = start_payment(order_id, provider=provider, now=now)
    if payment.status == Payment.Status.CAPTURED:
        return payment
    outcome = PROVIDERS[provider].charge(
        reference=payment.reference, amount=payment.amount, currency=payment.currency, card_number=card_number
    )
    return finish_payment(payment.pk, outcome=outcome, now=now)


@transaction.atomic
def finish_payment(payment_id: int, *, outcome: Outcome, now: datetime) -> Payment:
    """Note a provider's answer: a captured payment makes the order paid and queues its confirmation, exactly once."""
    order_id = Payment.objects.values_list("order_id", flat=True).get(pk=payment_id)
    order = lock_order(order_id)
    payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)
    if payment.status != Payment.Status.PENDING:
        return payment
    payment.status = Payment.Status.CAPTURED if outcome.is_captured else Payment.Status.DECLINED
    payment.reason = outcome.reason
    payment.finished_at = now
    payment.save(update_fields=["status", "reason", "finished_at"])
    if outcome.is_captured:
        order.set_status("paid")
        order.purchase.paid_at = now
        order.purchase.save(update_fields=["paid_at"])
        record_step(order, "shop.order.paid", actor=SYSTEM, now=now)
        record_bought(order, now=now)
        queue_order_mail(order, "order_confirmed", attachments=accepted_attachments(order), now=now)
        issue_invoice(order, now=now)
    return payment


def finish_waiting(*, now: datetime) -> int:
    """Finish payments that a crash left waiting, by what their provider says; returns how many."""
    waiting = Payment.objects.filter(status=Payment.Status.PENDING, started_at__lt=now - LEFT_BEHIND).order_by("pk")
    for payment in waiting:
        outcome = PROVIDERS[payment.provider].look_up(payment.reference)
        finish_payment(payment.pk, outcome=outcome or Outcome(False, "never reached the provider"), now=now)
    return len(waiting)
