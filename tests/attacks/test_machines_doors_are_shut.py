"""The doors for machines, which ask for no login: what is not signed is refused and changes nothing."""

from typing import Any

import pytest
from django.test import Client

from crm import api as crm
from shop.models import CarrierEvent, Payment, WebhookCall
from shop.payment.providers import PROVIDERS
from shop.shipments.carriers import CARRIERS
from tests.shop.conftest import fill_basket, make_product, order_as_guest

__all__ = ["fill_basket", "make_product", "order_as_guest"]

DOORS = [
    *(f"/webhooks/payments/{code}/" for code in (*PROVIDERS, "x", "%00")),
    *(f"/webhooks/carriers/{code}/" for code in (*CARRIERS, "x", "%00")),
]
BODIES = {
    "nothing": b"",
    "no JSON": b"\xff\0{",
    "deep": b"[" * 60_000,
    "deep inside": b'{"token": ' + b"[" * 900 + b"]" * 900 + b"}",
    "long number": b'{"id": ' + b"9" * 20_000 + b"}",
    "NUL": b'{"id": "\\u0000", "reference": "\\u0000", "number": "\\u0000", "token": "\\ud800"}',
    "no object": b"[1, null]",
    "huge": b" " * 3_000_000,
}
SIGNATURES = ("", "t=1,v1=00", "t=²,v1=ş", "x" * 5000, "\x80")


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_what_is_forged_is_refused_and_changes_nothing(client: Client, order_as_guest: Any, body: bytes) -> None:
    order = order_as_guest()
    before = (order.status, crm.Interaction.objects.count(), crm.OutgoingMail.objects.count(), Payment.objects.count())
    client.raise_request_exception = False
    answers = []
    for door in DOORS:
        for signature in SIGNATURES:
            names = ("stripe-signature", "x-simulated-signature", "x-iyz-signature-v3", "x-signature", "x-timestamp")
            answer = client.post(door, body, "application/json", headers=dict.fromkeys(names, signature))
            answers.append((door, answer.status_code, bool(answer.cookies)))
    assert {answer[1] for answer in answers} <= {400, 404, 413}, answers
    assert not any(answer[2] for answer in answers if answer[1] != 404)
    order.refresh_from_db()
    assert before == (
        order.status, crm.Interaction.objects.count(), crm.OutgoingMail.objects.count(), Payment.objects.count()
    )  # fmt: skip
    assert not WebhookCall.objects.exists()
    assert not CarrierEvent.objects.exists()


@pytest.mark.django_db
def test_nobody_looks_through_them(client: Client) -> None:
    for door in DOORS:
        for method in ("get", "put", "delete", "patch", "head"):
            assert getattr(client, method)(door).status_code in (404, 405)
