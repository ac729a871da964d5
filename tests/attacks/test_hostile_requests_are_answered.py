"""Every address of shoppers, asked with what no page of ours would send: an answer each time, never a crash."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.resolvers import RegexPattern

from crm import api as crm
from shop import api as shop
from support.links import ticket_token
from tests.shop.conftest import fill_basket, make_product, order_as_guest
from tests.support.conftest import ask

__all__ = ["ask", "fill_basket", "make_product", "order_as_guest"]

LONG = "ş" * 10_000
TEXTS = (
    "",
    "\0",
    "\0" * 500,
    LONG,
    "Ada\r\nBcc: all@example.com",
    "\u202e😀 \ud7ff",
    "%",
    "' OR 1=1 --",
    "../../etc/passwd",
)
NUMBERS = ("0", "-1", "²", "1e9", "NaN", "9" * 30, "9" * 10_000)
# What stands in addresses: percent-encoded, as a browser would send it.
IN_ADDRESS = {
    "int": ("0", "2147483648", "9" * 30),
    "str": ("x", "%00", "a:b", "%00:%00", "%F0%9F%98%80:x", "x" * 5000, "MQ:1:x"),
    "slug": ("x", "x" * 5000),
    "path": ("x", "%00", "a/../b", "x" * 5000),
    "uidb64": ("x", "MQ", "%00", "9" * 500),
    "token": ("x", "%00", "set-password"),
    "pk": ("0", "999999999"),
    "product_pk": ("0", "999999999"),
    "product_slug": ("x", ""),
    "category_slug": ("x", "a/b"),
}
FIELDS = [
    "q",
    "page",
    "sort",
    "order",
    "article",
    "next",
    "before",
    "country",
    "option",
    "title",
    "message",
    "quantity",
    "number",
    "email",
    "name",
    "phone",
    "address",
    "postcode",
    "city",
    "accept",
    "expected_goods_total",
    "wording",
    "basket",
    "card_number",
    "method",
    "answer",
    "username",
    "password",
    "wants_offers",
    "helpful",
    "is_helpful",
    "value",
    "reason",
    "query",
    "order_link",
    "submission",
    "topic",
    "website",
    "child",
    "product",
    "min",
    "max",
    "in_stock",
    "attachments",
    "language",
    "new_password1",
    "new_password2",
]


def shoppers_patterns() -> Iterator[tuple[str, Any]]:
    """(template of the path with {name}s, what each name is) for all pages with a language in their path."""
    for entry in get_resolver().url_patterns:
        if isinstance(entry, URLResolver) and entry.pattern.__class__.__name__ == "LocalePrefixPattern":
            yield from _leaves(entry.url_patterns, "/en/", {})


def _leaves(patterns: Any, before: str, names: dict[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    for entry in patterns:
        if isinstance(entry.pattern, RegexPattern):
            kinds = {name: name for name in entry.pattern.regex.groupindex}
            part = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"{\1}", entry.pattern._regex).strip("^$")
        else:
            kinds = {
                name: "str"
                if type(c).__name__ == "StringConverter"
                else type(c).__name__.removesuffix("Converter").lower()
                for name, c in entry.pattern.converters.items()
            }
            kinds |= {name: name for name in ("uidb64", "token") if name in kinds and "uidb64" in kinds}
            part = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(entry.pattern))
        if isinstance(entry, URLPattern):
            yield before + part, names | kinds
        else:
            yield from _leaves(entry.url_patterns, before + part, names | kinds)


def addresses() -> list[str]:
    found = []
    for template, kinds in shoppers_patterns():
        most = max((len(IN_ADDRESS[kind]) for kind in kinds.values()), default=1)
        for place in range(most):
            values = {name: IN_ADDRESS[kind][place % len(IN_ADDRESS[kind])] for name, kind in kinds.items()}
            found.append(template.format(**values))
    return found


def crashes(client: Client, asked: list[tuple[str, str, dict[str, str]]]) -> list[str]:
    """What was answered with a 500, and what raised (in the log)."""
    client.raise_request_exception = False
    bad = []
    for method, address, data in asked:
        status = getattr(client, method)(address, data).status_code
        if status >= 500:
            bad.append(f"{method} {address[:80]} {str(data)[:80]}: {status}")
    return bad


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["stranger", "mallory"])
def test_no_address_crashes(who: str, client: Client, mallory: crm.Customer) -> None:
    if who == "mallory":
        client.force_login(mallory.account)
    asked: list[Any] = []
    for address in addresses():
        asked += [(method, address, {}) for method in ("get", "post", "put", "delete", "head", "options")]
    assert len(asked) > 100
    assert crashes(client, asked) == []


@pytest.fixture
def real_addresses(db: None, client: Client, make_product: Any, order_as_guest: Any, ask: Any) -> list[str]:
    """Pages that exist, so that their forms and parameters are read."""
    paid, pending = order_as_guest(), order_as_guest(is_paid=False)
    product = make_product(price="349.00", stock=50)
    client.post(reverse("basket:add", args=[product.pk]), {"quantity": 1})
    line = client.get("/en/basket/").context["page"].lines[0].id
    found = [address for address in addresses() if "%" not in address and "x" not in address.split("/")]
    return [
        *found,
        f"/en/catalogue/{product.slug}_{product.pk}/",
        f"/en/basket/add/{product.pk}/",
        f"/en/basket/lines/{line}/",
        f"/en/track/{shop.order_token(paid)}/",
        f"/en/checkout/{shop.order_token(pending)}/pay/",
        f"/en/contact/tickets/{ticket_token(ask().pk)}/",
    ]


@pytest.mark.parametrize("text", [*TEXTS, *NUMBERS], ids=lambda text: ascii(text[:12]))
def test_no_parameter_and_no_field_crashes_a_page(client: Client, real_addresses: list[str], text: str) -> None:
    data = dict.fromkeys(FIELDS, text)
    asked: list[Any] = []
    for address in real_addresses:
        asked += [
            ("get", address, data if len(text) < 100 else dict.fromkeys(("q",), text)),
            ("post", address, data),
        ]
    assert crashes(client, asked) == []
