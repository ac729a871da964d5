"""Forged, replayed, late, out of order, for another sum or for nobody: each call gets its answer, none a 500."""

import json
import logging
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm import api as crm
from shop.models import Payment, WebhookCall
from shop.oscar import Order
from shop.payment.providers import PROVIDERS, Outcome, ProviderUnreachable
from shop.payment.providers.simulated import CHALLENGE, LATE, SIGNATURE_HEADER, decide, sign, webhook_of
from shop.payment.services import finish_payment, give_up_payment, pay_by_card
from shop.tasks import send_simulated_webhook
from tests.shop.payments import matters, templates, unpaid_order

pytestmark = pytest.mark.django_db
URL = "/webhooks/payments/simulated-card/"


@pytest.fixture
def payment(now: Any) -> Payment:
    """Approved at the bank; the shop does not know yet."""
    payment = pay_by_card(unpaid_order(now).pk, card_number=CHALLENGE, now=now)
    decide(payment.reference, is_approved=True)
    return payment


def send(client: Client, body: bytes, signature: str, url: str = URL) -> int:
    headers = {SIGNATURE_HEADER: signature} if signature else {}
    return client.post(url, data=body, content_type="application/json", headers=headers).status_code


def said(payment: Payment, **changes: Any) -> bytes:
    body = json.loads(webhook_of(payment.reference)[1])
    return json.dumps({**body, **changes}).encode()


def seconds(offset: int = 0) -> int:
    return int(timezone.now().timestamp()) + offset


def nothing_happened(payment: Payment) -> bool:
    payment.refresh_from_db()
    return payment.status == Payment.Status.PENDING and not templates() and payment.order.status == "pending"


def test_a_signed_call_confirms_the_order_and_a_replay_does_nothing(client: Client, payment: Payment) -> None:
    body = said(payment)
    for _ in range(3):
        assert send(client, body, sign(body, at=seconds())) == 200
    call = WebhookCall.objects.get()
    assert (call.outcome, call.reference) == ("accepted", f"shop.payment:{payment.pk}")
    assert (Order.objects.get().status, templates()) == ("paid", ["order_confirmed"])


@pytest.mark.parametrize("body", [b"", b"{}", b"\x00\xff", b"[1]", b'{"id":' * 900, b"null"])
@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_garbage_is_refused_whoever_it_claims_to_be_from(
    client: Client, provider: str, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "shop.payment.webhooks"):
        for signature in ("", "t=1,v1=ü", "t=,v1=", "t=9999999999999999999,v1=0", "x"):
            assert send(client, body, signature, f"/webhooks/payments/{provider}/") == 400
    assert f"webhook of {provider} refused" in caplog.text
    assert not WebhookCall.objects.exists()


def test_a_forged_or_old_signature_is_refused_and_logged(
    client: Client, payment: Payment, caplog: pytest.LogCaptureFixture
) -> None:
    body = said(payment)
    forged = [
        sign(b"something else", at=seconds()),
        sign(body, at=seconds(-400)),
        sign(body, at=seconds(400)),
        sign(body, at=seconds()).replace("v1=", "v1=0"),
        sign(body, at=seconds()).replace(f"t={seconds()}", "t=1"),
    ]
    assert [send(client, body, signature) for signature in forged] == [400] * 5
    assert caplog.text.count("webhook of simulated-card refused") == 5
    assert nothing_happened(payment) and not WebhookCall.objects.exists()


def test_signed_nonsense_is_refused(client: Client, payment: Payment) -> None:
    for body in (b"[]", b'{"id": 1}', said(payment, amount="a lot"), said(payment, amount=None)):
        assert send(client, body, sign(body, at=seconds())) == 400
    assert nothing_happened(payment) and not WebhookCall.objects.exists()


def test_another_amount_or_currency_confirms_nothing(client: Client, payment: Payment) -> None:
    body = said(payment, amount="1.00")
    assert send(client, body, sign(body, at=seconds())) == 200
    assert (WebhookCall.objects.get().outcome, matters()) == ("refused", ["mismatch"])
    assert (Order.objects.get().status, templates()) == ("pending", [])


def test_a_call_about_nothing_of_ours_is_kept_and_ignored(client: Client, payment: Payment) -> None:
    for reference in ("somebody-elses", None):
        body = said(payment, reference=reference, id=f"event of {reference}")
        assert send(client, body, sign(body, at=seconds())) == 200
    assert set(WebhookCall.objects.values_list("outcome", "reference")) == {("ignored", "")}
    assert nothing_happened(payment)


def test_calls_out_of_order_leave_what_came_first(client: Client, payment: Payment, now: Any) -> None:
    for number, state in enumerate(("captured", "pending", "declined", "authorised")):
        body = said(payment, state=state, id=f"event {number}")
        assert send(client, body, sign(body, at=seconds())) == 200
    outcomes = list(WebhookCall.objects.order_by("pk").values_list("outcome", flat=True))
    assert outcomes == ["accepted", "ignored", "ignored", "ignored"]
    assert (Order.objects.get().status, templates(), matters()) == ("paid", ["order_confirmed"], [])


def test_a_late_call_for_a_payment_that_was_given_up_is_honoured(client: Client, payment: Payment, now: Any) -> None:
    finish_payment(payment.pk, outcome=Outcome(state="declined"), now=now)
    assert give_up_payment(payment.order_id, now=now) is None
    body = said(payment)
    assert send(client, body, sign(body, at=seconds())) == 200
    assert Order.objects.get().status == "paid"


def test_the_row_and_its_effect_are_one(client: Client, payment: Payment, monkeypatch: pytest.MonkeyPatch) -> None:
    body = said(payment)
    with monkeypatch.context() as crash:
        crash.setattr("shop.payment.services.queue_order_mail", lambda *args, **kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            send(client, body, sign(body, at=seconds()))
    assert nothing_happened(payment) and not WebhookCall.objects.exists()
    assert send(client, body, sign(body, at=seconds())) == 200
    assert Order.objects.get().status == "paid"


def test_what_is_too_long_unknown_or_no_post_is_refused(client: Client, payment: Payment) -> None:
    long = b"x" * 70_000
    assert send(client, long, sign(long, at=seconds())) == 413
    assert send(client, b"{}", "", "/webhooks/payments/gold/") == 404
    assert client.get(URL).status_code == 405
    assert nothing_happened(payment)


def test_a_provider_that_cannot_be_asked_is_told_to_send_again(
    client: Client, payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**kwargs: Any) -> None:
        raise ProviderUnreachable("away")

    monkeypatch.setattr(PROVIDERS["simulated-card"], "read_webhook", away)
    assert send(client, b"{}", "") == 503
    assert nothing_happened(payment) and not WebhookCall.objects.exists()


def test_the_simulated_network_tells_late_by_its_own_webhook(now: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(
        "shop.payment.providers.simulated.current_app.send_task", lambda *args, **options: sent.append((args, options))
    )
    payment = pay_by_card(unpaid_order(now).pk, card_number=LATE, now=now)
    assert nothing_happened(payment)
    [((name, [reference]), options)] = sent
    assert (name, options["countdown"] > 0) == (send_simulated_webhook.name, True)
    send_simulated_webhook(reference)
    assert (Order.objects.get().status, WebhookCall.objects.get().outcome) == ("paid", "accepted")
    assert crm.OutgoingMail.objects.count() == 1
