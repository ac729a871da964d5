"""Stripe's script and the way to iyzico are allowed where the payment is, and nowhere else."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from shop.orders.links import order_token
from shop.payment.content_policy import allow_iyzico, origin_of
from tests.attacks.test_every_answer_has_its_headers import directives
from tests.fakes.iyzico import FakeIyzico
from tests.fakes.stripe import FakeStripe


def test_stripe_is_let_in_while_its_fields_are_shown(
    client: Client, stripe_server: FakeStripe, order_as_guest: Any, settings: Any
) -> None:
    settings.STRIPE_JS_URL = "https://js.stripe.com/v3/"
    order = order_as_guest(is_paid=False)
    page = reverse("checkout:pay", args=[order_token(order)])
    assert "stripe" not in client.get(page).headers["Content-Security-Policy"]
    client.post(page, {"method": "stripe"})
    waiting = client.get(page)
    policy = directives(waiting)
    assert policy["script-src"] == ["'self'", "https://js.stripe.com", "https://*.js.stripe.com"]
    assert "https://hooks.stripe.com" in policy["frame-src"]
    assert "https://api.stripe.com" in policy["connect-src"]
    assert "unsafe" not in waiting.headers["Content-Security-Policy"]
    assert waiting.headers["Permissions-Policy"].startswith('payment=(self "https://js.stripe.com"')
    for elsewhere in ("/en/", "/en/basket/"):
        assert "stripe" not in client.get(elsewhere).headers["Content-Security-Policy"]


def test_the_form_may_lead_to_iyzico(client: Client, iyzico_server: FakeIyzico, order_as_guest: Any) -> None:
    order = order_as_guest(is_paid=False)
    page = reverse("checkout:pay", args=[order_token(order)])
    [mine, site, *theirs] = directives(client.get(page))["form-action"]
    assert (mine, site) == ("'self'", "http://localhost:8000")
    answer = client.post(page, {"method": "iyzico"})
    assert origin_of(answer.url) == "https://sandbox-cpp.iyzipay.com"
    assert "https://*.iyzipay.com" in theirs
    assert "iyzi" not in client.get("/en/").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("host", "besides"),
    [
        ("api.iyzipay.com", []),
        ("sandbox-api.iyzipay.com", []),
        ("localhost:9999", ["https://localhost:9999"]),
        ("eviliyzipay.com", ["https://eviliyzipay.com"]),
    ],
)
def test_where_iyzicos_pages_are(settings: Any, host: str, besides: list[str]) -> None:
    settings.IYZICO_BASE_URL = host

    class Response:
        _csp_update: dict[str, list[str]]

    assert allow_iyzico(Response())._csp_update == {
        "form-action": ["https://*.iyzipay.com", "https://*.iyzico.com", *besides]
    }
