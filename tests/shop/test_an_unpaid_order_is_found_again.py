"""Who goes back from the page of the payment has an empty basket, and beside it the way to the order that waits."""

from typing import Any

import pytest
from django.test import Client

from shop.oscar import Basket, Order
from tests.shop.conftest import by_card, checkout_form, put_on_shelf

pytestmark = pytest.mark.django_db


@pytest.fixture
def to_pay(client: Client) -> str:
    """The address of the payment of what this browser has just ordered."""
    product = put_on_shelf()
    client.post(f"/en/basket/add/{product.pk}/", {"quantity": 1})
    return str(client.post("/en/checkout/", checkout_form(Basket.objects.latest("pk").pk))["Location"])


def text_of(client: Client) -> str:
    return client.get("/en/basket/").content.decode()


def test_going_back_to_the_basket_or_the_checkout_leads_to_the_payment(client: Client, to_pay: str) -> None:
    page = client.get("/en/checkout/", follow=True)
    assert page.redirect_chain == [("/en/basket/", 302)]
    text = page.content.decode()
    assert "waits for its payment" in text
    assert "There is nothing in your basket." not in text
    assert f'href="{to_pay}"' in text
    assert client.get(to_pay).status_code == 200


def test_it_is_of_this_browser_only(client: Client, to_pay: str) -> None:
    assert "waits for its payment" not in text_of(Client())


def test_once_it_is_paid_nothing_waits(client: Client, to_pay: str) -> None:
    client.post(to_pay, by_card())
    assert Order.objects.get().status == "paid"
    assert "waits for its payment" not in text_of(client)


def test_an_order_that_was_cancelled_waits_no_longer(client: Client, to_pay: str) -> None:
    Order.objects.update(status="cancelled")
    assert "waits for its payment" not in text_of(client)


def test_who_ordered_nothing_is_told_that_the_basket_is_empty(client: Client, db: None) -> None:
    assert "There is nothing in your basket." in client.get("/en/checkout/", follow=True).content.decode()


def test_a_session_that_somebody_wrote_into_opens_nothing(client: Client, to_pay: str) -> None:
    session: Any = client.session
    session["waiting_order"] = "1000:forged"
    session.save()
    assert "waits for its payment" not in text_of(client)
