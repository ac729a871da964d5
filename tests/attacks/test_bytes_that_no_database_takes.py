"""NUL, which Postgres refuses, and half letters, which UTF-8 refuses: said no to wherever they come in, never a 500."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from crm import api as crm
from shop.models import CarrierEvent, Payment, WebhookCall
from shop.payment.providers.simulated import CHALLENGE, SIGNATURE_HEADER, webhook_of
from shop.payment.providers.simulated import sign as sign_as_network
from shop.payment.services import pay_by_card
from shop.shipments.carriers.signed import sign as sign_as_carrier
from shop.shipments.services import mark_shipped
from tests.attacks.test_hostile_requests_are_answered import crashes
from tests.fakes.iyzico import FakeIyzico
from tests.fakes.stripe import FakeStripe
from tests.shop.conftest import fill_basket, make_product, order_as_guest
from tests.shop.payment.conftest import iyzico_server, stripe_server
from tests.shop.payment.test_the_shop_is_paid_through_them import call, choose
from tests.support.conftest import ask

__all__ = ["ask", "fill_basket", "iyzico_server", "make_product", "order_as_guest", "stripe_server"]

# As they stand in an address: NUL, and a half letter.
NUL, HALF = "x%00y", "%ED%A0%80"
# What every list of staff reads, beside its filters and its fields.
ALWAYS = ("q", "o", "p", "e", "all", "_facets", "_popup", "_to_field", "_changelist_filters", "next")
LOOKUPS = ("", "__iexact", "__in", "__gte", "__isnull")


@pytest.fixture
def owner(db: None) -> crm.User:
    """Whom nothing is closed to: everything is reached."""
    return crm.User.objects.create_superuser("owner@example.com", "x")


def filters(model_admin: Any, user: crm.User) -> Iterator[str]:
    """The parameters that a list offers."""
    request: Any = RequestFactory().get("/")
    request.user = user
    yield from ALWAYS
    if model_admin.date_hierarchy:
        yield f"{model_admin.date_hierarchy}__year"
    for spec in model_admin.get_changelist_instance(request).filter_specs:
        for name in spec.expected_parameters():
            yield str(name)


def fields(model_admin: Any) -> Iterator[str]:
    """What Django takes beside them, if somebody writes it into the address."""
    for field in model_admin.model._meta.concrete_fields:
        for lookup in LOOKUPS:
            yield f"{field.name}{lookup}"


def test_no_parameter_crashes_a_list_of_staff(client: Client, owner: crm.User, ask: Any, order_as_guest: Any) -> None:
    """Every list that is registered, every filter that it has and every field of its model."""
    order_as_guest()
    ask()
    client.force_login(owner)
    asked: list[Any] = []
    for model, model_admin in admin.site._registry.items():
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        asked += [("get", f"{address}?{name}={odd}", {}) for name in filters(model_admin, owner) for odd in (NUL, HALF)]
        asked += [("get", f"{address}?{name}={NUL}", {}) for name in fields(model_admin)]
        asked.append(("get", f"{address}?{NUL}=1", {}))
        asked.append(("post", address, dict.fromkeys(("action", "_selected_action", "index", "select_across"), "\0")))
        asked += [
            ("get", f"{address}{odd}/{page}/", {}) for odd in (NUL, HALF) for page in ("change", "delete", "history")
        ]
    assert len(asked) > 1000
    assert crashes(client, asked) == []


def test_no_parameter_crashes_the_rest_of_the_back_office(client: Client, owner: crm.User) -> None:
    client.force_login(owner)
    asked = [
        ("get", f"{address}?{name}={odd}", {})
        for address in (
            "/admin/autocomplete/",
            "/admin/search/",
            "/admin/",
            "/dashboard/orders/",
            "/desk/",
            "/admin/x/",
        )
        for name in ("term", "app_label", "model_name", "field_name", "s", "q", "next", "order_number", "page")
        for odd in (NUL, HALF)
    ]
    assert crashes(client, asked) == []


def test_a_list_says_no_to_nul_in_words(client: Client, linus: crm.User) -> None:
    client.force_login(linus)
    assert client.get(f"/admin/order/order/?state={NUL}").status_code == 400
    assert client.get("/admin/order/order/?state=paid").status_code == 200


# --- The doors for machines: signed, and still somebody else's bytes ---------------------------------------

SAID = ("\0", "x\0y", "\ud800", "\0" * 300)


def with_odd_texts(said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same message once for each of its fields, wherever it lies, with something odd in that field's place."""
    for name, value in said.items():
        inside = with_odd_texts(value) if isinstance(value, dict) else iter(SAID)
        for odd in inside:
            yield {**said, name: odd}
        for odd in SAID if isinstance(value, str) else ():
            yield {**said, name: value + odd}


def test_a_replayed_call_of_iyzico_with_nul_where_nothing_is_signed_is_answered(
    client: Client, iyzico_server: FakeIyzico, order_as_guest: Any
) -> None:
    order = order_as_guest(is_paid=False)
    payment = choose(client, order, "iyzico")[1]
    iyzico_server.pay(payment.provider_reference)
    body = iyzico_server.notification(payment.provider_reference)
    headers = iyzico_server.sign(body)
    assert call(client, "iyzico", body, headers) == 200
    order.refresh_from_db()
    assert order.status == "paid"
    before = crm.Interaction.objects.count(), crm.OutgoingMail.objects.count()
    client.raise_request_exception = False
    for code in ("\0", "x\0y", "\ud800", "\0" * 300, ["\0"], {"\0": "\ud800"}, None, 7, "x" * 10_000):
        replayed = json.dumps({**json.loads(body), "iyziReferenceCode": code}).encode()
        assert call(client, "iyzico", replayed, headers) in (200, 400)
    payment.refresh_from_db()
    assert (payment.status, crm.Interaction.objects.count(), crm.OutgoingMail.objects.count()) == ("captured", *before)
    with_nul = json.dumps({**json.loads(body), "iyziReferenceCode": json.loads(body)["iyziReferenceCode"] + "\0"})
    calls = WebhookCall.objects.count()
    assert call(client, "iyzico", with_nul.encode(), headers) == 200
    assert WebhookCall.objects.count() == calls


@pytest.mark.parametrize("provider", ["iyzico", "stripe", "simulated-card"])
def test_no_signed_field_of_a_payment_company_crashes_its_door(
    client: Client,
    iyzico_server: FakeIyzico,
    stripe_server: FakeStripe,
    order_as_guest: Any,
    now: Any,
    provider: str,
) -> None:
    """A company's own words, signed by it: whatever stands in them, the call is answered and confirms no order."""
    order = order_as_guest(is_paid=False)
    if provider == "simulated-card":
        payment = pay_by_card(order.pk, card_number=CHALLENGE, now=now)
        said = json.loads(webhook_of(payment.reference)[1])
    else:
        payment = choose(client, order, provider)[1]
        intent = stripe_server.intents.get(payment.provider_reference, {})
        said = json.loads(
            stripe_server.event("payment_intent.succeeded", {**intent, "status": "canceled"})
            if provider == "stripe"
            else iyzico_server.notification(payment.provider_reference)
        )
    sign = {
        "stripe": stripe_server.sign,
        "iyzico": iyzico_server.sign,
        "simulated-card": lambda body: {SIGNATURE_HEADER: sign_as_network(body, at=int(timezone.now().timestamp()))},
    }[provider]
    client.raise_request_exception = False
    statuses = []
    for odd in with_odd_texts(said):
        body = json.dumps(odd).encode()
        try:
            headers = sign(body)
        except UnicodeEncodeError:  # a half letter in what is signed: nobody can sign that
            headers = {"X-IYZ-SIGNATURE-V3": "0" * 64}
        statuses.append(call(client, provider, body, headers))
    assert len(statuses) > 20
    assert set(statuses) <= {200, 400}, list(zip(statuses, with_odd_texts(said), strict=True))
    order.refresh_from_db()
    payment.refresh_from_db()
    assert order.status != "paid" and payment.status not in Payment.HOLDS_MONEY


def test_no_signed_field_of_a_carrier_crashes_its_door(
    client: Client, order_as_guest: Any, settings: Any, now: Any
) -> None:
    settings.CARRIER_SECRETS = {"aras": "a-secret"}
    mark_shipped(order_as_guest().pk, carrier="aras", tracking_number="735001", actor=crm.Actor.staff(1), now=now)
    said = {
        "id": "e-1",
        "number": "735001",
        "state": "in_transit",
        "occurred_at": timezone.now().isoformat(),
        "place": "Ankara",
        "detail": "on the road",
        "expected_date": timezone.now().date().isoformat(),
    }
    client.raise_request_exception = False
    timestamp = str(int(timezone.now().timestamp()))
    statuses = []
    for odd in itertools.chain(with_odd_texts(said), ({"events": [each]} for each in with_odd_texts(said))):
        body = json.dumps(odd).encode()
        headers = {"X-Timestamp": timestamp, "X-Signature": sign_as_carrier("a-secret", timestamp, body)}
        address = "/webhooks/carriers/aras/"
        statuses.append(client.post(address, body, content_type="application/json", headers=headers).status_code)
    assert set(statuses) == {200, 400}
    kept = "".join(f"{event.place}{event.detail}{event.key}" for event in CarrierEvent.objects.all())
    assert "\0" not in kept and "Ankara" in kept
