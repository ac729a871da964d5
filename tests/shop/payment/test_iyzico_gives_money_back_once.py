"""Refunds through the iyzico SDK, which knows of no keys against doing it twice: item by item, each once."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from shop.models import Payment, Refund
from shop.payment.providers.base import ProviderUnreachable
from shop.payment.providers.iyzico import Iyzico
from tests.fakes.iyzico import FakeIyzico
from tests.shop.payment.conftest import RETURN_URL, keep, make_refund

provider = Iyzico()


@pytest.fixture
def open_payment(iyzico_server: FakeIyzico, make_payment: Callable[..., Payment], make_product: Any) -> Payment:
    """Items of 300.00, 450.00 and 250.00; a delivery that costs nothing."""
    products = [(make_product(name, price=price), 1) for name, price in (("A", "300"), ("B", "450"), ("C", "250"))]
    payment = make_payment("iyzico", *products)
    assert payment.amount == 1000
    keep(payment, provider.start(payment, form={}, return_url=RETURN_URL))
    return payment


@pytest.fixture
def paid(iyzico_server: FakeIyzico, open_payment: Payment) -> Payment:
    iyzico_server.pay(open_payment.provider_reference)
    keep(open_payment, provider.look_up(open_payment))
    return open_payment


def by_item(server: FakeIyzico, payment: Payment) -> list[Decimal]:
    items = server.forms[payment.provider_reference]["items"]
    return [sum((refund["refundPrice"] for refund in item["refunds"]), Decimal(0)) for item in items]


def done(payment: Payment, amount: str, *, key: str) -> None:
    """A refund, carried out and noted."""
    refund = make_refund(payment, amount, key=key)
    assert provider.refund(refund).is_done
    refund.status = Refund.Status.DONE
    refund.save()


def test_the_whole_payment_goes_back(iyzico_server: FakeIyzico, paid: Payment) -> None:
    outcome = provider.refund(make_refund(paid, "1000.00"))
    assert outcome.is_done
    assert outcome.provider_reference == iyzico_server.forms[paid.provider_reference]["paymentId"]
    assert by_item(iyzico_server, paid) == [300, 450, 250]


def test_a_part_is_split_over_the_items(iyzico_server: FakeIyzico, paid: Payment) -> None:
    done(paid, "400.50", key="first")
    assert by_item(iyzico_server, paid) == [300, Decimal("100.50"), 0]
    done(paid, "599.50", key="second")
    assert by_item(iyzico_server, paid) == [300, 450, 250]


def test_the_fee_of_instalments_goes_back_in_proportion(iyzico_server: FakeIyzico, open_payment: Payment) -> None:
    iyzico_server.pay(open_payment.provider_reference, instalments=6, fee="0.1")
    for number, part in enumerate(["333.33", "333.33", "333.34"]):
        done(open_payment, part, key=f"part-{number}")
    assert iyzico_server.refunded(open_payment.provider_reference) == 1100


def test_more_than_is_left_does_not_go_back(iyzico_server: FakeIyzico, paid: Payment) -> None:
    done(paid, "900.00", key="first")
    outcome = provider.refund(make_refund(paid, "100.01", key="too-much"))
    assert (outcome.is_done, outcome.failure) == (False, "0.01 TRY more than iyzico can give back")
    assert iyzico_server.refunded(paid.provider_reference) == 900
    assert iyzico_server.asked("/payment/refund") == 3


def test_the_same_refund_again_gives_nothing_more(iyzico_server: FakeIyzico, paid: Payment) -> None:
    refund = make_refund(paid, "400.00")
    assert provider.refund(refund) == provider.refund(refund)
    assert iyzico_server.refunded(paid.provider_reference) == 400


def test_a_refund_whose_answer_was_dropped_is_made_once(iyzico_server: FakeIyzico, paid: Payment) -> None:
    refund = make_refund(paid, "200.00")
    iyzico_server.break_down("dropped", at="POST /payment/refund")
    with pytest.raises(ProviderUnreachable):
        provider.refund(refund)
    assert iyzico_server.refunded(paid.provider_reference) == 200
    assert provider.refund(refund).is_done
    assert iyzico_server.refunded(paid.provider_reference) == 200


def test_a_refund_that_broke_off_half_way_is_taken_up_where_it_stopped(
    iyzico_server: FakeIyzico, paid: Payment
) -> None:
    refund = make_refund(paid, "1000.00")
    transaction = iyzico_server.forms[paid.provider_reference]["items"][1]["paymentTransactionId"]
    iyzico_server.break_down("refused", at="POST /payment/refund", after=1)
    with pytest.raises(ProviderUnreachable):
        provider.refund(refund)
    assert by_item(iyzico_server, paid) == [300, 0, 0]
    assert provider.refund(refund).is_done
    assert by_item(iyzico_server, paid) == [300, 450, 250]
    assert [transaction in call.body for call in iyzico_server.calls].count(True) == 2


def test_a_refusal_half_way_says_what_went_back(
    iyzico_server: FakeIyzico, paid: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = iyzico_server.forms[paid.provider_reference]["items"][2]
    refund_really = iyzico_server._refund

    def never_the_last(request: dict[str, Any]) -> dict[str, Any]:
        is_last = request["paymentTransactionId"] == last["paymentTransactionId"]
        return refund_really({**request, "price": "9999"} if is_last else request)

    monkeypatch.setattr(iyzico_server, "_refund", never_the_last)
    outcome = provider.refund(make_refund(paid, "1000.00"))
    assert not outcome.is_done
    assert outcome.failure.startswith("750.00 TRY went back, then: iyzico 9999: iade tutarı")


def test_an_answer_with_a_wrong_signature_is_not_believed(iyzico_server: FakeIyzico, paid: Payment) -> None:
    iyzico_server.signs_with = "of-mallory"
    with pytest.raises(ProviderUnreachable, match="signature"):
        provider.refund(make_refund(paid, "100.00"))


def test_what_was_never_paid_cannot_go_back(iyzico_server: FakeIyzico, open_payment: Payment) -> None:
    outcome = provider.refund(make_refund(open_payment, "1.00"))
    assert (outcome.is_done, outcome.failure) == (False, "iyzico knows of no such payment")
    assert iyzico_server.asked("/payment/refund") == 0
