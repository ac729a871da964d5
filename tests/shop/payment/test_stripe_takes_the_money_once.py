"""The Stripe SDK against a server that speaks Stripe's API: from opening a payment to its end."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from shop.models import Payment
from shop.payment.providers.base import Outcome, ProviderUnreachable
from shop.payment.providers.stripe import Stripe, can_be_sent, major_units, minor_units
from tests.fakes.server import Fault
from tests.fakes.stripe import FakeStripe
from tests.races import run_at_once
from tests.shop.payment.conftest import RETURN_URL, keep

provider = Stripe()


def start(payment: Payment) -> Outcome:
    outcome = provider.start(payment, form={}, return_url=RETURN_URL)
    keep(payment, outcome)
    return outcome


@pytest.fixture
def payment(stripe_server: FakeStripe, make_payment: Callable[..., Payment]) -> Payment:
    return make_payment("stripe")


@pytest.fixture
def open_payment(payment: Payment) -> Payment:
    start(payment)
    return payment


def test_a_payment_opens_one_intent_of_its_amount(stripe_server: FakeStripe, payment: Payment) -> None:
    outcome = start(payment)
    [intent] = stripe_server.intents.values()
    assert outcome == Outcome(state="pending", provider_reference=intent["id"])
    assert (intent["amount"], intent["currency"]) == (payment.amount * 100, "try")
    assert intent["metadata"] == {"order": payment.order.number, "reference": payment.reference}


def test_the_secret_of_the_page_is_asked_for_and_never_kept(stripe_server: FakeStripe, open_payment: Payment) -> None:
    [intent] = stripe_server.intents.values()
    assert provider.client_secret(open_payment) == intent["client_secret"]
    kept = Payment.objects.values().get(pk=open_payment.pk)
    assert intent["client_secret"] not in str(kept)


def test_a_paid_payment_has_no_secret_any_more(stripe_server: FakeStripe, open_payment: Payment) -> None:
    stripe_server.pay(open_payment.provider_reference)
    assert provider.client_secret(open_payment) == ""


def test_a_paid_intent_is_captured_with_its_amount_and_card(stripe_server: FakeStripe, open_payment: Payment) -> None:
    stripe_server.pay(open_payment.provider_reference)
    assert provider.look_up(open_payment) == Outcome(
        state="captured",
        amount=open_payment.amount,
        currency="TRY",
        provider_reference=open_payment.provider_reference,
        details={"card": "Visa", "last4": "4242"},
    )


def test_what_was_really_taken_is_told_not_what_was_wanted(stripe_server: FakeStripe, open_payment: Payment) -> None:
    stripe_server.pay(open_payment.provider_reference)
    stripe_server.intents[open_payment.provider_reference] |= {"amount_received": 100, "currency": "eur"}
    outcome = provider.look_up(open_payment)
    assert (outcome.amount, outcome.currency) == (Decimal("1.00"), "EUR")


def test_a_declined_card_leaves_it_open_for_another_one(stripe_server: FakeStripe, open_payment: Payment) -> None:
    stripe_server.decline(open_payment.provider_reference)
    outcome = provider.look_up(open_payment)
    assert (outcome.state, outcome.reason) == ("pending", "Your card was declined.")
    assert provider.client_secret(open_payment) != ""
    stripe_server.pay(open_payment.provider_reference)
    assert provider.look_up(open_payment).state == "captured"


def test_what_a_bank_is_deciding_about_is_pending(stripe_server: FakeStripe, open_payment: Payment) -> None:
    for status in ("requires_action", "processing"):
        stripe_server.set_status(open_payment.provider_reference, status)
        assert provider.look_up(open_payment).state == "pending"
    assert provider.client_secret(open_payment) == ""


def test_starting_again_opens_no_second_intent(stripe_server: FakeStripe, payment: Payment) -> None:
    first = provider.start(payment, form={}, return_url=RETURN_URL)
    again = provider.start(payment, form={}, return_url=RETURN_URL)  # the first answer was not kept
    keep(payment, again)
    assert start(payment) == again == first
    assert len(stripe_server.intents) == 1


def test_starting_ten_times_at_once_opens_one_intent(stripe_server: FakeStripe, payment: Payment) -> None:
    assert payment.order.number  # read before the threads, which have no transaction to read it in
    outcomes = run_at_once(*[lambda: provider.start(payment, form={}, return_url=RETURN_URL)] * 10)
    assert len(stripe_server.intents) == 1
    assert {outcome.provider_reference for outcome in outcomes} == set(stripe_server.intents)


def test_an_amount_that_stripe_refuses_is_declined_with_its_reason(
    stripe_server: FakeStripe, make_payment: Callable[..., Payment]
) -> None:
    outcome = start(make_payment("stripe", amount="0.10"))
    assert outcome == Outcome(state="declined", reason="Amount must convert to at least 50 cents.")
    assert stripe_server.intents == {}


def test_a_dropped_answer_is_asked_for_again_and_opens_nothing_twice(
    stripe_server: FakeStripe, payment: Payment
) -> None:
    stripe_server.break_down("dropped")
    assert start(payment).state == "pending"
    assert stripe_server.asked("/v1/payment_intents") == 2
    assert len(stripe_server.intents) == 1


def test_an_intent_whose_id_never_reached_us_is_found_by_our_reference(
    stripe_server: FakeStripe, payment: Payment
) -> None:
    stripe_server.break_down("dropped", times=2)
    with pytest.raises(ProviderUnreachable):
        provider.start(payment, form={}, return_url=RETURN_URL)
    [intent] = stripe_server.intents
    assert provider.look_up(payment) == Outcome(state="pending", provider_reference=intent)
    stripe_server.pay(intent)
    assert provider.look_up(payment).state == "captured"


def test_what_never_reached_stripe_is_declined(stripe_server: FakeStripe, payment: Payment) -> None:
    expected = Outcome(state="declined", reason="never reached Stripe")
    assert provider.look_up(payment) == provider.cancel(payment) == expected
    payment.provider_reference = "pi_of_another_account"
    assert provider.look_up(payment) == expected
    assert stripe_server.intents == {}


def test_a_cancelled_payment_can_no_longer_be_paid(stripe_server: FakeStripe, open_payment: Payment) -> None:
    outcome = provider.cancel(open_payment)
    assert (outcome.state, outcome.reason) == ("declined", "cancelled: not paid")
    assert stripe_server.intents[open_payment.provider_reference]["status"] == "canceled"
    assert provider.client_secret(open_payment) == ""
    assert provider.cancel(open_payment).state == "declined"


def test_cancelling_finds_out_that_it_was_paid(stripe_server: FakeStripe, open_payment: Payment) -> None:
    stripe_server.pay(open_payment.provider_reference)
    assert provider.cancel(open_payment).state == "captured"


def test_paid_between_the_look_and_the_cancelling_is_paid(
    stripe_server: FakeStripe, open_payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_cancel = stripe_server._cancel

    def paid_just_before(intent: dict[str, Any]) -> dict[str, Any]:
        stripe_server.pay(intent["id"])
        return really_cancel(intent)

    monkeypatch.setattr(stripe_server, "_cancel", paid_just_before)
    outcome = provider.cancel(open_payment)
    assert (outcome.state, outcome.amount) == ("captured", open_payment.amount)


def test_what_a_bank_is_deciding_about_cannot_be_cancelled(stripe_server: FakeStripe, open_payment: Payment) -> None:
    stripe_server.set_status(open_payment.provider_reference, "processing")
    assert provider.cancel(open_payment).state == "pending"


@pytest.mark.parametrize("fault", ["hangs", "refused", "error", "garbage"])
def test_without_a_readable_answer_nothing_is_known(
    fault: Fault, stripe_server: FakeStripe, open_payment: Payment, impatient: None
) -> None:
    stripe_server.pay(open_payment.provider_reference)
    stripe_server.break_down(fault, times=2)
    with pytest.raises(ProviderUnreachable):
        provider.look_up(open_payment)
    stripe_server.recover()  # garbage is no reason for the SDK to ask a second time
    assert provider.look_up(open_payment).state == "captured"


def test_a_server_that_is_away_is_unreachable(
    stripe_server: FakeStripe, payment: Payment, settings: Any, impatient: None
) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(ProviderUnreachable):
        provider.start(payment, form={}, return_url=RETURN_URL)
    assert stripe_server.calls == []


def test_a_wrong_key_says_nothing_about_a_payment(
    stripe_server: FakeStripe, open_payment: Payment, settings: Any
) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_of_somebody_else"
    for ask in (provider.look_up, provider.cancel, provider.client_secret):
        with pytest.raises(ProviderUnreachable, match="AuthenticationError"):
            ask(open_payment)


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [("349.00", "TRY", 34900), ("0.01", "EUR", 1), ("1200.00", "JPY", 1200), ("19.99", "USD", 1999)],
)
def test_amounts_are_sent_in_the_smallest_unit(amount: str, currency: str, units: int) -> None:
    assert minor_units(Decimal(amount), currency) == units
    assert major_units(units, currency) == Decimal(amount)


@pytest.mark.parametrize(("amount", "currency"), [("12.50", "JPY"), ("1.00", "KWD")])
def test_an_amount_that_cannot_be_said_is_neither_sent_nor_offered(
    amount: str, currency: str, stripe_server: FakeStripe
) -> None:
    assert not can_be_sent(Decimal(amount), currency)
    with pytest.raises(ValueError, match=currency):
        minor_units(Decimal(amount), currency)
    assert not provider.is_offered(amount=Decimal(amount), currency=currency, country="TR")


def test_a_currency_without_cents_is_taken_as_it_is(
    stripe_server: FakeStripe, make_payment: Callable[..., Payment]
) -> None:
    payment = make_payment("stripe", currency="JPY", amount="1200")
    start(payment)
    assert stripe_server.intents[payment.provider_reference]["amount"] == 1200
    stripe_server.pay(payment.provider_reference)
    outcome = provider.look_up(payment)
    assert (outcome.amount, outcome.currency) == (Decimal(1200), "JPY")


@pytest.mark.parametrize("missing", ["STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET"])
def test_it_is_offered_only_with_all_of_its_keys(missing: str, stripe_server: FakeStripe, settings: Any) -> None:
    assert provider.is_offered(amount=Decimal(1), currency="TRY", country="TR")
    assert not provider.is_offered(amount=Decimal(0), currency="TRY", country="TR")
    setattr(settings, missing, "")
    assert not provider.is_offered(amount=Decimal(1), currency="TRY", country="TR")
