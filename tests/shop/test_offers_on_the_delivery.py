"""An offer or a voucher on the delivery: seen in basket and checkout, paid, kept, counted, invoiced, and given back."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client

from crm import api as crm
from shop.backoffice.story import story_of
from shop.basket.selectors import basket_page
from shop.documents.accepted import NotWhatWasAccepted
from shop.documents.invoices import invoice_of
from shop.documents.terms import accepted_documents
from shop.models import OrderDocument
from shop.offer.models import Benefit
from shop.offer.names import name_offer
from shop.orders.links import order_token
from shop.orders.placing import TotalChanged
from shop.orders.releasing import cancel_unpaid
from shop.oscar import Basket, ConditionalOffer, Order, OrderDiscount, StockRecord, Voucher, VoucherApplication
from shop.partner.strategy import split_vat
from shop.payment.services import pay_by_card
from shop.shipping.weights import weigh
from tests.races import run_at_once
from tests.shop import shelves
from tests.shop.conftest import GOOD_CARD, checkout_form, delivery, fill, put_on_shelf
from tests.shop.offers import offer, voucher
from tests.shop.test_order_is_placed_once import nothing_happened, place

pytestmark = pytest.mark.django_db

FULL = Decimal("59.90")
FREE = (Benefit.SHIPPING_PERCENTAGE, 100)
HALF = (Benefit.SHIPPING_PERCENTAGE, 50)
ADDRESS = "/en/checkout/"


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet() -> None:
    cache.clear()


@pytest.fixture
def shopper(client: Client) -> Client:
    """A browser with goods of 100.00 in its basket."""
    client.post(f"/en/basket/add/{shelves.product('Cezve', price='100.00').pk}/")
    return client


def form(**changes: Any) -> dict[str, Any]:
    return checkout_form(Basket.objects.get().pk, **{"expected_goods_total": "100.00", **changes})


def on_delivery(benefit: Any = FREE, name: str = "Travel light", **fields: Any) -> Any:
    """One that others may go with."""
    made = offer(name, benefit=benefit, exclusive=False, **fields)
    name_offer(made, {"en": name})
    return made


def travel_voucher(benefit: Any = FREE, **fields: Any) -> Any:
    return voucher("TRAVEL", on_delivery(benefit, offer_type=ConditionalOffer.VOUCHER), **fields)


def with_voucher(ticket: Any, price: str = "100.00") -> Any:
    basket = fill((put_on_shelf(price=price), 1))
    basket.vouchers.add(ticket)
    return basket


def uses(entry: Any) -> tuple[Any, ...]:
    entry.refresh_from_db()
    return entry.num_applications, entry.num_orders, entry.total_discount


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.mark.parametrize(
    ("benefit", "paid"),
    [
        ((Benefit.SHIPPING_PERCENTAGE, 50), "29.95"),
        ((Benefit.SHIPPING_PERCENTAGE, 100), "0.00"),
        ((Benefit.SHIPPING_ABSOLUTE, 20), "39.90"),
        ((Benefit.SHIPPING_ABSOLUTE, 1000), "0.00"),
        ((Benefit.SHIPPING_FIXED_PRICE, "9.90"), "9.90"),
    ],
)
def test_what_it_takes_off_is_not_paid_and_kept_with_the_order(benefit: Any, paid: str, now: Any) -> None:
    entry = on_delivery(benefit)
    order = place(fill((put_on_shelf(price="100.00"), 1)), now)
    off = FULL - Decimal(paid)
    assert order.shipping_incl_tax == Decimal(paid)
    assert order.shipping_excl_tax == split_vat(Decimal(paid), Decimal(20))[0]
    assert order.total_incl_tax == Decimal("100.00") + Decimal(paid)
    row = OrderDiscount.objects.get(order=order)
    assert (row.category, row.offer_name, row.amount, row.frequency) == ("Shipping", "Travel light", off, 1)
    assert uses(entry) == (1, 1, off)


def test_a_fixed_price_above_the_charge_changes_and_counts_nothing(now: Any) -> None:
    entry = on_delivery((Benefit.SHIPPING_FIXED_PRICE, 80))
    order = place(fill((put_on_shelf(price="100.00"), 1)), now)
    assert (order.shipping_incl_tax, order.discounts.count(), uses(entry)) == (FULL, 0, (0, 0, 0))


def test_what_travels_free_anyway_uses_no_voucher(now: Any) -> None:
    ticket = travel_voucher(usage=Voucher.SINGLE_USE)
    order = place(with_voucher(ticket, price="750.00"), now)
    assert (order.shipping_incl_tax, order.discounts.count()) == (0, 0)
    assert not VoucherApplication.objects.exists()
    express = place(with_voucher(ticket, price="750.00"), now, delivery=delivery(option="express"))
    assert (express.shipping_incl_tax, VoucherApplication.objects.get().order) == (0, express)


def test_of_two_the_first_by_priority_takes_off_and_only_that_one_is_counted(now: Any) -> None:
    first, second = on_delivery(HALF, priority=2), on_delivery(FREE, "Travel lighter", priority=1)
    order = place(fill((put_on_shelf(price="100.00"), 1)), now)
    assert order.shipping_incl_tax == Decimal("29.95")
    assert order.discounts.get().offer_id == first.pk
    assert (uses(first), uses(second)) == ((1, 1, Decimal("29.95")), (0, 0, 0))


def test_it_is_given_as_often_as_its_caps_say(now: Any) -> None:
    on_delivery(max_global_applications=1)
    on_delivery(HALF, "Travel lighter", max_discount=Decimal("20.00"), priority=-1)
    charges = [place(fill((put_on_shelf(price="100.00"), 1)), now).shipping_incl_tax for _ in range(3)]
    assert charges == [0, Decimal("29.95"), FULL]


@pytest.mark.django_db(transaction=True)
def test_the_last_one_is_given_to_one_of_many(now: Any) -> None:
    entry = on_delivery(max_global_applications=1)
    product = put_on_shelf(price="100.00")
    baskets = [fill((product, 1)) for _ in range(6)]
    orders = run_at_once(*[lambda basket=basket: place(basket, now) for basket in baskets])
    assert sorted(order.shipping_incl_tax for order in orders) == [0, *[FULL] * 5]
    assert uses(entry) == (1, 1, FULL)


def test_a_cancelled_order_gives_it_back(now: Any) -> None:
    ticket = travel_voucher(usage=Voucher.SINGLE_USE)
    order = place(with_voucher(ticket), now)
    ticket.refresh_from_db()
    assert (ticket.num_orders, ticket.total_discount, VoucherApplication.objects.count()) == (1, FULL, 1)
    cancel_unpaid(order.pk, actor=crm.Actor.system("sweeper"), now=now)
    ticket.refresh_from_db()
    assert (ticket.num_orders, ticket.total_discount, VoucherApplication.objects.count()) == (0, 0, 0)
    assert uses(ConditionalOffer.objects.get()) == (0, 0, 0)
    assert place(with_voucher(ticket), now).shipping_incl_tax == 0


@pytest.mark.parametrize(
    ("benefit", "words"),
    [
        (FREE, "Free delivery with this order"),
        ((Benefit.SHIPPING_FIXED_PRICE, 0), "Free delivery with this order"),
        ((Benefit.SHIPPING_PERCENTAGE, "12.50"), "12.50% off the delivery"),
        ((Benefit.SHIPPING_ABSOLUTE, 20), "₺20.00 off the delivery"),
        ((Benefit.SHIPPING_FIXED_PRICE, "9.90"), "Delivery for ₺9.90 at most"),
    ],
)
def test_basket_and_checkout_say_what_it_gives(shopper: Client, benefit: Any, words: str) -> None:
    on_delivery(benefit)
    for address in ("/en/basket/", ADDRESS):
        assert f"Travel light {words}" in words_of(shopper.get(address).content.decode())


def test_nothing_is_missing_to_free_delivery_that_is_free_already(shopper: Client) -> None:
    assert "to free delivery" in words_of(shopper.get("/en/basket/").content.decode())
    on_delivery()
    for address in ("/en/basket/", ADDRESS, "/en/checkout/options/?country=TR"):
        assert "to free delivery" not in words_of(shopper.get(address).content.decode())


def test_the_checkout_shows_the_old_price_struck_and_the_new_one_with_words_for_both(shopper: Client) -> None:
    on_delivery((Benefit.SHIPPING_ABSOLUTE, 50))
    page = shopper.get(ADDRESS).content.decode()
    assert "<s>₺59.90</s>" in page
    words = words_of(page)
    assert "Price without the offer: ₺59.90 With the offer: ₺9.90" in words  # standard
    assert "Price without the offer: ₺119.90 With the offer: ₺69.90" in words  # express
    assert "Price without the offer: ₺39.90 With the offer: free" in words  # pick-up
    abroad = words_of(shopper.get("/en/checkout/options/", {"country": "DE"}).content.decode())
    assert "Price without the offer: ₺349.90 With the offer: ₺299.90" in abroad


def test_without_one_no_price_is_struck(shopper: Client) -> None:
    assert "<s>" not in shopper.get(ADDRESS).content.decode()


def test_a_voucher_on_the_delivery_is_entered_and_ordered(shopper: Client) -> None:
    travel_voucher(HALF)
    page = words_of(shopper.post("/en/basket/vouchers/", {"code": "travel"}, follow=True).content.decode())
    assert "Voucher TRAVEL 50% off the delivery" in page
    assert "Gives nothing" not in page
    shopper.post(ADDRESS, form())
    order = Order.objects.get()
    assert (order.shipping_incl_tax, order.total_incl_tax) == (Decimal("29.95"), Decimal("129.95"))
    assert order.discounts.get().voucher_code == "TRAVEL"


def test_a_voucher_behind_a_better_placed_offer_is_not_taken_in_vain(shopper: Client) -> None:
    on_delivery(HALF, "Better placed", priority=5)
    travel_voucher()
    page = shopper.post("/en/basket/vouchers/", {"code": "TRAVEL"}, follow=True).content.decode()
    assert "Nothing in your basket goes with this voucher" in page
    assert not Basket.objects.get().vouchers.exists()


def test_a_price_written_into_the_form_changes_nothing(shopper: Client) -> None:
    on_delivery(HALF)
    wishes = {
        "charge": "0.00",
        "price": "0",
        "shipping_incl_tax": "0.00",
        "delivery_offer": "100",
        "reduction": "59.90",
    }
    assert shopper.post(ADDRESS, form(**wishes)).status_code == 302
    assert Order.objects.get().shipping_incl_tax == Decimal("29.95")


def test_one_that_ended_since_the_page_was_shown_is_told_and_nothing_is_ordered(shopper: Client) -> None:
    entry = on_delivery()
    data = form()
    ConditionalOffer.objects.filter(pk=entry.pk).update(status=ConditionalOffer.SUSPENDED)
    answer = shopper.post(ADDRESS, data)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "The price of the delivery or the documents have changed since you opened this page" in page
    assert 'value="Ada Yılmaz"' in page and "₺59.90" in page and "<s>" not in page
    assert not Order.objects.exists() and not StockRecord.objects.filter(num_allocated__gt=0).exists()
    shopper.post(ADDRESS, {**data, "wording": answer.context["wording"]})
    assert Order.objects.get().shipping_incl_tax == FULL


def test_one_that_ends_in_the_very_moment_leaves_no_order_at_another_price(now: Any) -> None:
    entry = on_delivery()
    basket = fill((put_on_shelf(price="100.00"), 1))
    grams = weigh(basket)
    page = basket_page(basket, language="en")
    papers = accepted_documents(page, grams=grams, delivery=delivery(), language="en", now=now)
    ConditionalOffer.objects.filter(pk=entry.pk).update(status=ConditionalOffer.SUSPENDED)
    with pytest.raises(NotWhatWasAccepted):
        place(basket, now, expected_goods_total=Decimal("100.00"), accepted=papers)
    assert nothing_happened() and uses(entry) == (0, 0, 0)


def test_a_guest_who_had_the_voucher_is_told_and_can_order_without_it(shopper: Client, now: Any) -> None:
    """Only the address in the form says who it is: the page could not know."""
    ticket = travel_voucher(usage=Voucher.ONCE_PER_CUSTOMER)
    place(with_voucher(ticket), now)
    basket = Basket.objects.get(status=Basket.OPEN)
    basket.vouchers.add(ticket)
    data = checkout_form(basket.pk, expected_goods_total="100.00")
    page = shopper.post(ADDRESS, data, follow=True)
    assert "The voucher TRAVEL has been used already or has expired." in page.content.decode()
    assert (Order.objects.count(), basket.vouchers.count(), VoucherApplication.objects.count()) == (1, 0, 1)
    shopper.post(ADDRESS, {**data, "wording": page.context["wording"]})
    assert Order.objects.get(basket=basket).shipping_incl_tax == FULL


def test_without_papers_a_spent_voucher_is_found_by_the_total(now: Any) -> None:
    """Both on the goods and on the delivery: the goods' total says so first."""
    ticket = travel_voucher(usage=Voucher.SINGLE_USE)
    ticket.offers.add(offer("Goods, too", offer_type=ConditionalOffer.VOUCHER, exclusive=False))
    first, second = with_voucher(ticket), with_voucher(ticket)
    assert place(first, now, expected_goods_total=Decimal("90.00")).total_incl_tax == Decimal("90.00")
    ticket.refresh_from_db()
    assert (ticket.num_orders, ticket.total_discount) == (1, Decimal("69.90"))
    with pytest.raises(TotalChanged) as refusal:
        place(second, now, expected_goods_total=Decimal("90.00"))
    assert refusal.value.spent_codes == ("TRAVEL",)


def test_the_papers_name_the_price_that_is_paid(shopper: Client) -> None:
    on_delivery(HALF)
    shown = words_of(shopper.get(ADDRESS).content.decode())
    assert "Standard – To your door in 2 to 4 working days: ₺29.95 (instead of ₺59.90)" in shown
    shopper.post(ADDRESS, form())
    for document in OrderDocument.objects.all():
        words = words_of(document.body)
        assert "Delivery: Standard (instead of ₺59.90) ₺29.95" in words
        assert "₺129.95" in words
    assert OrderDocument.objects.count() == 2


def test_the_invoice_is_about_what_was_paid_and_shows_the_reduction(order_as_guest: Any) -> None:
    on_delivery(HALF)
    order = order_as_guest((put_on_shelf(price="100.00"), 1))
    line = invoice_of(order).lines[-1]
    assert (line.name, line.gross, line.reduction) == ("Standard", Decimal("29.95"), Decimal("29.95"))
    assert (line.net, line.vat) == split_vat(Decimal("29.95"), Decimal(20))
    body = words_of(order.documents.get(kind="invoice").body)
    assert "₺129.95" in body and "Standard 1 ₺29.95" in body


def test_a_delivery_that_costs_nothing_is_not_invoiced(order_as_guest: Any) -> None:
    on_delivery()
    order = order_as_guest((put_on_shelf(price="100.00"), 1))
    assert [line.gross for line in invoice_of(order).lines] == [Decimal("100.00")]
    assert order.documents.filter(kind="invoice").exists()
    assert order.payments.get().amount == Decimal("100.00")


def test_page_and_mail_of_the_order_say_what_was_paid_and_what_was_off(client: Client, order_as_guest: Any) -> None:
    on_delivery(HALF)
    order = order_as_guest((put_on_shelf(price="100.00"), 1))
    page = words_of(client.get(f"/en/track/{order_token(order)}/").content.decode())
    assert "Delivery ₺59.90 Travel light −₺29.95 Total with VAT ₺129.95" in page
    mail = crm.OutgoingMail.objects.get()
    assert "Delivery: ₺59.90\nTravel light  −₺29.95\n" in mail.text


def test_the_story_for_staff_adds_up(order_as_guest: Any, admin_user: Any) -> None:
    on_delivery(HALF)
    offer("Goods", exclusive=False)
    order = order_as_guest((put_on_shelf(price="100.00"), 1))
    story = story_of(order, user=admin_user, language="en")
    off = sum(discount.amount for discount in story.discounts)
    goods = sum(line.price for line in story.lines)
    assert off > Decimal("29.95")
    assert goods - off + story.delivery_before == order.total_incl_tax


def test_a_paid_order_is_paid_at_the_reduced_price(now: Any) -> None:
    on_delivery(HALF)
    order = place(fill((put_on_shelf(price="100.00"), 1)), now)
    pay_by_card(order.pk, card_number=GOOD_CARD, now=now)
    assert order.payments.get().amount == Decimal("129.95")


def test_a_fixed_price_that_names_none_cannot_be_saved() -> None:
    with pytest.raises(ValidationError):
        Benefit(type=Benefit.SHIPPING_FIXED_PRICE, value=None).clean()
    Benefit(type=Benefit.SHIPPING_FIXED_PRICE, value=Decimal(0)).clean()
