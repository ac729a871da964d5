"""What it costs to send a basket somewhere, and on which day it is there."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.formats import localize

from crm import api as crm
from shop.checkout.forms import country_choices
from shop.models import ProductWeight
from shop.orders.placing import place_order
from shop.oscar import Basket, Order, StockRecord
from shop.shipping.options import EUROPE, FREE_STANDARD_FROM, OPTIONS, TooHeavy, get_option
from shop.shipping.weights import DEFAULT_GRAMS, weigh
from shop.shipping.working_days import add_working_days, is_working_day
from tests.shop import shelves
from tests.shop.conftest import checkout_form, delivery

STANDARD, EXPRESS = get_option("standard", country="TR"), get_option("express", country="TR")
PICKUP, ABROAD = get_option("pickup", country="TR"), get_option("europe", country="DE")


def in_izmir(day: date, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo("Europe/Istanbul"))


@pytest.mark.parametrize(
    ("ordered", "arrives"),
    [
        (in_izmir(date(2026, 11, 16), 13), date(2026, 11, 17)),  # a Monday, in time
        (in_izmir(date(2026, 11, 16), 14), date(2026, 11, 18)),  # too late for today
        (in_izmir(date(2026, 11, 20), 13), date(2026, 11, 23)),  # a Friday: there on Monday
        (in_izmir(date(2026, 11, 21), 9), date(2026, 11, 24)),  # a Saturday: packed on Monday
        (in_izmir(date(2026, 10, 28), 9), date(2026, 10, 30)),  # the day before Republic Day
        (in_izmir(date(2027, 3, 8), 9), date(2027, 3, 12)),  # the feast of Ramadan, three days
        (in_izmir(date(2028, 5, 4), 9), date(2028, 5, 9)),  # the feast of sacrifice with a weekend
        (in_izmir(date(2026, 12, 31), 9), date(2027, 1, 4)),  # over the new year
    ],
)
def test_express_is_there_on_the_next_day_on_which_parcels_move(ordered: datetime, arrives: date) -> None:
    assert EXPRESS.arrival(ordered) == (arrives, arrives)


def test_standard_takes_two_to_four_of_them() -> None:
    assert STANDARD.arrival(in_izmir(date(2026, 11, 16))) == (date(2026, 11, 18), date(2026, 11, 20))


@pytest.mark.parametrize(("language", "written"), [("en", "from ₺{}"), ("tr", "{} TL ve üzeri")])
def test_the_top_and_the_foot_of_every_page_say_from_what_sum_it_is_free(
    client: Client, db: None, language: str, written: str
) -> None:
    page = client.get(f"/{language}/help/").content.decode()
    assert page.count(written.format(int(FREE_STANDARD_FROM["TRY"]))) == 2


def test_holidays_of_the_other_country_count_too() -> None:
    ordered = in_izmir(date(2026, 12, 21))
    assert ABROAD.arrival(ordered, country="DE")[0] == date(2026, 12, 29)
    assert ABROAD.arrival(ordered, country="GR")[0] == date(2026, 12, 29)
    assert is_working_day(date(2026, 12, 25)) and not is_working_day(date(2026, 12, 25), country="DE")
    assert add_working_days(date(2026, 12, 24), 0) == date(2026, 12, 24)


@pytest.mark.parametrize("country", ["TR", *EUROPE])
def test_the_holidays_of_every_country_that_we_send_to_are_known(country: str) -> None:
    days = [date(2027, 1, 1), date(2028, 5, 1), date(2027, 12, 25)]
    assert any(not is_working_day(day, country=country) and day.weekday() < 5 for day in days)


@pytest.mark.parametrize("year", range(2026, 2036))
def test_the_feasts_of_the_years_to_come_are_known(year: int) -> None:
    weekdays_off = [
        day
        for day in (date.fromordinal(date(year, 1, 1).toordinal() + n) for n in range(365))
        if day.weekday() < 5 and not is_working_day(day)
    ]
    assert 5 <= len(weekdays_off) <= 16


@pytest.mark.parametrize(
    ("grams", "charge"), [(0, "59.90"), (5000, "59.90"), (5001, "89.90"), (30_000, "139.90"), (90_000, "249.90")]
)
def test_heavier_goods_cost_more_to_send(grams: int, charge: str) -> None:
    assert STANDARD.charge_for(Decimal("100.00"), "TRY", grams=grams) == Decimal(charge)


def test_what_is_free_is_free_whatever_it_weighs() -> None:
    assert STANDARD.charge_for(Decimal("750.00"), "TRY", grams=90_000) == 0
    assert STANDARD.missing_to_free(Decimal("738.00"), "TRY") == Decimal("12.00")
    assert STANDARD.missing_to_free(Decimal("750.00"), "TRY") is None
    assert EXPRESS.missing_to_free(Decimal("1.00"), "TRY") is None


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.code)
def test_bands_go_from_light_to_heavy_and_from_cheap_to_dear(option: Any) -> None:
    limits = [band.up_to or 10**9 for band in option.bands]
    assert limits == sorted(limits)
    for currency in ("TRY", "EUR", "GBP", "USD"):
        prices = [band.prices[currency] for band in option.bands]
        assert prices == sorted(prices)


@pytest.mark.parametrize(("language", "weight"), [("en", "10.1 kg"), ("tr", "10,1 kg")])
def test_too_heavy_is_said_with_the_numbers(language: str, weight: str) -> None:
    with translation.override(language), pytest.raises(TooHeavy, match=weight):
        PICKUP.charge_for(Decimal("100.00"), "TRY", grams=10_100)


def test_a_basket_weighs_what_is_in_it(make_product: Any, fill_basket: Any, django_assert_num_queries: Any) -> None:
    known, unknown = make_product("Anvil"), make_product("Feather")
    ProductWeight.objects.create(product=known, grams=2500)
    parent = shelves.product("Rug", variants={"Red": 5})
    child = parent.children.get()
    ProductWeight.objects.create(product=parent, grams=4000)
    basket = fill_basket((known, 2), (unknown, 1), (child, 1))
    with django_assert_num_queries(1):
        assert weigh(basket) == 5000 + DEFAULT_GRAMS + 4000
    ProductWeight.objects.create(product=child, grams=100)
    assert weigh(Basket.objects.get(pk=basket.pk)) == 5000 + DEFAULT_GRAMS + 100
    assert weigh(Basket()) == 0


def test_nothing_weighs_nothing(make_product: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductWeight.objects.create(product=make_product(), grams=0)


def test_an_order_pays_for_its_weight(make_product: Any, fill_basket: Any, now: datetime) -> None:
    product = make_product(price="100.00")
    ProductWeight.objects.create(product=product, grams=6000)
    order = place_order(
        fill_basket((product, 1)).pk,
        delivery=delivery(),
        expected_goods_total=None,
        user=None,
        visitor=None,
        language="en",
        now=now,
    )
    assert order.shipping_incl_tax == Decimal("89.90")


def test_too_heavy_for_the_pick_up_point_is_refused_clearly_and_nothing_is_ordered(
    client: Client, make_product: Any
) -> None:
    product = make_product(price="349.00")
    ProductWeight.objects.create(product=product, grams=10_500)
    with translation.override("en"):
        client.post(reverse("basket:add", args=[product.pk]), {"quantity": 1})
        page = client.get(reverse("checkout:options"), {"country": "TR"}).content.decode()
        assert "Too heavy for “Pick-up point”: your basket weighs 10.5 kg" in page
        answer = client.post(reverse("checkout:index"), checkout_form(Basket.objects.get().pk, option="pickup"))
    assert answer.status_code == 422
    assert "Too heavy" in answer.content.decode()
    assert not Order.objects.exists()
    assert not crm.OutgoingMail.objects.exists()
    assert not crm.Customer.objects.exists()
    assert StockRecord.objects.get().num_allocated in (None, 0)
    assert Basket.objects.get().status == Basket.OPEN


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", ("Delivery (Standard)", "To pay", "₺349.00", "₺{sum}")),
        ("tr", ("Teslimat (Standart)", "Ödenecek", "₺349,00", "₺{sum}")),
    ],
)
def test_the_checkout_says_the_whole_sum_before_anything_is_ordered(
    client: Client, make_product: Any, language: str, texts: tuple[str, ...]
) -> None:
    product = make_product(price="349.00")
    with translation.override(language):
        client.post(reverse("basket:add", args=[product.pk]), {"quantity": 1})
        page = client.get(reverse("checkout:index")).content.decode()
        whole = localize(349 + STANDARD.price_for(Decimal(349), "TRY").paid)
    totals = page[page.index('id="totals"') : page.index("</dl>", page.index('id="totals"'))]
    assert [text for text in texts if text.format(sum=whole) not in totals] == []


def test_another_way_or_country_brings_its_sum(client: Client, make_product: Any) -> None:
    product = make_product(price="349.00")
    with translation.override("en"):
        client.post(reverse("basket:add", args=[product.pk]), {"quantity": 1})
        sums = {
            (country, option): client.get(reverse("checkout:options"), {"country": country, "option": option})
            .content.decode()
            .rpartition('hx-swap-oob="true"')[2]
            for country, option in (("TR", "express"), ("TR", ""), ("DE", "standard"), ("XX", "standard"))
        }
    express, abroad = EXPRESS.price_for(Decimal(349), "TRY"), ABROAD.price_for(Decimal(349), "TRY")
    assert f"₺{349 + express.paid}" in sums["TR", "express"]
    assert f"₺{349 + abroad.paid}" in sums["DE", "standard"]  # the only way there is
    for nothing_chosen in (("TR", ""), ("XX", "standard")):
        assert "To pay" not in sums[nothing_chosen]
        assert "Please choose" in sums[nothing_chosen]


def test_a_basket_that_was_emptied_in_another_tab_has_a_sum_still(client: Client) -> None:
    with translation.override("en"):
        answer = client.get(reverse("checkout:options"), {"country": "TR", "option": "standard"})
    assert answer.status_code == 200
    assert "₺0.00" in answer.content.decode()


def test_countries_stand_in_the_order_of_the_alphabet() -> None:
    with translation.override("tr"):
        names = [name for _, name in country_choices()]
    assert names[0] == "Türkiye"
    assert names.index("Hollanda") < names.index("İspanya") < names.index("Polonya") < names.index("Yunanistan")
