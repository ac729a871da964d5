"""Cards and wallets through Stripe: a PaymentIntent for each payment, paid on our page in Stripe's own fields.

One PaymentIntent lives as long as its payment: a declined card leaves it open for another one, `cancel` closes it.
What we rely on is in Stripe's API reference: docs.stripe.com/api/payment_intents, /refunds, /idempotent_requests,
docs.stripe.com/webhooks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import stripe
from django.conf import settings
from django.utils.datastructures import CaseInsensitiveMapping
from django.utils.translation import gettext_lazy as _

from shop.models import Payment, Refund
from shop.payment.providers.base import NotAuthentic, Notice, Outcome, ProviderUnreachable, RefundOutcome

# docs.stripe.com/currencies: amounts are sent in the smallest unit, and these currencies have none below the whole.
WITHOUT_CENTS = {
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "JPY",
    "KMF",
    "KRW",
    "MGA",
    "PYG",
    "RWF",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
}
# These have three decimals; our columns have two.
WITH_MILS = {"BHD", "JOD", "KWD", "OMR", "TND"}
# The states of a PaymentIntent in which the shopper's page can do something.
PAYABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
# What Stripe says no with. Everything else tells nothing of the payment.
NO = (stripe.CardError, stripe.InvalidRequestError)
# Seconds: to connect, to answer. A shopper waits for it, and a worker thread of ours.
TIMEOUT = (3.05, 10.0)
# A webhook call older than this may be a recorded one.
TOLERANCE_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class CardPage:
    """What `Stripe.template` needs. `client_secret` is empty when there is nothing to pay."""

    client_secret: str
    publishable_key: str
    script_url: str
    return_url: str


class Stripe:
    code = "stripe"
    name = _("Card or wallet")
    description = _("Credit or debit card, Apple Pay, Google Pay. Stripe takes the payment; we never see your card.")
    # What the payment page includes, with `card_page` as `stripe`.
    template = "shop/checkout/_stripe.html"

    def is_offered(self, *, amount: Decimal, currency: str, country: str) -> bool:
        is_set_up = bool(
            settings.STRIPE_SECRET_KEY and settings.STRIPE_PUBLISHABLE_KEY and settings.STRIPE_WEBHOOK_SECRET
        )
        return is_set_up and amount > 0 and can_be_sent(amount, currency)

    def start(self, payment: Payment, *, form: Mapping[str, str], return_url: str) -> Outcome:
        """Open a PaymentIntent. The shopper pays it on our page, so nothing is taken yet."""
        if payment.provider_reference:
            return self.look_up(payment)
        number = payment.order.number
        try:
            intent = _ask(
                lambda: _client().v1.payment_intents.create(
                    {
                        "amount": minor_units(payment.amount, payment.currency),
                        "currency": payment.currency.lower(),
                        "automatic_payment_methods": {"enabled": True},
                        "description": f"{settings.SHOP_NAME} {number}",
                        "metadata": {"order": number, "reference": payment.reference},
                    },
                    {"idempotency_key": payment.reference},
                ),
                no=NO,
            )
        except NO as error:
            return Outcome(state="declined", reason=_words(error))
        return _outcome(intent)

    def look_up(self, payment: Payment) -> Outcome:
        intent = self._find(payment)
        if intent is None:
            return Outcome(state="declined", reason="never reached Stripe")
        return _outcome(intent)

    def cancel(self, payment: Payment) -> Outcome:
        """Close the PaymentIntent. "pending" while a bank is deciding about it: Stripe lets nobody cancel that."""
        intent = self._find(payment)
        if intent is None:
            return Outcome(state="declined", reason="never reached Stripe")
        if intent["status"] in ("succeeded", "canceled"):
            return _outcome(intent)
        try:
            return _outcome(_ask(lambda: _client().v1.payment_intents.cancel(intent["id"]), no=NO))
        except NO:  # it was paid in this very moment, or a bank is deciding
            return self.look_up(payment)

    def refund(self, refund: Refund) -> RefundOutcome:
        """Stripe remembers an idempotency key for 24 hours only: what was done under it before is looked for first."""
        intent_id = refund.payment.provider_reference
        try:
            answer = _refund_made(intent_id, refund.key) or _ask(
                lambda: _client().v1.refunds.create(
                    {
                        "payment_intent": intent_id,
                        "amount": minor_units(refund.amount, refund.currency),
                        "metadata": {"key": refund.key, "reference": refund.payment.reference},
                    },
                    {"idempotency_key": refund.key},
                ),
                no=NO,
            )
        except NO as error:
            return RefundOutcome(is_done=False, failure=_words(error))
        if failure := _refund_failure(answer):
            return RefundOutcome(is_done=False, provider_reference=answer["id"], failure=failure)
        return RefundOutcome(is_done=True, provider_reference=answer["id"])

    def read_webhook(self, *, headers: Mapping[str, str], body: bytes) -> Notice:
        signature = CaseInsensitiveMapping(headers).get("Stripe-Signature") or ""
        if not signature.isascii():  # the SDK would stumble over it
            raise NotAuthentic("a signature that is no signature")
        try:
            event = (
                _client()
                .construct_event(body, signature, settings.STRIPE_WEBHOOK_SECRET, tolerance=TOLERANCE_SECONDS)
                .to_dict()
            )
        except (stripe.SignatureVerificationError, ValueError) as error:  # ValueError: not UTF-8, not JSON
            raise NotAuthentic(str(error)) from error
        about = event["data"]["object"]
        metadata = about.get("metadata") or {}
        reference = metadata.get("reference")  # Stripe copies an intent's onto its charges
        if about.get("object") == "refund":
            return Notice(
                event_id=event["id"],
                kind=event["type"],
                reference=reference,
                refund_key=metadata.get("key", ""),
                refund_failure=_refund_failure(about),
            )
        # An event tells of the moment it was made in, and may come late. Only what is final is taken at its word.
        is_final = about.get("object") == "payment_intent" and about.get("status") in ("succeeded", "canceled")
        return Notice(
            event_id=event["id"],
            kind=event["type"],
            reference=reference,
            outcome=_outcome(about) if reference and is_final else None,
        )

    def client_secret(self, payment: Payment) -> str:
        """What lets the shopper's page pay; empty if there is nothing to pay any more. Asked for, never kept.

        :raises ProviderUnreachable:
        """
        intent = self._find(payment)
        return intent["client_secret"] if intent and intent["status"] in PAYABLE else ""

    def card_page(self, payment: Payment, *, return_url: str) -> CardPage:
        """:raises ProviderUnreachable:"""
        return CardPage(
            client_secret=self.client_secret(payment),
            publishable_key=settings.STRIPE_PUBLISHABLE_KEY,
            script_url=settings.STRIPE_JS_URL,
            return_url=return_url,
        )

    def _find(self, payment: Payment) -> dict[str, Any] | None:
        """The payment's intent. Without its id (the answer to `start` was lost) it is searched for by our reference.

        The search lags by a minute at most. What it does not show yet nobody can pay: without the id no page ever
        got the client secret.
        """
        if payment.provider_reference:
            return _retrieve(payment.provider_reference)
        query = f"metadata['reference']:'{payment.reference}'"
        found = _ask(lambda: _client().v1.payment_intents.search({"query": query}))["data"]
        return _retrieve(found[0]["id"]) if found else None


def can_be_sent(amount: Decimal, currency: str) -> bool:
    """Whether an amount can be said in the currency's smallest unit."""
    return currency not in WITH_MILS and (currency not in WITHOUT_CENTS or amount == int(amount))


def minor_units(amount: Decimal, currency: str) -> int:
    """12.34 TRY is 1234, 1200 JPY is 1200.

    :raises ValueError: if the currency has no unit that small
    """
    if not can_be_sent(amount, currency):
        raise ValueError(f"{amount} {currency}")
    return int(amount * (1 if currency in WITHOUT_CENTS else 100))


def major_units(amount: int, currency: str) -> Decimal:
    return Decimal(amount).scaleb(0 if currency in WITHOUT_CENTS else -2)


def _outcome(intent: dict[str, Any]) -> Outcome:
    status, identifier = intent["status"], intent["id"]
    if status == "succeeded":
        currency = intent["currency"].upper()
        return Outcome(
            state="captured",
            amount=major_units(intent["amount_received"], currency),
            currency=currency,
            provider_reference=identifier,
            details=_details(intent),
        )
    if status == "canceled":
        reason = f"cancelled: {intent.get('cancellation_reason') or 'not paid'}"
        return Outcome(state="declined", reason=reason, provider_reference=identifier)
    problem = intent.get("last_payment_error") or {}
    return Outcome(state="pending", reason=problem.get("message") or "", provider_reference=identifier)


def _refund_failure(refund: dict[str, Any]) -> str:
    """Why it failed, "" where it did not. One that succeeded may fail days later: the card was closed meanwhile."""
    status = refund.get("status", "")
    return (refund.get("failure_reason") or status) if status in ("failed", "canceled") else ""


def _details(intent: dict[str, Any]) -> dict[str, Any]:
    """The card, where the charge was sent along."""
    charge = intent.get("latest_charge")
    method = (charge.get("payment_method_details") or {}) if isinstance(charge, dict) else {}
    card = method.get("card") or {}
    known = {"card": (card.get("brand") or method.get("type") or "").title(), "last4": card.get("last4")}
    return {name: value for name, value in known.items() if value}


def _retrieve(intent_id: str) -> dict[str, Any] | None:
    try:
        return _ask(lambda: _client().v1.payment_intents.retrieve(intent_id, {"expand": ["latest_charge"]}), no=NO)
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            return None
        raise ProviderUnreachable(f"Stripe: {_words(error)}") from error


def _refund_made(intent_id: str, key: str) -> dict[str, Any] | None:
    """The refund that this key has brought about before, in whatever state it is."""
    made = _ask(lambda: _client().v1.refunds.list({"payment_intent": intent_id, "limit": 100}))["data"]
    return next((refund for refund in made if (refund.get("metadata") or {}).get("key") == key), None)


def _ask(call: Callable[[], stripe.StripeObject], *, no: tuple[type[stripe.StripeError], ...] = ()) -> dict[str, Any]:
    """What Stripe answered, as plain data. The errors in `no` are answers, too, and rise as they are.

    :raises ProviderUnreachable: no answer, not a readable one, or one about us instead of the payment (a wrong key)
    """
    try:
        return call().to_dict()
    except stripe.StripeError as error:
        if isinstance(error, no):
            raise
        raise ProviderUnreachable(f"Stripe: {type(error).__name__}: {_words(error)}") from error


def _words(error: stripe.StripeError) -> str:
    return (error.user_message or type(error).__name__)[:200]


def _client() -> stripe.StripeClient:
    return _client_for(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, TIMEOUT)


@lru_cache(maxsize=4)
def _client_for(key: str, base: str, timeout: tuple[float, float]) -> stripe.StripeClient:
    """One client for each set of settings: it keeps its connections, and the SDK's globals stay untouched."""
    return stripe.StripeClient(
        key,
        base_addresses={"api": base} if base else None,
        http_client=stripe.RequestsClient(timeout=timeout),
        max_network_retries=1,
    )
