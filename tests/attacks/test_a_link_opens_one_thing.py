"""Signed links: of one thing, for one purpose. A real one put elsewhere opens nothing and changes nothing."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm import api as crm
from crm.consents import unsubscribe_token
from crm.customers import VERIFY_SALT
from shop.alerts.services import alert_token
from shop.checkout.views import BASKET_SALT
from shop.models import ReturnRequest, StockAlert
from shop.orders.links import order_token
from shop.oscar import Basket
from shop.payment.services import start_payment
from shop.returns.links import return_token
from support.files import CheckedFile
from support.links import ticket_token
from tests.attacks.everything import changed, everything
from tests.attacks.test_hostile_requests_are_answered import shoppers_patterns
from tests.shop.conftest import fill_basket, make_product, order_as_guest
from tests.shop.returning import agree, picture, sent_order, wish
from tests.support.conftest import ask

__all__ = ["ask", "fill_basket", "make_product", "order_as_guest"]

# Whose token an address takes, by what it begins with; one that is new must be named here.
PURPOSES = {
    "/en/track/": "order",
    "/en/orders/": "order",
    "/en/checkout/": "order",
    "/en/returns/": "return",
    "/en/contact/tickets/": "ticket",
    "/en/alerts/": "alert",
    "/en/me/unsubscribe/": "unsubscribe",
    "/en/me/verify/": "verify",
}
SECRETS = ("Kıbrıs", "35220", "ada@example.com", "too small for my sister", "secret-of-the-ticket")


def addresses() -> Iterator[tuple[str, str]]:
    """(template of the address with {token}, the purpose of the token it takes)"""
    for template, kinds in shoppers_patterns():
        if "token" in kinds and "uidb64" not in kinds:
            [purpose] = [purpose for start, purpose in PURPOSES.items() if template.startswith(start)]
            others = dict.fromkeys(kinds, "1") | {"token": "{token}", "kind": "return", "reference": "x"}
            yield template.format(**others), purpose


@pytest.fixture
def tokens(ada: crm.Customer, ask: Any, now: Any) -> dict[str, str]:
    """A real one for each purpose, all of Ada's."""
    today = timezone.now()
    order = sent_order(today, user=ada.account)
    case = agree(wish(order, today, note="It is too small for my sister."), today)
    product = order.lines.get().product
    alert = StockAlert.objects.create(product=product, email="ada@example.com", language="en", asked_at=today)
    ticket = ask(customer=ada, text="secret-of-the-ticket", files=[CheckedFile("a.txt", "text/plain", b"hello")])
    return {
        "order": order_token(order),
        "return": return_token(case),
        "ticket": ticket_token(ticket.pk),
        "alert": alert_token(alert),
        "unsubscribe": unsubscribe_token(ada.pk, "ada@example.com"),
        "verify": signing.dumps([ada.account_id, "ada@example.com"], salt=VERIFY_SALT),
        "basket": signing.Signer(salt=BASKET_SALT).sign_object(order.basket_id),
        "basket cookie": signing.Signer().sign(order.basket_id),
    }


def test_a_real_link_put_at_another_address_opens_and_changes_nothing(
    client: Client, mallory: crm.Customer, tokens: dict[str, str]
) -> None:
    client.force_login(mallory.account)
    before = everything()
    tried = []
    for address, purpose in addresses():
        for other, token in tokens.items():
            if other == purpose:
                continue
            forms = [client.get(address.format(token=token)), client.post(address.format(token=token), {"answer": "1"})]
            for answer in forms:
                # The page of a verification asks before it looks; what it asks is the same for everybody.
                asks = purpose == "verify" and answer.status_code == 200
                assert asks or answer.status_code in (404, 405, 303), (address, other, answer.status_code)
                assert not [secret for secret in SECRETS if secret in answer.content.decode()], (address, other)
            tried.append((address, other))
    assert {purpose for _address, purpose in addresses()} == set(PURPOSES.values())
    assert len(tried) > 80
    assert changed(before) == {}


def test_a_link_that_was_changed_by_a_letter_opens_nothing(client: Client, tokens: dict[str, str]) -> None:
    before = everything()
    for address, purpose in addresses():
        token = tokens[purpose]
        for bent in (token[:-1], token[:-1] + ("A" if token[-1] != "A" else "B"), token[1:], "X" + token, token * 2):
            for method in (client.get, client.post):
                answer = method(address.format(token=bent))
                asks = purpose == "verify" and answer.status_code == 200
                assert asks or answer.status_code in (404, 405, 303), (address, bent, answer.status_code)
    assert changed(before) == {}


def test_the_parts_of_one_thing_are_not_opened_by_the_link_of_another(
    client: Client, order_as_guest: Any, ask: Any, grace: crm.User, now: Any
) -> None:
    """Files of a ticket, payments of an order, photos of a return."""
    today = timezone.now()
    mine, other = (sent_order(today) for _ in range(2))
    photos = [wish(order, today, kind="claim", reason="broken", photos=[picture()]) for order in (mine, other)]
    tickets = [ask(files=[CheckedFile("a.txt", "text/plain", b"hello")]) for _ in range(2)]
    waits, waits_too = order_as_guest(is_paid=False), order_as_guest(is_paid=False)
    payment = start_payment(waits_too.pk, provider="simulated-card", now=now)
    before = everything()
    for name, arguments in (
        ("support:file", [ticket_token(tickets[0].pk), tickets[1].files.get().pk]),
        ("checkout:return", [order_token(waits), payment.reference]),
        ("customer:order-document", [other.number, "contract"]),
    ):
        answer = client.get(reverse(name, args=arguments))
        assert answer.status_code == 404 or "login" in answer.url, name
    client.force_login(grace)
    before["crm.User"] = everything()["crm.User"]
    for one, another in ((0, 1), (1, 0)):
        photo = photos[another].photos.get().pk
        assert client.get(reverse("admin:shop_return_photo", args=[photos[one].pk, photo])).status_code == 404
        file = tickets[another].files.get().pk
        assert client.get(reverse("admin:support_ticket_file", args=[tickets[one].pk, file])).status_code == 404
    assert client.get(reverse("admin:shop_return_photo", args=[photos[0].pk, photos[0].photos.get().pk])).content
    assert changed(before) == {}


def test_whoever_knows_a_number_gets_no_photo_label_or_paper(
    client: Client, login: Any, mallory: crm.Customer, ada: crm.Customer
) -> None:
    """By its name in the storage, by the number of the return, of the order, of the photo: nothing is found."""
    today = timezone.now()
    order = sent_order(today, user=ada.account)
    case = agree(wish(order, today, kind="claim", reason="broken", photos=[picture()]), today)
    photo = case.photos.get()
    for browser in (client, login(mallory)):
        for address in (
            f"/media/{photo.file.name}",
            f"/media/../private/{photo.file.name}",
            f"/en/returns/{case.number}/label/",
            f"/en/returns/{case.pk}/label/",
            f"/en/orders/{order.number}/documents/invoice/",
            f"/en/orders/{order.pk}/documents/invoice.pdf",
            f"/en/account/orders/{order.number}/documents/invoice.pdf",
            f"/en/track/{order.number}/",
        ):
            answer = browser.get(address)
            assert answer.status_code in (400, 404) or "login" in answer.url, address
        shown = browser.get(reverse("admin:shop_return_photo", args=[case.pk, photo.pk]))
        assert shown.status_code == 302 and "admin/login" in shown.url


def test_the_links_of_one_return_do_nothing_to_another(
    client: Client, ada: crm.Customer, mallory: crm.Customer
) -> None:
    today = timezone.now()
    hers, mine = (sent_order(today, user=person.account) for person in (ada, mallory))
    case, own = wish(hers, today), wish(mine, today)
    forged = f"{case.number}:{return_token(own).partition(':')[2]}"
    before = everything()
    for step in ("return_confirm", "return_withdraw", "return_label", "return"):
        for method in (client.get, client.post):
            assert method(reverse(f"shop:{step}", args=[forged])).status_code in (404, 405)
    line, others = mine.lines.get().pk, hers.lines.get().pk
    form = {f"quantity_{others}": "1", f"reason_{others}": "mind", "submission": str(uuid.uuid4())}
    for data in (form, {**form, f"quantity_{line}": "0"}):
        answer = client.post(reverse("shop:return_ask", args=[order_token(mine), "return"]), data)
        assert answer.status_code in (302, 422)
    assert changed(before) == {}
    assert ReturnRequest.objects.count() == 2
    assert Basket.objects.count() == 2
