"""What a shopper, or somebody who edits the form, can send to the checkout."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import translation

from crm import api as crm
from shop.checkout.forms import DeliveryForm
from shop.models import Payment
from shop.oscar import Basket, Order, StockRecord
from tests.shop.conftest import GOOD_CARD, by_card, checkout_form


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def shopper(client: Client, make_product: Any) -> Client:
    """A browser with one cezve in its basket."""
    product = make_product(price="349.00", stock=5)
    client.post(reverse("basket:add", args=[product.pk]), {"quantity": 1})
    return client


def form(**changes: Any) -> dict[str, Any]:
    return checkout_form(Basket.objects.get().pk, **changes)


def nothing_was_ordered() -> bool:
    return not (Order.objects.exists() or crm.OutgoingMail.objects.exists() or crm.Customer.objects.exists())


def test_a_guest_orders_and_pays(shopper: Client) -> None:
    to_pay = shopper.post(reverse("checkout:index"), form())
    assert to_pay.status_code == 302
    assert shopper.get(to_pay.url).status_code == 200
    thanks = shopper.post(to_pay.url, by_card(GOOD_CARD))
    assert thanks.url.endswith("/thank-you/")
    assert Order.objects.get().status == "paid"
    assert Order.objects.get().number in shopper.get(thanks.url).content.decode()


def test_a_double_submit_leads_to_the_same_order(shopper: Client) -> None:
    data = form()
    first, second = (shopper.post(reverse("checkout:index"), data) for _ in range(2))
    assert first.url == second.url
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "not an address"},
        {"email": ""},
        {"phone": "12"},
        {"name": "x" * 10_000},
        {"address": "Street\x00"},
        {"country": "XX"},
        {"country": "DE", "option": "express"},
        {"option": "free-for-me"},
        {"option": ""},
        {"accept": ""},
        {"expected_goods_total": "NaN"},
        {"city": ""},
    ],
)
def test_what_is_missing_or_wrong_is_said_and_nothing_is_ordered(shopper: Client, changes: dict[str, str]) -> None:
    answer = shopper.post(reverse("checkout:index"), form(**changes))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert answer.context["form"].errors
    assert nothing_was_ordered()


def test_a_telephone_number_that_is_none_is_refused_in_the_shoppers_language(shopper: Client) -> None:
    with translation.override("tr"):
        wrong = DeliveryForm(form(phone="12")).errors["phone"][0]
        abroad = DeliveryForm(form(phone="+49 30 901820")).errors
    assert "Enter a valid" not in wrong and "international" not in wrong
    assert "phone" not in abroad


def test_no_label_ends_in_a_colon(shopper: Client) -> None:
    page = shopper.get(reverse("checkout:index")).content.decode()
    labels = re.findall(r"<label for=[^>]*>([^<]*)</label>", page)
    assert {"E-mail", "Telephone", "Country"} <= {*labels}
    assert not [label for label in labels if label.endswith(":")]


def test_a_total_edited_in_the_browser_orders_nothing(shopper: Client) -> None:
    answer = shopper.post(reverse("checkout:index"), form(expected_goods_total="1.00"))
    assert answer.url == reverse("checkout:index")
    assert nothing_was_ordered()


def test_somebody_elses_basket_cannot_be_named(shopper: Client) -> None:
    answer = shopper.post(reverse("checkout:index"), form(basket=str(Basket.objects.get().pk)))
    assert answer.url == reverse("basket:summary")
    assert nothing_was_ordered()


def test_a_product_that_sold_out_meanwhile_sends_the_shopper_back(shopper: Client) -> None:
    data = form()
    StockRecord.objects.update(num_in_stock=0)
    answer = shopper.post(reverse("checkout:index"), data, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("basket:summary")
    assert "Copper cezve" in answer.content.decode()
    assert nothing_was_ordered()


def test_an_empty_basket_has_no_checkout(client: Client, db: None) -> None:
    assert client.get(reverse("checkout:index")).url == reverse("basket:summary")


@pytest.mark.parametrize("number", ["", "abc", "4242", "4" * 30, "42424242424\x0042424"])
def test_a_card_number_that_is_none_is_refused_before_anything_is_charged(
    client: Client, order_as_guest: Any, number: str
) -> None:
    order = order_as_guest(is_paid=False)
    answer = client.post(
        reverse("checkout:pay", args=[token(order)]), {"method": "simulated-card", "card_number": number}
    )
    assert answer.status_code == 422
    assert not Payment.objects.exists()


def test_a_declined_card_is_said_and_the_order_waits(client: Client, order_as_guest: Any) -> None:
    order = order_as_guest(is_paid=False)
    answer = client.post(reverse("checkout:pay", args=[token(order)]), by_card("4000000000000002"))
    assert answer.status_code == 422
    assert "declined" in answer.content.decode()
    order.refresh_from_db()
    assert (order.status, order.total_incl_tax) == ("pending", Decimal("408.90"))


def token(order: Any) -> str:
    return str(signing.Signer(salt="shop.order-link").sign(order.number))
