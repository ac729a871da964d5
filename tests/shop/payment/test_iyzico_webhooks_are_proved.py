"""Calls that say they come from iyzico: signed ones are read, and iyzico is asked; all others are refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from shop.models import Payment
from shop.payment.providers.base import NotAuthentic
from shop.payment.providers.iyzico import Iyzico
from tests.fakes.iyzico import FakeIyzico
from tests.shop.payment.conftest import RETURN_URL, keep

provider = Iyzico()


@pytest.fixture
def payment(iyzico_server: FakeIyzico, make_payment: Callable[..., Payment]) -> Payment:
    payment = make_payment("iyzico")
    keep(payment, provider.start(payment, form={}, return_url=RETURN_URL))
    iyzico_server.pay(payment.provider_reference)
    return payment


def test_a_signed_call_says_whose_payment_is_to_be_looked_up(iyzico_server: FakeIyzico, payment: Payment) -> None:
    body = iyzico_server.notification(payment.provider_reference)
    notice = provider.read_webhook(headers=iyzico_server.sign(body), body=body)
    assert notice.reference == payment.reference
    assert notice.kind == "CHECKOUT_FORM_AUTH SUCCESS"
    assert notice.outcome is None


def test_a_signature_known_beforehand_is_the_right_one(settings: Any) -> None:
    """Worked out with `openssl dgst -sha256 -hmac`, so that fake and provider are not wrong in the same way."""
    settings.IYZICO_SECRET_KEY = "sandbox-secret"
    call = {
        "iyziEventType": "CHECKOUT_FORM_AUTH",
        "iyziPaymentId": 20885695,
        "token": "a-token",
        "paymentConversationId": "a-reference",
        "status": "SUCCESS",
        "iyziReferenceCode": "a-code",
    }
    headers = {"X-Iyz-Signature-V3": "ad177d6f2faa3ecbff4f8e673b39a108fdcf13aa743602234f227f219110d766"}
    notice = provider.read_webhook(headers=headers, body=json.dumps(call).encode())
    assert (notice.reference, notice.event_id.split(":")[0]) == ("a-reference", "a-code")


def test_the_same_call_again_has_the_same_name(iyzico_server: FakeIyzico, payment: Payment) -> None:
    body = iyzico_server.notification(payment.provider_reference)
    headers = iyzico_server.sign(body)
    first = provider.read_webhook(headers=headers, body=body)
    assert provider.read_webhook(headers=headers, body=body) == first
    other = iyzico_server.notification(payment.provider_reference, status="FAILURE")
    assert provider.read_webhook(headers=iyzico_server.sign(other), body=other).event_id != first.event_id


def refused(headers: dict[str, str], body: bytes) -> bool:
    with pytest.raises(NotAuthentic):
        provider.read_webhook(headers=headers, body=body)
    return True


def test_a_forged_call_is_refused(iyzico_server: FakeIyzico, payment: Payment) -> None:
    body = iyzico_server.notification(payment.provider_reference)
    asked = len(iyzico_server.calls)
    assert refused({}, body)
    assert refused({"X-IYZ-SIGNATURE-V3": "ä"}, body)
    assert refused(iyzico_server.sign(body, secret="of-mallory"), body)
    assert refused({"X-Iyz-Signature": iyzico_server.sign(body)["X-IYZ-SIGNATURE-V3"]}, body)
    assert len(iyzico_server.calls) == asked


@pytest.mark.parametrize(
    "change", [{"paymentConversationId": "of-another"}, {"status": "FAILURE"}, {"token": "x"}, {"iyziPaymentId": 1}]
)
def test_a_tampered_call_is_refused(change: dict[str, Any], iyzico_server: FakeIyzico, payment: Payment) -> None:
    body = iyzico_server.notification(payment.provider_reference)
    assert refused(iyzico_server.sign(body), json.dumps({**json.loads(body), **change}).encode())


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b'"text"', b"null", b"{}"])
def test_what_is_no_notification_is_refused(body: bytes, iyzico_server: FakeIyzico) -> None:
    assert refused({"X-IYZ-SIGNATURE-V3": "0" * 64}, body)


def test_a_call_of_an_unknown_kind_is_read_without_being_understood(
    iyzico_server: FakeIyzico, payment: Payment
) -> None:
    body = iyzico_server.notification(
        payment.provider_reference, iyziEventType="SOMETHING_NEW", paymentConversationId=""
    )
    notice = provider.read_webhook(headers=iyzico_server.sign(body), body=body)
    assert (notice.kind, notice.reference, notice.outcome) == ("SOMETHING_NEW SUCCESS", None, None)


def test_without_a_key_every_call_is_refused(iyzico_server: FakeIyzico, payment: Payment, settings: Any) -> None:
    settings.IYZICO_SECRET_KEY = ""
    body = iyzico_server.notification(payment.provider_reference)
    assert refused(iyzico_server.sign(body, secret=" "), body)
