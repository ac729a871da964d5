"""Refunds through the Stripe SDK: whole, in part, too much, and the same one twice."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from shop.models import Payment
from shop.payment.providers.base import ProviderUnreachable, RefundOutcome
from shop.payment.providers.stripe import Stripe
from tests.fakes.stripe import FakeStripe
from tests.shop.payment.conftest import RETURN_URL, keep, make_refund

provider = Stripe()


@pytest.fixture
def paid(stripe_server: FakeStripe, make_payment: Callable[..., Payment]) -> Payment:
    payment = make_payment("stripe", amount="100.00")
    keep(payment, provider.start(payment, form={}, return_url=RETURN_URL))
    stripe_server.pay(payment.provider_reference)
    keep(payment, provider.look_up(payment))
    return payment


def amounts(stripe_server: FakeStripe) -> list[int]:
    return [refund["amount"] for refund in stripe_server.refunds]


def test_the_whole_payment_goes_back(stripe_server: FakeStripe, paid: Payment) -> None:
    outcome = provider.refund(make_refund(paid, "100.00"))
    [refund] = stripe_server.refunds
    assert outcome == RefundOutcome(is_done=True, provider_reference=refund["id"])
    assert refund["metadata"] == {"key": "refund-1", "reference": paid.reference}
    assert amounts(stripe_server) == [10000]


def test_parts_go_back_until_nothing_is_left(stripe_server: FakeStripe, paid: Payment) -> None:
    for number, part in enumerate(["30.00", "69.99", "0.01"]):
        assert provider.refund(make_refund(paid, part, key=f"part-{number}")).is_done
    assert amounts(stripe_server) == [3000, 6999, 1]
    outcome = provider.refund(make_refund(paid, "0.01", key="one-too-many"))
    assert not outcome.is_done
    assert "has already been refunded" in outcome.failure
    assert len(stripe_server.refunds) == 3


def test_more_than_was_paid_does_not_go_back(stripe_server: FakeStripe, paid: Payment) -> None:
    outcome = provider.refund(make_refund(paid, "100.01"))
    assert not outcome.is_done
    assert "greater than unrefunded amount" in outcome.failure
    assert stripe_server.refunds == []


def test_the_same_refund_again_gives_nothing_more(stripe_server: FakeStripe, paid: Payment) -> None:
    refund = make_refund(paid, "30.00")
    assert provider.refund(refund) == provider.refund(refund)
    assert amounts(stripe_server) == [3000]


def test_it_gives_nothing_more_after_stripe_forgot_the_key(stripe_server: FakeStripe, paid: Payment) -> None:
    refund = make_refund(paid, "30.00")
    first = provider.refund(refund)
    stripe_server._answers.clear()  # as it does after 24 hours
    assert provider.refund(refund) == first
    assert amounts(stripe_server) == [3000]


def test_a_refund_whose_answer_was_dropped_is_made_once(stripe_server: FakeStripe, paid: Payment) -> None:
    refund = make_refund(paid, "30.00")
    stripe_server.break_down("dropped", times=2, at="POST /v1/refunds")  # the SDK asks twice
    with pytest.raises(ProviderUnreachable):
        provider.refund(refund)
    assert amounts(stripe_server) == [3000]
    assert provider.refund(refund) == RefundOutcome(is_done=True, provider_reference=stripe_server.refunds[0]["id"])
    assert amounts(stripe_server) == [3000]


def test_a_refund_that_the_bank_sent_back_has_failed(stripe_server: FakeStripe, paid: Payment) -> None:
    refund = make_refund(paid, "30.00")
    assert provider.refund(refund).is_done
    stripe_server.refunds[0] |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
    outcome = provider.refund(refund)
    assert (outcome.is_done, outcome.failure) == (False, "expired_or_canceled_card")


def test_without_an_answer_nothing_is_known_of_a_refund(stripe_server: FakeStripe, paid: Payment) -> None:
    stripe_server.break_down("refused", times=2)
    with pytest.raises(ProviderUnreachable):
        provider.refund(make_refund(paid, "30.00"))
    assert stripe_server.refunds == []


def test_a_currency_without_cents_goes_back_as_it_is(
    stripe_server: FakeStripe, make_payment: Callable[..., Payment]
) -> None:
    payment = make_payment("stripe", currency="JPY", amount="1200")
    keep(payment, provider.start(payment, form={}, return_url=RETURN_URL))
    stripe_server.pay(payment.provider_reference)
    assert provider.refund(make_refund(payment, Decimal(200))).is_done
    assert amounts(stripe_server) == [200]
