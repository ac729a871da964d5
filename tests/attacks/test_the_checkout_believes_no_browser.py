"""The checkout's form, edited in the browser: nothing is ordered, or what is ordered is what the shop says."""

from decimal import Decimal
from typing import Any

import pytest
from django.core import signing
from django.db import transaction
from django.test import Client

from crm import api as crm
from shop.checkout.forms import DeliveryForm
from shop.checkout.views import BASKET_SALT
from shop.models import OrderDocument, Payment
from shop.oscar import Basket, Order, StockRecord
from tests.attacks.everything import changed, everything
from tests.shop.conftest import by_card, checkout_form, fill, fill_basket, make_product, order_as_guest, put_on_shelf
from tests.shop.conftest import wording_in_browser as wording

__all__ = ["fill_basket", "make_product", "order_as_guest"]

ADDRESS = "/en/checkout/"
# By name of the field: what somebody might write there who means no good. Of the rest, TEXTS.
LIES = {
    "expected_goods_total": ("0", "0.01", "-349.00", "349", "1e2", "3.49e2", "Infinity", "NaN", "349.001", "9" * 40),
    "option": ("express", "europe", "free", "STANDARD", "", "standard\0", "../standard", "x" * 5000),
    "country": ("DE", "de", "XX", "", "TR\0", "T", "US", "x" * 5000),
    "basket": ("", "1", "1:x", "x" * 5000, "\0"),
    "accept": ("", "off", "0", "false"),
    "wording": ("", "0" * 64, "x" * 64, "\0" * 64),
    "phone": ("", "0", "+90", "abc", "1" * 50, "\0"),
    "email": ("", "x", "a@b", "a@example.com,b@example.com", "a@example.com\nBcc: c@example.com", "\0@example.com"),
}
TEXTS = ("", "\0", "\u202e" * 10, "x" * 10_000, "<script>alert(1)</script>")
# No field of ours; Oscar's, and what one would like to be asked.
EXTRA = {
    "price": "0.01", "unit_price": "0.01", "total": "0.01", "goods_total": "0.01", "shipping_charge": "0.00",
    "charge": "0", "quantity": "100", "quantity_1": "100", "line-1": "100", "form-0-quantity": "100", "discount": "349",
    "status": "paid", "number": "E-AAAA-AAAA-AA", "user": "1", "customer": "1", "currency": "JPY", "is_paid": "1",
    "amount": "0.01", "voucher": "x", "guest_email": "x@example.com", "partner": "2", "stockrecord": "2",
}  # fmt: skip


@pytest.fixture
def shopper(client: Client, make_product: Any) -> Client:
    """A browser with two cezves in its basket: 698.00, and 59.90 for the courier."""
    client.post(f"/en/basket/add/{make_product(price='349.00', stock=5).pk}/", {"quantity": 2})
    return client


def form(**changes: Any) -> dict[str, Any]:
    basket = Basket.objects.latest("pk")
    return {**checkout_form(basket.pk, expected_goods_total="698.00"), **changes}


def is_as_the_shop_says(order: Order) -> bool:
    """Whatever was chosen, by the shop's own prices and charges, reserved and agreed to."""
    line = order.lines.get()
    charge = {"standard": Decimal("59.90"), "express": Decimal("119.90")}[order.shipping_code]
    papers = list(OrderDocument.objects.filter(order=order).values_list("body", flat=True))
    return (
        (line.quantity, line.unit_price_incl_tax, line.line_price_incl_tax) == (2, Decimal(349), Decimal(698))
        and (order.shipping_incl_tax, order.total_incl_tax) == (charge, 698 + charge)
        and (order.status, order.currency, StockRecord.objects.get().num_allocated) == ("pending", "TRY", 2)
        and len(papers) == 2
        and all(f"₺{order.total_incl_tax}" in paper for paper in papers)
    )


@pytest.mark.parametrize("name", [*DeliveryForm.base_fields, "basket"])
def test_each_field_is_taken_as_the_shop_says_or_refused_whatever_stands_in_it(shopper: Client, name: str) -> None:
    honest, before = form(), everything()
    assert name in honest
    for lie in LIES.get(name, TEXTS):
        with transaction.atomic():
            answer = shopper.post(ADDRESS, {**honest, name: lie})
            assert answer.status_code in (302, 409, 422), lie
            placed = Order.objects.first()
            assert is_as_the_shop_says(placed) if placed else changed(before) == {}, lie
            transaction.set_rollback(True)
    shopper.post(ADDRESS, honest)
    assert is_as_the_shop_says(Order.objects.get())


def test_what_is_no_field_of_the_form_is_not_read(shopper: Client) -> None:
    answer = shopper.post(f"{ADDRESS}?total=0.01&price=0.01", {**EXTRA, **form()})
    order = Order.objects.get()
    assert is_as_the_shop_says(order) and order.user is None and order.purchase.email == "ada@example.com"
    shopper.post(answer.url, {**EXTRA, **by_card()})
    payment = Payment.objects.get()
    assert (payment.amount, payment.currency, payment.status) == (Decimal("757.90"), "TRY", "captured")


def test_the_papers_and_the_total_of_another_basket_order_nothing(shopper: Client) -> None:
    """Other goods at the same price, the same goods in another number, a basket of somebody else."""
    mine = Basket.objects.get()
    product = StockRecord.objects.get().product
    others = [fill((put_on_shelf("Brass pot", price="349.00"), 2)), fill((product, 1)), fill((product, 3))]
    honest, before = form(), everything()
    for other in others:
        for changes in (
            {"wording": wording(other.pk)},
            {"wording": wording(other.pk), "expected_goods_total": f"{349 * other.num_items}.00"},
            {"wording": wording(mine.pk, "tr")},
        ):
            data = {**honest, "basket": signing.Signer(salt=BASKET_SALT).sign_object(mine.pk), **changes}
            assert shopper.post(ADDRESS, data).status_code in (302, 409)
            assert changed(before) == {}
    assert not Order.objects.exists()


def test_the_basket_of_an_account_is_ordered_by_nobody_else(
    shopper: Client, ada: crm.Customer, mallory: crm.Customer
) -> None:
    """Its token stands in its own page only; should it come out, it is still of that account."""
    hers = fill((put_on_shelf(price="349.00"), 2), user=ada.account)
    data = {**checkout_form(hers.pk, expected_goods_total="698.00"), "email": "mallory@example.com"}
    before = everything()
    assert shopper.post(ADDRESS, data).url == "/en/basket/"
    assert changed(before) == {}
    shopper.force_login(mallory.account)
    shopper.get("/en/basket/")  # what she had put into it before is hers now
    before = everything()
    assert shopper.post(ADDRESS, data).url == "/en/basket/"
    assert changed(before) == {}
    shopper.force_login(ada.account)
    assert "/pay/" in shopper.post(ADDRESS, data).url
    assert Order.objects.get().user == ada.account


@pytest.mark.parametrize("quantity", ["-1", "-99", "1e9", "2.5", "²", "9" * 30, "NaN", "\0", "0x10"])
def test_a_number_of_pieces_that_nobody_means_is_none_or_one(shopper: Client, quantity: str) -> None:
    line = Basket.objects.get().lines.get()
    for address, data in (
        (f"/en/basket/lines/{line.pk}/", {"quantity": quantity}),
        (f"/en/basket/add/{line.product_id}/", {"quantity": quantity}),
    ):
        assert shopper.post(address, data).status_code in (302, 303, 422)
        line.refresh_from_db()
        assert 1 <= line.quantity <= 5, address
    shown = shopper.get("/en/basket/").context["page"]
    assert shown.total == 349 * line.quantity
