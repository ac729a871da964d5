"""What providers tell us by themselves: believed only when signed, taken once, in any order."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from django.db import IntegrityError, transaction

from crm import api as crm
from shop.models import Payment, Refund, WebhookCall
from shop.orders.steps import lock_order
from shop.payment.providers import PROVIDERS, NotAuthentic, Notice, Outcome
from shop.payment.refunds import note_later_failure
from shop.payment.services import finish_payment, is_mismatch

logger = logging.getLogger(__name__)


class NoSuchProvider(LookupError):
    """Nobody of that name tells us anything."""


def take_webhook(provider: str, *, headers: Mapping[str, str], body: bytes, now: datetime) -> WebhookCall:
    """Take one call: its row and what it changes are written together. A replay returns the first one's row.

    A call that changes nothing (unknown, late, out of order) is kept as ignored; one that names another sum than ours
    as refused, and a person is told.

    :raises NoSuchProvider, NotAuthentic: nothing was written then
    :raises ProviderUnreachable: it must be sent again
    """
    if provider not in PROVIDERS:
        raise NoSuchProvider(provider)
    try:
        notice = _fit(PROVIDERS[provider].read_webhook(headers=headers, body=body))
    except NotAuthentic as error:
        logger.warning("webhook of %s refused: %s", provider, error)
        raise
    known = _known(provider, notice)
    if known:
        return known
    payment = Payment.objects.filter(provider=provider, reference=notice.reference).first()
    outcome = notice.outcome
    if payment and outcome is None and not notice.refund_key:
        outcome = PROVIDERS[provider].look_up(payment)
    try:
        return _take(provider, notice, payment, outcome, now=now)
    except IntegrityError:
        # Another request took the same call at this moment.
        known = _known(provider, notice)
        if known is None:
            raise
        return known


def _fit(notice: Notice) -> Notice:
    """What others wrote, as Postgres takes it: JSON can say NUL and half letters, and not every field is signed."""
    outcome = notice.outcome
    return replace(
        notice,
        event_id=crm.clean_line(notice.event_id)[:200],
        kind=crm.clean_line(notice.kind)[:80],
        reference=crm.clean_line(str(notice.reference or "")),
        outcome=outcome
        and replace(
            outcome,
            reason=crm.clean_line(outcome.reason),
            currency=crm.clean_line(outcome.currency),
            provider_reference=crm.clean_line(outcome.provider_reference),
            details={
                name: crm.clean_line(value) if isinstance(value, str) else value
                for name, value in outcome.details.items()
            },
        ),
    )


def _known(provider: str, notice: Notice) -> WebhookCall | None:
    return WebhookCall.objects.filter(source=f"payment.{provider}", event_id=notice.event_id).first()


@transaction.atomic
def _take(
    provider: str, notice: Notice, payment: Payment | None, outcome: Outcome | None, *, now: datetime
) -> WebhookCall:
    call = WebhookCall.objects.create(
        source=f"payment.{provider}",
        event_id=notice.event_id,
        kind=notice.kind,
        outcome=WebhookCall.Outcome.IGNORED,
        detail="" if payment else "not about a payment of ours",
        reference=f"shop.payment:{payment.pk}" if payment else "",
        received_at=now,
    )
    if payment and notice.refund_failure:
        _take_failure(call, payment, notice, now=now)
    if payment is None or outcome is None:
        return call
    lock_order(payment.order_id)
    payment.refresh_from_db()
    is_refused = payment.status not in Payment.HOLDS_MONEY and is_mismatch(payment, outcome)
    after = finish_payment(payment.pk, outcome=outcome, now=now)
    if is_refused:
        call.outcome, call.detail = WebhookCall.Outcome.REFUSED, f"{outcome.amount} {outcome.currency}"[:200]
    elif after.status != payment.status:
        call.outcome, call.detail = WebhookCall.Outcome.ACCEPTED, f"{payment.status} → {after.status}"
    else:
        call.detail = f"{outcome.state}, but it is {payment.status}"
    call.save(update_fields=["outcome", "detail"])
    return call


def _take_failure(call: WebhookCall, payment: Payment, notice: Notice, *, now: datetime) -> None:
    refund = payment.refunds.filter(key=notice.refund_key).first()
    if refund is None:
        call.detail = "a refund that is none of ours"
    elif note_later_failure(refund.pk, failure=notice.refund_failure, now=now):
        call.outcome, call.detail = WebhookCall.Outcome.ACCEPTED, f"{refund.status} → {Refund.Status.FAILED}"
    else:
        call.detail = "known as failed"
    call.save(update_fields=["outcome", "detail"])
