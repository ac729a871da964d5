"""Choosing how to pay, waiting for the bank, coming back, pressing twice: what the shopper meets."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import translation

from shop.models import Payment, SimulatedCharge
from shop.oscar import Order
from shop.payment.providers import PROVIDERS, ProviderUnreachable
from shop.payment.providers.simulated import CARDS, CHALLENGE, LATE, SILENT
from shop.payment.services import pay_by_card
from tests.shop.conftest import BAD_CARD, by_card
from tests.shop.payments import Told, captured, matters, templates, unpaid_order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def order(now: Any) -> Any:
    return unpaid_order(now)


def page(name: str, order: Any, *more: str) -> str:
    return reverse(f"checkout:{name}", args=[signing.Signer(salt="shop.order-link").sign(order.number), *more])


def shown(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return str(answer.content.decode())


def status(order: Any) -> str:
    return str(Order.objects.get(pk=order.pk).status)


def test_the_page_offers_the_ways_that_this_order_has(client: Client, order: Any, settings: Any) -> None:
    text = shown(client, page("pay", order))
    ways = ("simulated-card", "bank-transfer", "cash-on-delivery")
    assert [way for way in ways if f'value="{way}"' in text] == list(ways)
    assert all(number in text for number, _ in CARDS)
    settings.PAYMENT_PROVIDERS = ["cash-on-delivery"]
    text = shown(client, page("pay", order))
    assert [way for way in ways if f'value="{way}"' in text] == ["cash-on-delivery"]


@pytest.mark.parametrize("method", ["", "gold", "nothing-to-pay", "x" * 500, "a\x00b"])
def test_a_way_that_is_not_offered_is_refused(client: Client, order: Any, method: str) -> None:
    answer = client.post(page("pay", order), {"method": method})
    assert (answer.status_code, "errorlist" in answer.content.decode()) == (422, True)
    assert not Payment.objects.exists()


def test_approving_at_the_bank_leads_back_to_the_thanks(client: Client, order: Any) -> None:
    bank = client.post(page("pay", order), by_card(CHALLENGE))
    assert "Do you want to pay ₺408.90" in shown(client, bank.url)
    back = client.post(bank.url, {"answer": "approve"})
    assert status(order) == "pending"  # what the browser says is not believed
    thanks = client.get(urlsplit(back.url).path)
    assert (thanks.url, status(order)) == (page("thank-you", order), "paid")
    assert client.get(bank.url).status_code == 302  # going back in the browser: decided is decided
    assert (client.get(page("pay", order)).url, templates()) == (page("thank-you", order), ["order_confirmed"])


def test_rejecting_at_the_bank_leads_back_to_another_try(client: Client, order: Any) -> None:
    bank = client.post(page("pay", order), by_card(CHALLENGE))
    back = client.post(bank.url, {"answer": "reject"})
    to_pay = client.get(urlsplit(back.url).path)
    assert "Nothing was charged" in shown(client, to_pay.url)
    assert client.post(to_pay.url, by_card()).url == page("thank-you", order)


def test_coming_back_is_no_proof_of_having_paid(client: Client, order: Any, now: Any) -> None:
    payment = pay_by_card(order.pk, card_number=CHALLENGE, now=now)
    url = page("return", order, payment.reference)
    for answer in (client.get(url + "?status=captured"), client.post(url, {"status": "captured"})):
        assert answer.status_code in (302, 303)
    assert (status(order), templates()) == ("pending", [])


def test_a_provider_may_post_the_browser_back_from_its_own_site(order: Any, now: Any) -> None:
    payment = pay_by_card(order.pk, card_number=CHALLENGE, now=now)
    SimulatedCharge.objects.update(is_captured=True)
    strict, url = Client(enforce_csrf_checks=True), page("return", order, payment.reference)
    posted = strict.post(url, {"token": "x"}, headers={"Origin": "https://bank.example"})
    assert (posted.status_code, posted.url) == (303, url)
    assert not posted.cookies  # the browser's own did not come along; new ones would take their place
    assert strict.get(posted.url).url == page("thank-you", order)


def test_another_orders_payment_is_not_looked_at(client: Client, order: Any, now: Any) -> None:
    payment = pay_by_card(unpaid_order(now).pk, card_number=CHALLENGE, now=now)
    assert client.get(page("return", order, payment.reference)).status_code == 404
    for reference in ("unknown", "%00", "x" * 500):
        assert client.get(page("return", order, "unknown").replace("unknown", reference)).status_code == 404


def test_a_double_click_and_a_second_tab_pay_once(client: Client, order: Any) -> None:
    first, second = (client.post(page("pay", order), by_card()) for _ in range(2))
    assert {first.url, second.url} == {page("thank-you", order)}
    assert (SimulatedCharge.objects.count(), templates()) == (1, ["order_confirmed"])


def test_while_a_payment_is_under_way_the_page_waits_and_asks_politely(client: Client, order: Any, now: Any) -> None:
    payment = pay_by_card(order.pk, card_number=SILENT, now=now)
    url = page("pay", order)
    assert "being processed" in shown(client, url)
    assert client.post(url, by_card()).url == url  # a second tab
    asking = {"HX-Request": "true"}
    assert client.get(url, headers=asking).status_code == 204
    SimulatedCharge.objects.update(is_captured=True)
    client.get(page("return", order, payment.reference))
    assert client.get(url, headers=asking)["HX-Redirect"] == page("thank-you", order)
    assert Payment.objects.count() == 1


def test_a_late_card_waits_for_the_webhook(client: Client, order: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shop.payment.providers.simulated.current_app.send_task", lambda *args, **options: None)
    assert client.post(page("pay", order), by_card(LATE)).url == page("pay", order)
    assert "being processed" in shown(client, page("pay", order))


def test_paying_another_way_gives_up_the_one_under_way(client: Client, order: Any, now: Any) -> None:
    pay_by_card(order.pk, card_number=SILENT, now=now)
    assert client.post(page("pay-another-way", order)).url == page("pay", order)
    text = shown(client, page("pay", order))
    assert "How would you like to pay" in text and "did not go through" not in text
    assert client.post(page("pay", order), {"method": "cash-on-delivery"}).url == page("thank-you", order)
    assert "you pay ₺408.90 when it arrives" in shown(client, page("thank-you", order))


def test_nobody_pays_another_way_while_the_provider_cannot_be_asked(
    client: Client, order: Any, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pay_by_card(order.pk, card_number=SILENT, now=now)
    monkeypatch.setitem(PROVIDERS, "simulated-card", Told(cancel=ProviderUnreachable("away")))
    answer = client.post(page("pay-another-way", order), follow=True)
    assert "Please wait a little" in answer.content.decode()
    assert Payment.objects.get().status == Payment.Status.PENDING


def test_a_transfer_shows_where_the_money_goes(client: Client, order: Any) -> None:
    client.post(page("pay", order), {"method": "bank-transfer"})
    text = shown(client, page("pay", order))
    assert all(part in text for part in ("TR33 0006 1005 1978 6457 8413 26", order.number, "₺408.90"))
    assert "refresh" not in text.partition("</head>")[0]


def test_a_declined_card_says_what_to_do_and_the_next_one_pays(client: Client, order: Any) -> None:
    answer = client.post(page("pay", order), by_card(BAD_CARD))
    assert "please try another card" in answer.content.decode()
    assert client.post(page("pay", order), by_card()).url == page("thank-you", order)


def test_another_sum_asks_the_shopper_not_to_pay_again(client: Client, order: Any, now: Any, monkeypatch: Any) -> None:
    payment = Payment(amount=order.total_incl_tax)
    with monkeypatch.context() as wrong:
        wrong.setitem(PROVIDERS, "simulated-card", Told(start=captured(payment, payment.amount - 1)))
        client.post(page("pay", order), by_card())
    assert matters() == ["mismatch"]
    assert "do not pay again" in shown(client, page("pay", order))


def test_a_cancelled_order_is_neither_paid_nor_thanked_for(client: Client, order: Any) -> None:
    Order.objects.filter(pk=order.pk).update(status="cancelled")
    for name in ("pay", "thank-you"):
        answer = client.get(page(name, order), follow=True)
        assert answer.redirect_chain[-1][0].startswith("/en/track/")
    assert client.post(page("pay", order), by_card()).status_code == 302
    assert not Payment.objects.exists()


def test_without_the_simulator_there_is_no_bank_of_ours(client: Client, order: Any, now: Any, settings: Any) -> None:
    payment = pay_by_card(order.pk, card_number=CHALLENGE, now=now)
    settings.PAYMENT_SIMULATOR = False
    assert client.post(f"/en/checkout/simulated-bank/{payment.reference}/", {"answer": "approve"}).status_code == 404
    assert SimulatedCharge.objects.get().is_captured is None
    assert client.get("/en/checkout/simulated-bank/unknown/").status_code == 404
