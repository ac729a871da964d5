"""Pounds from an import and liras of the shop meet: never in one order, never a wrong sum, and nothing is lost."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from config.checks import currency_can_be_shipped_in
from crm import api as crm
from shop.orders.placing import NotEnoughStock, NotOneCurrency, place_order
from shop.oscar import Basket, BasketLine, Order, StockRecord
from tests.shop import shelves
from tests.shop.conftest import delivery
from tests.shop.test_checkout_pages_refuse_bad_input import form, nothing_was_ordered

pytestmark = pytest.mark.django_db


def sold_in(currency: str, title: str, price: str = "10.00") -> Any:
    product = shelves.product(title, price=price)
    StockRecord.objects.filter(product=product).update(price_currency=currency)
    return product


def put(client: Client, product: Any) -> str:
    return str(client.post(f"/en/basket/add/{product.pk}/", follow=True).content.decode())


def order(basket: Any, now: Any) -> Any:
    return place_order(
        basket.pk,
        delivery=delivery(),
        expected_goods_total=None,
        user=None,
        visitor=None,
        language="en",
        now=now,
    )


def test_a_shop_in_a_currency_without_delivery_prices_does_not_start(settings: Any) -> None:
    assert currency_can_be_shipped_in(None) == []
    settings.OSCAR_DEFAULT_CURRENCY = "XAU"
    assert [problem.id for problem in currency_can_be_shipped_in(None)] == ["config.E004"]


def test_a_product_in_another_currency_is_not_put_beside_the_rest(client: Client) -> None:
    put(client, sold_in("TRY", "Cezve"))
    page = put(client, sold_in("GBP", "Teapot"))
    assert "Your basket is in TRY, Teapot is sold in GBP. Please order them one after the other." in page
    assert BasketLine.objects.get().product.title == "Cezve"


def test_a_basket_in_pounds_is_shipped_and_paid_in_pounds(client: Client) -> None:
    put(client, sold_in("GBP", "Teapot"))
    assert "£30.00</strong> to free delivery" in client.get("/en/basket/").content.decode()
    assert "£4" not in client.get("/en/checkout/").content.decode()
    assert "£3.90" in client.get("/en/checkout/").content.decode()
    assert "£10.90" in client.get("/en/checkout/options/", {"country": "GB"}).content.decode()
    assert client.post("/en/checkout/", form(expected_goods_total="10.00")).status_code == 302
    placed = Order.objects.get()
    assert (placed.currency, placed.total_incl_tax) == ("GBP", Decimal("13.90"))


def test_a_login_that_brings_two_currencies_together_loses_nothing_and_orders_nothing(
    client: Client, ada: crm.Customer, now: Any
) -> None:
    at_home = Client()
    at_home.force_login(ada.account)
    put(at_home, sold_in("TRY", "Cezve", "100.00"))
    put(client, sold_in("GBP", "Teapot"))
    client.force_login(ada.account)
    page = client.get("/en/basket/")
    assert "This is sold in GBP, your basket is in TRY." in page.content.decode()
    assert page.context["page"].total == Decimal("100.00")
    assert BasketLine.objects.filter(basket__owner=ada.account).count() == 2
    assert client.get("/en/checkout/").url == "/en/basket/"
    with pytest.raises(NotOneCurrency):
        order(Basket.objects.get(owner=ada.account), now)
    assert not Order.objects.exists()


def test_a_currency_changed_under_a_basket_orders_nothing(client: Client) -> None:
    cezve = sold_in("TRY", "Cezve")
    put(client, cezve)
    data = form(expected_goods_total="10.00")
    StockRecord.objects.update(price_currency="GBP")
    answer = client.post("/en/checkout/", data, follow=True)
    assert answer.redirect_chain[-1][0] == "/en/basket/"
    assert "This is sold in GBP" in answer.content.decode()
    assert nothing_was_ordered()


@pytest.mark.parametrize("change", [{"price": None}, {"price_currency": "XAU"}])
def test_what_has_no_price_that_can_be_paid_is_not_sold(client: Client, now: Any, change: dict[str, Any]) -> None:
    cezve = sold_in("TRY", "Cezve")
    put(client, cezve)
    basket = Basket.objects.get()
    StockRecord.objects.update(**change)
    with pytest.raises(NotEnoughStock):
        order(basket, now)
    assert "no longer sold" in client.get("/en/basket/").content.decode()
    assert "no longer sold" in put(client, cezve)
    assert not BasketLine.objects.exists()
    assert client.get(f"/en/catalogue/cezve_{cezve.pk}/").status_code == 200
    assert nothing_was_ordered()


def test_a_variant_whose_parent_is_hidden_is_not_ordered(client: Client, now: Any) -> None:
    yarn = shelves.product("Yarn", variants={"Blue": 5})
    put(client, yarn.children.get())
    basket = Basket.objects.get()
    yarn.is_public = False
    yarn.save(update_fields=["is_public"])
    with pytest.raises(NotEnoughStock):
        order(basket, now)
    assert nothing_was_ordered()


def test_an_old_tab_of_a_basket_that_a_login_has_merged_says_so(client: Client, ada: crm.Customer) -> None:
    put(client, sold_in("TRY", "Cezve"))
    old_tab = form(expected_goods_total="10.00")
    client.force_login(ada.account)
    assert client.get("/en/basket/").context["page"].lines[0].title == "Cezve"
    answer = client.post("/en/checkout/", old_tab, follow=True)
    assert "Please check your basket and try again" in answer.content.decode()
    assert answer.context["page"].lines[0].title == "Cezve"
    assert not Order.objects.exists()


@pytest.mark.parametrize("is_gone_from_the_page", [True, False])
def test_a_deleted_product_is_not_checked_out(client: Client, is_gone_from_the_page: bool) -> None:
    cezve = sold_in("TRY", "Cezve")
    put(client, cezve)
    data = form(expected_goods_total="10.00")
    cezve.delete()
    answer = client.get("/en/checkout/") if is_gone_from_the_page else client.post("/en/checkout/", data)
    assert answer.url == "/en/basket/"
    assert "no longer sold" in client.get("/en/basket/").content.decode()
    assert nothing_was_ordered()


def test_a_basket_that_was_swept_away_is_an_empty_one(client: Client) -> None:
    put(client, sold_in("TRY", "Cezve"))
    data = form(expected_goods_total="10.00")
    Basket.objects.all().delete()
    assert "Nothing in it yet" in client.post("/en/checkout/", data, follow=True).content.decode()
    assert nothing_was_ordered()
