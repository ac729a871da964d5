"""A card network in tables of its own, so that whatever can happen between charging and noting it can be played.

For development and demonstrations only: it is offered where `PAYMENT_SIMULATOR` says so.
"""

import hashlib
import hmac
import json
import logging
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from shop.models import Payment, Refund, SimulatedCharge, SimulatedRefund
from shop.payment.providers.base import NotAuthentic, Notice, Outcome, RefundOutcome, State

logger = logging.getLogger(__name__)

SUCCESS = "4242424242424242"
DECLINE = "4000000000000002"
CHALLENGE = "4000000000003220"
LATE = "4000000000000077"
SILENT = "4000000000000119"
# What each card does, for the page to explain.
CARDS: tuple[tuple[str, Any], ...] = (
    (SUCCESS, _("is paid at once")),
    (DECLINE, _("is declined")),
    (CHALLENGE, _("asks you on a page of the bank (3-D Secure)")),
    (LATE, _("is paid, but the shop hears of it some seconds later")),
    (SILENT, _("never answers")),
)
SIGNATURE_HEADER = "X-Simulated-Signature"
SIGNATURE_AGE = 300  # seconds
LATE_BY = 8  # seconds


class SimulatedCard:
    """Cards that are not in CARDS are paid at once."""

    code = "simulated-card"
    name = _("Card")
    description = _("A made-up card: no real money is taken.")

    def is_offered(self, *, amount: Decimal, currency: str, country: str) -> bool:
        return bool(settings.PAYMENT_SIMULATOR and amount > 0)

    def start(self, payment: Payment, *, form: Mapping[str, str], return_url: str) -> Outcome:
        number = "".join(letter for letter in form.get("card_number", "") if letter.isdigit())
        decided = {DECLINE: False, CHALLENGE: None, SILENT: None}
        charge, is_new = SimulatedCharge.objects.get_or_create(
            reference=payment.reference,
            defaults={
                "amount": payment.amount,
                "currency": payment.currency,
                "is_captured": decided.get(number, True),
                "return_url": return_url,
            },
        )
        if number == LATE:
            if is_new:
                self._tell_later(payment.reference)
            return Outcome(state="pending", details={"card": "Simulated", "last4": number[-4:]})
        next_url = ""
        if number == CHALLENGE and charge.is_captured is None:
            next_url = reverse("checkout:simulated-bank", args=[charge.reference])
        return _outcome(charge, next_url=next_url, details={"card": "Simulated", "last4": number[-4:]})

    def look_up(self, payment: Payment) -> Outcome:
        charge = SimulatedCharge.objects.filter(reference=payment.reference).first()
        return _outcome(charge) if charge else Outcome(state="declined", reason="never reached the provider")

    @transaction.atomic
    def cancel(self, payment: Payment) -> Outcome:
        charge = SimulatedCharge.objects.select_for_update().filter(reference=payment.reference).first()
        if charge is None:
            return Outcome(state="declined", reason="never reached the provider")
        if charge.is_captured is None:
            charge.is_captured = False
            charge.save(update_fields=["is_captured"])
            return Outcome(state="declined", reason="cancelled")
        return _outcome(charge)

    @transaction.atomic
    def refund(self, refund: Refund) -> RefundOutcome:
        charge = SimulatedCharge.objects.select_for_update().filter(reference=refund.payment.reference).first()
        if charge is None or not charge.is_captured:
            return RefundOutcome(is_done=False, failure="the network holds no such money")
        known = charge.refunds.filter(key=refund.key).first()
        if known is None:
            given = sum((each.amount for each in charge.refunds.all()), Decimal(0))
            if given + refund.amount > charge.amount:
                return RefundOutcome(is_done=False, failure="more than was taken")
            known = SimulatedRefund.objects.create(charge=charge, key=refund.key, amount=refund.amount)
        return RefundOutcome(is_done=True, provider_reference=f"simulated-{known.pk}")

    def read_webhook(self, *, headers: Mapping[str, str], body: bytes) -> Notice:
        _check_signature(headers.get(SIGNATURE_HEADER, ""), body)
        try:
            data = json.loads(body)
            state: State = data["state"]
            return Notice(
                event_id=str(data["id"]),
                kind=f"charge.{state}",
                reference=data["reference"],
                outcome=Outcome(
                    state=state,
                    amount=Decimal(data["amount"]) if state == "captured" else None,
                    currency=data["currency"],
                    reason=data.get("reason", ""),
                ),
            )
        except (ValueError, KeyError, TypeError, InvalidOperation) as error:
            raise NotAuthentic("signed, but not in the network's words") from error

    def _tell_later(self, reference: str) -> None:
        """With the broker down nothing is told: then the sweeper asks."""
        try:
            current_app.send_task("shop.tasks.send_simulated_webhook", [reference], countdown=LATE_BY, retry=False)
        except (OSError, KombuError, RedisError) as error:
            logger.warning("the simulated network cannot tell of %s by itself: %s", reference, error)


def decide(reference: str, *, is_approved: bool) -> SimulatedCharge:
    """The shopper's word on the bank's page; the first one counts.

    :raises SimulatedCharge.DoesNotExist:
    """
    SimulatedCharge.objects.filter(reference=reference, is_captured=None).update(is_captured=is_approved)
    return SimulatedCharge.objects.get(reference=reference)


def webhook_of(reference: str) -> tuple[dict[str, str], bytes]:
    """(headers, body) of what the network tells about a charge, as it would send it."""
    charge = SimulatedCharge.objects.get(reference=reference)
    outcome = _outcome(charge)
    said = {
        "id": f"{reference}:{outcome.state}",
        "reference": reference,
        "state": outcome.state,
        "amount": str(charge.amount),
        "currency": charge.currency,
        "reason": outcome.reason,
    }
    body = json.dumps(said).encode()
    return {SIGNATURE_HEADER: sign(body, at=int(timezone.now().timestamp()))}, body


def sign(body: bytes, *, at: int) -> str:
    """`t=<seconds since 1970>,v1=<hex>`."""
    return f"t={at},v1={_digest(body, str(at))}"


def _digest(body: bytes, at: str) -> str:
    return salted_hmac("shop.simulated-network", at.encode() + b"." + body, algorithm="sha256").hexdigest()


def _check_signature(signature: str, body: bytes) -> None:
    parts = dict(part.partition("=")[::2] for part in signature.split(","))
    at, given = parts.get("t", ""), parts.get("v1", "")
    if not (at.isascii() and at.isdigit() and len(at) < 15 and given.isascii()):
        raise NotAuthentic("no signature")
    if not hmac.compare_digest(_digest(body, at), given):
        raise NotAuthentic("wrong signature")
    if abs(timezone.now().timestamp() - int(at)) > SIGNATURE_AGE:
        raise NotAuthentic("too old")


def _outcome(charge: SimulatedCharge, *, next_url: str = "", details: Mapping[str, str] | None = None) -> Outcome:
    details = details or {}
    if charge.is_captured is None:
        return Outcome(state="pending", next_url=next_url, details=details)
    if not charge.is_captured:
        return Outcome(state="declined", reason="card declined", details=details)
    return Outcome(
        state="captured",
        amount=charge.amount,
        currency=charge.currency,
        provider_reference=hashlib.sha256(charge.reference.encode()).hexdigest()[:20],
        details=details,
    )
