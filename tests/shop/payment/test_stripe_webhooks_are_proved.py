"""Calls that say they come from Stripe: signed ones are read, all others are refused."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from shop.models import Payment
from shop.payment.providers.base import NotAuthentic, Notice, Outcome
from shop.payment.providers.stripe import TOLERANCE_SECONDS, Stripe
from tests.fakes.stripe import FakeStripe
from tests.shop.payment.conftest import RETURN_URL, keep

provider = Stripe()


@pytest.fixture
def payment(stripe_server: FakeStripe, make_payment: Callable[..., Payment]) -> Payment:
    payment = make_payment("stripe")
    keep(payment, provider.start(payment, form={}, return_url=RETURN_URL))
    return payment


def intent_of(stripe_server: FakeStripe, payment: Payment) -> dict[str, Any]:
    return stripe_server.intents[payment.provider_reference]


def read(stripe_server: FakeStripe, kind: str, about: dict[str, Any]) -> Notice:
    body = stripe_server.event(kind, about, event_id="evt_42")
    return provider.read_webhook(headers=stripe_server.sign(body), body=body)


def test_a_paid_intent_is_taken_at_stripes_word(stripe_server: FakeStripe, payment: Payment) -> None:
    stripe_server.pay(payment.provider_reference)
    notice = read(stripe_server, "payment_intent.succeeded", intent_of(stripe_server, payment))
    assert notice == Notice(
        event_id="evt_42",
        kind="payment_intent.succeeded",
        reference=payment.reference,
        outcome=Outcome(
            state="captured", amount=payment.amount, currency="TRY", provider_reference=payment.provider_reference
        ),
    )


def test_a_cancelled_intent_is_declined(stripe_server: FakeStripe, payment: Payment) -> None:
    provider.cancel(payment)
    notice = read(stripe_server, "payment_intent.canceled", intent_of(stripe_server, payment))
    assert notice.outcome is not None
    assert notice.outcome.state == "declined"


@pytest.mark.parametrize("kind", ["payment_intent.payment_failed", "payment_intent.processing"])
def test_what_is_not_final_is_to_be_looked_up(kind: str, stripe_server: FakeStripe, payment: Payment) -> None:
    stripe_server.decline(payment.provider_reference)
    notice = read(stripe_server, kind, intent_of(stripe_server, payment))
    assert (notice.reference, notice.outcome) == (payment.reference, None)


def test_a_refunded_charge_leads_to_its_payment(stripe_server: FakeStripe, payment: Payment) -> None:
    stripe_server.pay(payment.provider_reference)
    notice = read(stripe_server, "charge.refunded", intent_of(stripe_server, payment)["latest_charge"])
    assert (notice.kind, notice.reference, notice.outcome) == ("charge.refunded", payment.reference, None)


def test_what_is_not_ours_has_no_reference(stripe_server: FakeStripe) -> None:
    notice = read(stripe_server, "customer.created", {"id": "cus_1", "object": "customer", "metadata": {}})
    assert notice == Notice(event_id="evt_42", kind="customer.created", reference=None)
    elsewhere = {"id": "pi_x", "object": "payment_intent", "status": "succeeded", "metadata": {}}
    assert read(stripe_server, "payment_intent.succeeded", elsewhere).outcome is None


def test_names_of_headers_may_be_written_in_any_case(stripe_server: FakeStripe, payment: Payment) -> None:
    body = stripe_server.event("payment_intent.processing", intent_of(stripe_server, payment))
    signature = stripe_server.sign(body)["Stripe-Signature"]
    assert provider.read_webhook(headers={"stripe-signature": signature}, body=body).reference == payment.reference


def refused(headers: dict[str, str], body: bytes) -> bool:
    with pytest.raises(NotAuthentic):
        provider.read_webhook(headers=headers, body=body)
    return True


def test_a_forged_call_is_refused(stripe_server: FakeStripe, payment: Payment) -> None:
    body = stripe_server.event("payment_intent.succeeded", intent_of(stripe_server, payment))
    assert refused({}, body)
    assert refused({"Stripe-Signature": "nonsense"}, body)
    assert refused({"Stripe-Signature": f"t={int(time.time())},v1=ä"}, body)
    assert refused(stripe_server.sign(body, secret="whsec_of_mallory"), body)
    assert stripe_server.asked("/v1/payment_intents/") == 0


def test_a_tampered_body_is_refused(stripe_server: FakeStripe, payment: Payment) -> None:
    body = stripe_server.event("payment_intent.succeeded", intent_of(stripe_server, payment))
    event = json.loads(body)
    event["data"]["object"]["amount_received"] = 1
    assert refused(stripe_server.sign(body), json.dumps(event).encode())
    assert refused(stripe_server.sign(body), body + b" ")


def test_an_old_call_is_refused(stripe_server: FakeStripe, payment: Payment) -> None:
    body = stripe_server.event("payment_intent.processing", intent_of(stripe_server, payment))
    now = int(time.time())
    assert refused(stripe_server.sign(body, at=now - TOLERANCE_SECONDS - 60), body)
    assert provider.read_webhook(headers=stripe_server.sign(body, at=now - 60), body=body).kind


def test_bytes_that_are_no_text_are_refused(stripe_server: FakeStripe) -> None:
    assert refused(stripe_server.sign(b"\xff\xfe"), b"\xff\xfe")
    assert refused(stripe_server.sign(b"not json"), b"not json")


def test_without_a_secret_every_call_is_refused(stripe_server: FakeStripe, payment: Payment, settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = ""
    body = stripe_server.event("payment_intent.succeeded", intent_of(stripe_server, payment))
    assert refused(stripe_server.sign(body, secret=""), body)
