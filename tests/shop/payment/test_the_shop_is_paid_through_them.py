"""The whole way through the shop's own pages with the real SDKs: pay, hear of it by webhook or return, give back."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm import api as crm
from shop.models import Payment, Refund, WebhookCall
from shop.orders.links import order_token
from shop.payment.refunds import refund_order
from tests.fakes.iyzico import FakeIyzico
from tests.fakes.stripe import FakeStripe

STAFF = crm.Actor.staff(1)


def choose(client: Client, order: Any, method: str) -> tuple[Any, Payment]:
    answer = client.post(reverse("checkout:pay", args=[order_token(order)]), {"method": method})
    return answer, order.payments.get()


def call(client: Client, provider: str, body: bytes, headers: dict[str, str]) -> int:
    answer = client.post(
        reverse("payment:webhook", args=[provider]), body, content_type="application/json", headers=headers
    )
    return answer.status_code


def confirmations(order: Any) -> int:
    return crm.OutgoingMail.objects.filter(
        reference=f"shop.order:{order.pk}", template="shop/email/order_confirmed"
    ).count()


def test_an_order_is_paid_in_stripes_fields_and_half_of_it_given_back(
    client: Client, stripe_server: FakeStripe, order_as_guest: Any
) -> None:
    order = order_as_guest(is_paid=False)
    answer, payment = choose(client, order, "stripe")
    page = client.get(answer.url).content.decode()
    secret = stripe_server.intents[payment.provider_reference]["client_secret"]
    assert secret in page and "pk_test_esnaf" in page
    stripe_server.pay(payment.provider_reference)
    body = stripe_server.event("payment_intent.succeeded", stripe_server.intents[payment.provider_reference])
    assert [call(client, "stripe", body, stripe_server.sign(body)) for _ in range(3)] == [200, 200, 200]
    client.get(reverse("checkout:return", args=[order_token(order), payment.reference]))
    order.refresh_from_db()
    payment.refresh_from_db()
    assert (order.status, payment.status, confirmations(order)) == ("paid", "captured", 1)
    assert WebhookCall.objects.count() == 1
    refund = refund_order(
        order.pk, amount=Decimal("100.00"), key="half", reason="a scratch", actor=STAFF, now=timezone.now()
    )
    assert refund.status == Refund.Status.DONE
    assert refund.provider_reference


def test_an_order_is_paid_on_iyzicos_page_and_given_back(
    client: Client, iyzico_server: FakeIyzico, order_as_guest: Any
) -> None:
    order = order_as_guest(is_paid=False)
    answer, payment = choose(client, order, "iyzico")
    assert answer.url == payment.details["next_url"]
    iyzico_server.pay(payment.provider_reference, instalments=3, fee="0.10")
    back = reverse("checkout:return", args=[order_token(order), payment.reference])
    posted = Client(enforce_csrf_checks=True).post(back, {"token": payment.provider_reference})
    assert posted.status_code == 303
    client.get(posted.url)
    body = iyzico_server.notification(payment.provider_reference)
    assert call(client, "iyzico", body, iyzico_server.sign(body)) == 200
    order.refresh_from_db()
    payment.refresh_from_db()
    assert (order.status, payment.status, confirmations(order)) == ("paid", "captured", 1)
    assert payment.details["instalments"] == 3
    refund_order(order.pk, amount=payment.amount, key="all", reason="changed my mind", actor=STAFF, now=timezone.now())
    payment.refresh_from_db()
    assert payment.refunded == payment.amount
    assert iyzico_server.refunded(payment.provider_reference) == payment.amount * Decimal("1.10")


@pytest.mark.parametrize("provider", ["stripe", "iyzico", "simulated-card"])
def test_a_forged_call_changes_nothing(
    client: Client, stripe_server: FakeStripe, iyzico_server: FakeIyzico, order_as_guest: Any, provider: str
) -> None:
    order = order_as_guest(is_paid=False)
    if provider != "simulated-card":
        choose(client, order, provider)
    for body in (b"", b"{}", b"\0\xff", b'{"id": "evt_1", "type": "payment_intent.succeeded"}', b"[" * 5000):
        assert call(client, provider, body, {"Stripe-Signature": "t=1,v1=0", "X-Iyz-Signature-V3": "0"}) == 400
    order.refresh_from_db()
    assert order.status == "pending"
    assert not WebhookCall.objects.exists()
    assert confirmations(order) == 0
