"""Every address of staff: closed to customers, and what is a manager's closed to agents; odd input crashes nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from crm import api as crm
from tests.attacks.test_hostile_requests_are_answered import LONG, TEXTS, crashes
from tests.shop.conftest import fill_basket, make_product, order_as_guest
from tests.support.conftest import ask

__all__ = ["ask", "fill_basket", "make_product", "order_as_guest"]

# Open to everybody: the way in, the way out, and the words for the admin's own scripts.
OPEN = {"/admin/login/", "/admin/logout/", "/admin/jsi18n/"}
VALUES = {"object_id": "1", "path": "x", "app_label": "crm", "content_type_id": "1", "slug": "x", "code": "x"}


def staff_addresses() -> Iterator[str]:
    for entry in get_resolver().url_patterns:
        prefix = str(entry.pattern)
        if prefix in ("admin/", "dashboard/", "desk/"):
            for pattern in _flat(entry.url_patterns):
                yield prefix + pattern


def _flat(patterns: Any, before: str = "") -> Iterator[str]:
    for entry in patterns:
        part = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield part
        else:
            yield from _flat(entry.url_patterns, part)


def filled(template: str) -> str:
    """An address of that pattern; "" for the few regular expressions, which the resolver's own reverse would need."""
    if any(letter in template for letter in "^$(\\"):
        return ""
    parts = []
    for part in template.replace("<", "\n<").replace(">", ">\n").split("\n"):
        kind, _, name = part.strip("<>").rpartition(":")
        parts.append((VALUES.get(name, "x") if kind in ("str", "path", "slug") else "1") if part[:1] == "<" else part)
    return "/" + "".join(parts)


def test_a_customer_opens_no_door_of_staff(client: Client, mallory: crm.Customer) -> None:
    client.force_login(mallory.account)
    addresses = sorted({filled(template) for template in staff_addresses()} - OPEN - {""})
    assert len(addresses) > 150
    opened = []
    for address in addresses:
        for method in ("get", "post"):
            answer = getattr(client, method)(address)
            to_login = answer.status_code == 302 and "login" in answer.url
            if not to_login and answer.status_code not in (301, 403, 404, 405):
                opened.append((method, address, answer.status_code, getattr(answer, "url", "")))
    assert opened == []


def test_an_agent_does_not_do_what_is_a_managers(
    client: Client, grace: crm.User, ada: crm.Customer, order_as_guest: Any
) -> None:
    order = order_as_guest()
    mails = crm.OutgoingMail.objects.count()
    client.force_login(grace)
    parcel = {"carrier": "Yurt", "tracking_number": "1"}
    assert client.post(reverse("admin:shop_order_ship", args=[order.pk]), parcel).status_code == 403
    assert client.post(reverse("admin:shop_order_deliver", args=[order.pk])).status_code == 403
    for address in ("/dashboard/", "/dashboard/orders/", "/dashboard/catalogue/", "/dashboard/users/"):
        assert client.get(address).status_code in (403, 404)
    for name in ("crm_user", "auth_group"):
        assert client.get(reverse(f"admin:{name}_changelist")).status_code == 403
    customer = reverse("admin:crm_customer_change", args=[ada.pk])
    assert client.post(customer, {"name": "Mallory"}).status_code == 403
    for name in ("crm_consent_add", "crm_customer_add", "crm_outgoingmail_add", "crm_suppression_add"):
        assert client.post(reverse(f"admin:{name}"), {}).status_code == 403
    order.refresh_from_db()
    assert order.status == "paid"
    assert crm.OutgoingMail.objects.count() == mails


@pytest.mark.parametrize("who", ["grace", "linus"])
def test_no_staff_reads_the_keys_of_accounts_in_the_list_of_mails(
    client: Client, ada: crm.Customer, settings: Any, request: pytest.FixtureRequest, who: str, ask: Any
) -> None:
    settings.EMAIL_BACKEND = "crm.backends.OutboxBackend"
    client.post("/en/account/password/", {"email": "ada@example.com"})
    ask()
    mails = {sent.template: sent for sent in crm.OutgoingMail.objects.all()}
    assert {"", "crm/email/verify_address"} < mails.keys()
    client.force_login(request.getfixturevalue(who))
    pages = {
        template: client.get(reverse("admin:crm_outgoingmail_change", args=[sent.pk])).content.decode()
        for template, sent in mails.items()
    }
    assert "/account/password/" in mails[""].text and "/account/password/" not in pages[""]
    assert "/me/verify/" not in pages["crm/email/verify_address"]
    [receipt] = mails.keys() - {"", "crm/email/verify_address"}
    assert mails[receipt].text.splitlines()[0] in pages[receipt]


LISTS = (
    "helpdesk_ticket",
    "crm_customer",
    "order_order",
    "crm_outgoingmail",
    "knowledgebase_article",
    "catalogue_product",
    "shop_synonyms",
    "support_inboundmail",
    "crm_interaction",
    "crm_consent",
    "crm_suppression",
    "knowledgebase_vote",
)


@pytest.mark.parametrize("text", [*TEXTS, "²", "9" * 5000], ids=lambda text: ascii(text[:12]))
def test_no_search_and_no_number_crashes_a_list_of_staff(
    client: Client, linus: crm.User, ask: Any, order_as_guest: Any, text: str
) -> None:
    order_as_guest()
    ticket = ask()
    client.force_login(linus)
    asked: list[Any] = []
    short = text[:300]
    for name in LISTS:
        address = reverse(f"admin:{name}_changelist")
        asked += [("get", address, {"q": text}), ("get", address, {"p": short}), ("get", address, {"o": short})]
    customer = reverse("admin:crm_customer_change", args=[ticket.context.customer_id])
    screen = reverse("admin:helpdesk_ticket_change", args=[ticket.pk])
    asked += [("get", address, {"before": short}) for address in (customer, screen)]
    for odd in ("²", "9" * 30, "%00", "x"):
        asked += [("get", reverse(f"admin:{name}_changelist") + f"{odd}/change/", {}) for name in LISTS]
    steps = dict.fromkeys(("text", "step", "to", "priority", "queue", "seen", "submission", "q"), text)
    for step in ("answer", "assign", "sort", "reopen"):
        asked.append(("post", reverse(f"admin:support_ticket_{step}", args=[ticket.pk]), steps))
    asked.append(("post", reverse("admin:support_ticket_answer", args=[ticket.pk]), {"text": LONG, "step": "answer"}))
    assert crashes(client, asked) == []
