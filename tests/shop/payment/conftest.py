"""The real providers, talking to servers of this machine that speak their protocols."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from shop.models import Payment, Refund
from shop.payment.providers import iyzico, stripe
from shop.payment.providers.base import Outcome
from tests.fakes.iyzico import API_KEY, FakeIyzico
from tests.fakes.iyzico import SECRET_KEY as IYZICO_SECRET
from tests.fakes.server import CERTIFICATE
from tests.fakes.stripe import SECRET_KEY, WEBHOOK_SECRET, FakeStripe

RETURN_URL = "https://shop.example/checkout/a-token/return/"


@pytest.fixture
def stripe_server(settings: Any) -> Iterator[FakeStripe]:
    server = FakeStripe()
    settings.STRIPE_SECRET_KEY = SECRET_KEY
    settings.STRIPE_PUBLISHABLE_KEY = "pk_test_esnaf"
    settings.STRIPE_WEBHOOK_SECRET = WEBHOOK_SECRET
    settings.STRIPE_API_BASE = server.base
    server.start()
    yield server
    server.stop()


@pytest.fixture
def iyzico_server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeIyzico]:
    server = FakeIyzico()
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))  # what the SDK's connections trust, in this test
    settings.IYZICO_API_KEY = API_KEY
    settings.IYZICO_SECRET_KEY = IYZICO_SECRET
    settings.IYZICO_BASE_URL = server.address
    server.start()
    yield server
    server.stop()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits ten seconds for a server that hangs on purpose."""
    monkeypatch.setattr(stripe, "TIMEOUT", (0.3, 0.3))
    monkeypatch.setattr(iyzico, "TIMEOUT_SECONDS", 0.3)


@pytest.fixture
def make_payment(order_as_guest: Any) -> Callable[..., Payment]:
    """`make_payment("stripe", (product, 2))`: a payment that has just begun, for a guest's order.

    Made by hand: a provider is handed a row, whoever made it.
    """

    def _make(provider: str, *lines: Any, currency: str = "TRY", amount: str = "", **changes: Any) -> Payment:
        order = order_as_guest(*lines, is_paid=False, **changes)
        return Payment.objects.create(
            order=order,
            provider=provider,
            reference=f"ref-{order.number}",
            amount=Decimal(amount) if amount else order.total_incl_tax,
            currency=currency,
            started_at=timezone.now(),
        )

    return _make


def keep(payment: Payment, outcome: Outcome) -> None:
    """What the shop keeps of an outcome."""
    payment.provider_reference = outcome.provider_reference or payment.provider_reference
    payment.details = {**payment.details, **outcome.details}
    payment.save()


def make_refund(payment: Payment, amount: str | Decimal, *, key: str = "refund-1") -> Refund:
    return Refund.objects.create(
        payment=payment,
        key=key,
        amount=Decimal(amount),
        currency=payment.currency,
        actor="staff:1",
        requested_at=timezone.now(),
    )
