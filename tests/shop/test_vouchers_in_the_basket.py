"""A code is entered on the basket page: what it gives is there in words and money, or why it gives nothing."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from crm import api as crm
from shop.offer.names import name_offer
from shop.offer.reductions import Reduction, reductions_of
from shop.orders.links import order_token
from shop.oscar import Basket, ConditionalOffer, Order, Voucher
from shop.payment.services import pay_by_card
from tests.shop import shelves
from tests.shop.conftest import GOOD_CARD, checkout_form, fill
from tests.shop.offers import offer, only, voucher
from tests.shop.test_order_is_placed_once import place

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet() -> None:
    cache.clear()


@pytest.fixture
def cezve(client: Client) -> Any:
    """In the basket already."""
    made = shelves.product("Cezve", price="100.00")
    client.post(f"/en/basket/add/{made.pk}/")
    return made


def enter(client: Client, code: str, **headers: Any) -> str:
    return str(client.post("/en/basket/vouchers/", {"code": code}, follow=True, headers=headers).content.decode())


def test_a_code_takes_something_off_and_is_named(client: Client, cezve: Any) -> None:
    ticket = voucher("SPRING")
    page = enter(client, " spr ing ")
    assert "The voucher “SPRING” is in your basket." in page
    assert "<dt>Voucher SPRING</dt><dd>−₺10.00</dd>" in page
    assert "₺90.00" in page
    ticket.refresh_from_db()
    assert ticket.num_basket_additions == 1
    checkout = client.get("/en/checkout/").content.decode()
    assert "<dt>Voucher SPRING</dt><dd>−₺10.00</dd>" in checkout
    assert 'name="expected_goods_total" value="90.00"' in checkout


def test_the_part_that_htmx_swaps_has_it_too(client: Client, cezve: Any) -> None:
    voucher("SPRING")
    part = enter(client, "SPRING", hx_request="true")
    assert "<html" not in part
    assert "₺90.00" in part
    line = Basket.objects.get().lines.get()
    more = client.post(f"/en/basket/lines/{line.pk}/", {"quantity": 2}, headers={"hx-request": "true"})
    assert "₺180.00" in more.content.decode()


def test_a_turkish_keyboard_writes_the_code_as_well(client: Client, cezve: Any) -> None:
    voucher("INDIRIM10")
    assert "is in your basket." in enter(client, "İNDİRİM10")


def test_a_voucher_can_be_taken_out_again(client: Client, cezve: Any) -> None:
    ticket = voucher("SPRING")
    enter(client, "SPRING")
    page = client.post(f"/en/basket/vouchers/{ticket.pk}/", follow=True).content.decode()
    assert "Voucher SPRING" not in page
    assert not Basket.objects.get().vouchers.exists()


def test_why_a_code_gives_nothing_is_said(client: Client, cezve: Any, now: Any) -> None:
    day = timedelta(days=1)
    voucher("SOON", start_datetime=timezone.now() + day)
    voucher("OVER", end_datetime=timezone.now() - day)
    voucher("ONCE", usage=Voucher.SINGLE_USE)
    voucher("TEA", offer(range=only(shelves.product("Tea")), offer_type=ConditionalOffer.VOUCHER))
    other = fill((shelves.product("Cup"), 1))
    other.vouchers.add(Voucher.objects.get(code="ONCE"))
    place(other, now)
    for code, words in (
        ("NEVER", "We know no voucher with this code."),
        ("", "We know no voucher with this code."),
        ("\x00'; --", "We know no voucher with this code."),
        ("SOON", "This voucher cannot be used yet."),
        ("OVER", "This voucher has expired."),
        ("ONCE", "This voucher has been used already."),
        ("TEA", "Nothing in your basket goes with this voucher"),
    ):
        assert words in enter(client, code)
    assert not Basket.objects.filter(status=Basket.OPEN, vouchers__isnull=False).exists()


def test_somebody_who_had_it_reads_that_once_is_once(login: Any, ada: Any, now: Any) -> None:
    ticket = voucher("HELLO", usage=Voucher.ONCE_PER_CUSTOMER)
    first = fill((shelves.product("Cup"), 1), user=ada.account)
    first.vouchers.add(ticket)
    place(first, now, user=ada.account)
    client = login(ada)
    client.post(f"/en/basket/add/{shelves.product('Cezve').pk}/")
    assert "you have done so with an earlier order" in enter(client, "HELLO")


def test_a_voucher_that_no_longer_fits_says_so(client: Client, cezve: Any) -> None:
    voucher("CEZVE", offer(range=only(cezve), offer_type=ConditionalOffer.VOUCHER))
    enter(client, "CEZVE")
    client.post(f"/en/basket/add/{shelves.product('Tea').pk}/")
    line = Basket.objects.get().lines.get(product=cezve)
    page = client.post(f"/en/basket/lines/{line.pk}/", {"quantity": 0}, follow=True).content.decode()
    assert "Gives nothing with what is in the basket now." in page


def test_codes_cannot_be_guessed_in_bulk(client: Client, cezve: Any) -> None:
    voucher("SPRING")
    for n in range(10):
        enter(client, f"GUESS{n}")
    page = enter(client, "SPRING")
    assert "Too many codes in a short time." in page
    assert not Basket.objects.get().vouchers.exists()


def test_a_voucher_that_somebody_was_quicker_with_leaves_the_basket_and_nothing_is_ordered(
    client: Client, cezve: Any, now: Any
) -> None:
    ticket = voucher("ONCE", usage=Voucher.SINGLE_USE)
    enter(client, "ONCE")
    basket = Basket.objects.get()
    quicker = fill((shelves.product("Cup"), 1))
    quicker.vouchers.add(ticket)
    place(quicker, now)
    form = checkout_form(basket.pk, expected_goods_total="90.00")
    page = client.post("/en/checkout/", form, follow=True).content.decode()
    assert "The voucher ONCE has been used already or has expired." in page
    assert 'name="expected_goods_total" value="100.00"' in page
    assert Order.objects.count() == 1
    assert not basket.vouchers.exists()
    client.post("/en/checkout/", {**form, "expected_goods_total": "100.00"})
    assert Order.objects.get(basket=basket).discounts.count() == 0


def test_the_order_tells_its_price_as_the_basket_did(client: Client, now: Any) -> None:
    name_offer(offer("Güz", exclusive=False), {"en": "Autumn sale"})
    voucher("SPRING", offer("Hello", offer_type=ConditionalOffer.VOUCHER, exclusive=False))
    client.post(f"/en/basket/add/{shelves.product('Cezve', price='100.00').pk}/")
    rows = rows_of_sums(enter(client, "SPRING"))
    assert {row[0] for row in rows[1:3]} == {"Autumn sale", "Voucher SPRING"}
    order = place(Basket.objects.get(), now)
    pay_by_card(order.pk, card_number=GOOD_CARD, now=now)
    page = client.get(f"/en/track/{order_token(order)}/").content.decode()
    assert rows_of_sums(page)[:3] == [("Delivery", "₺59.90"), *rows[1:3]]
    assert '<td class="end">₺100.00</td>' in page
    mail = crm.OutgoingMail.objects.get()
    for name, amount in rows[1:3]:
        assert f"{name}  {amount}\n" in mail.text
        assert name in mail.html and amount in mail.html
    assert "1 × Cezve  ₺100.00\n" in mail.text
    assert order.lines.get().line_price_incl_tax == Decimal("100.00") + sum(amount_of(row) for row in rows[1:3])


def test_the_cent_that_rounding_leaves_is_told_with_the_largest() -> None:
    parts = [("A", "", Decimal("3.33")), ("B", "CODE", Decimal("1.00")), ("C", "CODE", Decimal("0.50"))]
    told = reductions_of([*parts, ("D", "", Decimal(0))], whole=Decimal("4.84"))
    assert told == [Reduction("A", "", Decimal("3.34")), Reduction("", "CODE", Decimal("1.50"))]
    assert reductions_of([], whole=Decimal(0)) == []


def rows_of_sums(page: str) -> list[tuple[str, str]]:
    return re.findall(r"<dt[^>]*>([^<]+)</dt>\s*<dd[^>]*>([^<]+)</dd>", page)


def amount_of(row: tuple[str, str]) -> Decimal:
    return -Decimal(row[1].removeprefix("−₺"))
