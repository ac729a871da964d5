"""Shelves and baskets for the shop's tests."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core import signing

from shop.basket.selectors import basket_page
from shop.checkout.views import BASKET_SALT
from shop.documents.terms import shown_documents, wording_of
from shop.orders.placing import Delivery, place_order
from shop.oscar import Applicator, Basket
from shop.partner.strategy import Selector
from shop.payment.services import pay_by_card
from shop.shipping.weights import weigh
from tests.shop import shelves

GOOD_CARD = "4242424242424242"
BAD_CARD = "4000000000000002"


@pytest.fixture
def make_product(db: None) -> Callable[..., Any]:
    """`make_product("Copper cezve", price="349.00", stock=3)`: a product on the shelf, named in both languages."""
    return put_on_shelf


def put_on_shelf(title: str = "Copper cezve", *, price: str = "349.00", stock: int = 10, turkish: str = "") -> Any:
    return shelves.product(title, turkish or title, price=price, stock=stock)


@pytest.fixture
def fill_basket(db: None) -> Callable[..., Any]:
    """`fill_basket((product, 2), user=None)`: an open basket with those products."""
    return fill


def fill(*lines: tuple[Any, int], user: Any = None) -> Any:
    basket = Basket.objects.create(owner=user)
    basket.strategy = Selector().strategy()
    for product, quantity in lines:
        basket.add_product(product, quantity)
    return basket


def delivery(**changes: Any) -> Delivery:
    data = {
        "name": "Ada Yılmaz",
        "email": "ada@example.com",
        "phone": "+905550000001",
        "address": "Kıbrıs Şehitleri Cd. 12/3",
        "postcode": "35220",
        "city": "İzmir",
        "country": "TR",
        "option": "standard",
    }
    return Delivery(**{**data, **changes})


def wording_in_browser(basket_id: int, language: str = "en") -> str:
    """What the form says of the documents that the page showed."""
    basket = Basket.objects.get(pk=basket_id)
    basket.strategy = Selector().strategy()
    Applicator().apply(basket)
    page = basket_page(basket, language=language)
    return wording_of(shown_documents(page, grams=weigh(basket), language=language))


def checkout_form(basket_id: int, **changes: Any) -> dict[str, Any]:
    """What a browser posts to the checkout for a basket with one cezve."""
    data = {
        "basket": signing.Signer(salt=BASKET_SALT).sign_object(basket_id),
        "email": "ada@example.com",
        "name": "Ada Yılmaz",
        "phone": "0555 000 00 01",
        "address": "Kıbrıs Şehitleri Cd. 12/3",
        "postcode": "35220",
        "city": "İzmir",
        "country": "TR",
        "option": "standard",
        "accept": "on",
        "wording": wording_in_browser(basket_id),
        "expected_goods_total": "349.00",
    }
    return {**data, **changes}


def by_card(number: str = GOOD_CARD) -> dict[str, str]:
    """What a browser posts to the payment page for a card."""
    return {"method": "simulated-card", "card_number": number}


@pytest.fixture
def order_as_guest(make_product: Any, fill_basket: Any, now: datetime) -> Callable[..., Any]:
    """`order_as_guest(is_paid=True)`: an order by somebody without an account."""

    def _order(*lines: tuple[Any, int], is_paid: bool = True, visitor: Any = None, **changes: Any) -> Any:
        basket = fill_basket(*(lines or ((make_product(), 1),)))
        order = place_order(
            basket.pk,
            delivery=delivery(**changes),
            expected_goods_total=None,
            user=None,
            visitor=visitor,
            language="en",
            now=now,
        )
        if is_paid:
            pay_by_card(order.pk, card_number=GOOD_CARD, now=now)
            order.refresh_from_db()
        return order

    return _order
