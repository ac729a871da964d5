"""Giving money back: never more than was paid, each wish once, by the provider that took it.

ask (a row, and the sum is taken off what is left, under lock) → the provider, outside any transaction → finish (exactly
once; a refund that failed gives its sum free again). `finish_refunds` brings to an end what a crash left.
"""

import logging
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Q, QuerySet

from crm import api as crm
from shop.attention.services import ask_a_person, settle_about
from shop.models import Attention, Payment, Refund
from shop.orders.steps import lock_order, queue_order_mail
from shop.oscar import Order
from shop.payment.providers import PROVIDERS, ProviderUnreachable, RefundOutcome

logger = logging.getLogger(__name__)

SYSTEM = crm.Actor.system("payment")
# Longer than any provider lets us wait: whoever asked and said nothing since is dead.
ASK_AGAIN = timedelta(minutes=2)


class NothingToRefund(Exception):
    """Nothing was paid, or all of it went back."""


class TooMuch(Exception):
    """More than is `left` of what was paid."""

    def __init__(self, left: Decimal) -> None:
        super().__init__(str(left))
        self.left = left


def refunds_of(order: Order) -> QuerySet[Refund]:
    """What went back of an order's money or is on its way, oldest first.

    A second payment that went back is none of it, as it never paid for the order; of a cancelled order all is.
    """
    refunds = Refund.objects.filter(payment__order=order).exclude(status=Refund.Status.FAILED)
    if order.status != "cancelled":
        refunds = refunds.filter(payment__status=Payment.Status.CAPTURED)
    return refunds.order_by("requested_at", "pk")


def refund_order(order_id: int, *, amount: Decimal, key: str, reason: str, actor: crm.Actor, now: datetime) -> Refund:
    """Give `amount` of what an order was paid with back. `key` names the wish: wishing again changes nothing.

    :raises NothingToRefund, TooMuch: nothing was changed then
    """
    paid = Payment.objects.filter(order_id=order_id, status=Payment.Status.CAPTURED).first()
    if paid is None:
        raise NothingToRefund
    return refund_payment(paid.pk, amount=amount, key=key, reason=reason, actor=actor, now=now)


def refund_payment(
    payment_id: int, *, amount: Decimal, key: str, reason: str, actor: crm.Actor, now: datetime
) -> Refund:
    """The same for one payment, which may be a surplus one. The refund may still be pending when this returns.

    :raises NothingToRefund, TooMuch: nothing was changed then
    """
    refund = ask_for_refund(payment_id, amount=amount, key=key, reason=reason, actor=actor, now=now)
    return send_refund(refund.pk, now=now)


@transaction.atomic
def ask_for_refund(
    payment_id: int, *, amount: Decimal, key: str, reason: str, actor: crm.Actor, now: datetime
) -> Refund:
    """Write down that money is to go back, and nothing more: `send_refund` or the sweeper sends it.

    :raises NothingToRefund, TooMuch: nothing was changed then
    """
    lock_order(Payment.objects.values_list("order_id", flat=True).get(pk=payment_id))
    payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)
    known = attempt_of(key)
    if known:
        return known
    left = payment.amount - payment.refunded
    if payment.status not in Payment.HOLDS_MONEY or left <= 0 or amount <= 0:
        raise NothingToRefund
    if amount > left:
        raise TooMuch(left)
    Payment.objects.filter(pk=payment.pk).update(refunded=F("refunded") + amount)
    return Refund.objects.create(
        payment=payment,
        key=_key_of_attempt(key),
        amount=amount,
        currency=payment.currency,
        reason=reason[:200],
        actor=str(actor),
        requested_at=now,
    )


def attempt_of(key: str) -> Refund | None:
    """The refund that a wish came to; None where it was not made yet, or all that was tried failed."""
    return _attempts(key).exclude(status=Refund.Status.FAILED).first()


def _attempts(key: str) -> QuerySet[Refund]:
    return Refund.objects.filter(Q(key=key) | Q(key__startswith=f"{key}/"))


def _key_of_attempt(key: str) -> str:
    """A provider answers a key that failed as it did before, so that another attempt needs another one."""
    failed = _attempts(key).count()
    return f"{key}/{failed + 1}" if failed else key


def send_refund(refund_id: int, *, now: datetime) -> Refund:
    """Ask the provider to give it back, unless somebody else is asking; what cannot be known yet stays pending."""
    free = Refund.objects.filter(pk=refund_id, status=Refund.Status.PENDING).filter(
        Q(asked_at__isnull=True) | Q(asked_at__lt=now - ASK_AGAIN)
    )
    is_ours = free.update(asked_at=now)
    refund = Refund.objects.select_related("payment__order").get(pk=refund_id)
    if not is_ours:
        return refund
    try:
        outcome = PROVIDERS[refund.payment.provider].refund(refund)
    except ProviderUnreachable as error:
        logger.warning("refund %s: %s gave no answer: %s", refund.pk, refund.payment.provider, error)
        return refund
    return finish_refund(refund.pk, outcome=outcome, now=now)


@transaction.atomic
def finish_refund(refund_id: int, *, outcome: RefundOutcome, now: datetime) -> Refund:
    """Note what a provider says about a refund, exactly once."""
    order = lock_order(Refund.objects.values_list("payment__order_id", flat=True).get(pk=refund_id))
    refund = Refund.objects.select_for_update(of=("self",)).select_related("payment").get(pk=refund_id)
    if refund.status != Refund.Status.PENDING:
        return refund
    if outcome.is_done:
        _note_done(order, refund, outcome, now=now)
    elif outcome.failure:
        _note_failure(order, refund, outcome.failure, now=now)
    elif outcome.needs_person:
        detail = f"{refund.amount} {refund.currency} by {refund.payment.provider}"
        _tell(order, Attention.Kind.REFUND_BY_HAND, refund, detail, now=now)
    return refund


@transaction.atomic
def note_later_failure(refund_id: int, *, failure: str, now: datetime) -> bool:
    """A provider says that a refund, done or not, did not arrive: its money counts as the order's again.

    False if that is known.
    """
    order = lock_order(Refund.objects.values_list("payment__order_id", flat=True).get(pk=refund_id))
    refund = Refund.objects.select_for_update(of=("self",)).select_related("payment").get(pk=refund_id)
    if refund.status == Refund.Status.FAILED:
        return False
    _note_failure(order, refund, failure, now=now)
    return True


def confirm_refund(refund_id: int, *, actor: crm.Actor, now: datetime) -> Refund:
    """Somebody has paid it out by hand: it was paid by transfer or at the door. With that they know why it was due."""
    refund = finish_refund(refund_id, outcome=RefundOutcome(is_done=True, provider_reference=str(actor)), now=now)
    settle_about(f"shop.refund:{refund_id}", kind=Attention.Kind.REFUND_BY_HAND, actor=actor, now=now)
    for kind in (Attention.Kind.LATE_PAYMENT, Attention.Kind.SURPLUS):
        settle_about(f"shop.payment:{refund.payment_id}", kind=kind, actor=actor, now=now)
    return refund


def finish_refunds(*, now: datetime) -> int:
    """Send the refunds that nobody has sent, or whose sender died; returns how many came to an end."""
    waiting = Refund.objects.filter(status=Refund.Status.PENDING).filter(
        Q(asked_at__isnull=True) | Q(asked_at__lt=now - ASK_AGAIN)
    )
    finished = 0
    for refund_id in waiting.order_by("pk").values_list("pk", flat=True):
        try:
            finished += send_refund(refund_id, now=now).status != Refund.Status.PENDING
        except Exception:
            logger.exception("refund %s could not be sent", refund_id)
    return finished


def _note_done(order: Order, refund: Refund, outcome: RefundOutcome, *, now: datetime) -> None:
    refund.status, refund.finished_at = Refund.Status.DONE, now
    refund.provider_reference = outcome.provider_reference
    refund.save(update_fields=["status", "finished_at", "provider_reference"])
    _record(order, "shop.payment.refunded", refund, now=now)
    _settle_failures(refund, now=now)
    paid = refund.payment
    why = paid.reason if paid.status == Payment.Status.SURPLUS else ""
    context = {"refund": refund, "why": why}
    queue_order_mail(order, "order_refunded", about=f"refund-{refund.pk}", context=context, now=now)


def _note_failure(order: Order, refund: Refund, failure: str, *, now: datetime) -> None:
    refund.status, refund.finished_at = Refund.Status.FAILED, now
    refund.failure = failure[:200]
    refund.save(update_fields=["status", "finished_at", "failure"])
    Payment.objects.filter(pk=refund.payment_id).update(refunded=F("refunded") - refund.amount)
    _record(order, "shop.payment.refund_failed", refund, now=now)
    _tell(order, Attention.Kind.REFUND_FAILED, refund, failure, now=now)


def _record(order: Order, kind: str, refund: Refund, *, now: datetime) -> None:
    crm.record(
        kind,
        customer_id=order.purchase.customer_id,
        actor=SYSTEM,
        now=now,
        subject=f"shop.order:{order.pk}",
        data={"number": order.number, "amount": f"{refund.amount:.2f} {refund.currency}", "by": refund.actor},
    )


def _settle_failures(refund: Refund, *, now: datetime) -> None:
    """The same wish came true at another try, or all of the payment is back: what failed before is no matter now."""
    payment = Payment.objects.get(pk=refund.payment_id)
    is_waiting = payment.refunds.filter(status=Refund.Status.PENDING).exists()
    is_all_back = payment.refunded == payment.amount and not is_waiting
    failed = payment.refunds.filter(status=Refund.Status.FAILED)
    if is_all_back:
        settle_about(f"shop.payment:{payment.pk}", kind=Attention.Kind.MISMATCH, actor=SYSTEM, now=now)
    else:
        wish = refund.key.partition("/")[0]
        failed = failed.filter(Q(key=wish) | Q(key__startswith=f"{wish}/"))
    for pk in failed.values_list("pk", flat=True):
        settle_about(f"shop.refund:{pk}", kind=Attention.Kind.REFUND_FAILED, actor=SYSTEM, now=now)


def _tell(order: Order, kind: str, refund: Refund, detail: str, *, now: datetime) -> None:
    ask_a_person(order, kind, subject=f"shop.refund:{refund.pk}", detail=detail, now=now)
