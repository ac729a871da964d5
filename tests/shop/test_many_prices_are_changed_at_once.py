"""Many prices or stocks at once: reckoned, shown, and written exactly as they were shown."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from crm import api as crm
from shop.backoffice.bulk import PriceForm, StockForm
from shop.models import PriceChange
from shop.orders.placing import place_order
from shop.oscar import Order, Product, StockRecord
from shop.prices.bulk import ChangedMeanwhile, NothingToChange, PriceRule, StockRule, change_all, reckon
from tests.races import run_at_once
from tests.shop import shelves
from tests.shop.conftest import delivery, fill

pytestmark = pytest.mark.django_db
LIST = reverse("admin:catalogue_product_changelist")
ENGLISH = {"accept-language": "en"}
ACTOR = crm.Actor.staff(1)
TEN_MORE = PriceRule("percent", Decimal(10), "TRY")


def change(rule: Any, products: Any = None) -> int:
    chosen = Product.objects.all() if products is None else products
    return change_all(chosen, rule, token=reckon(chosen, rule).token, actor=ACTOR, now=timezone.now())


def prices() -> list[str]:
    return [str(price) for price in StockRecord.objects.order_by("pk").values_list("price", flat=True)]


@pytest.mark.parametrize(
    ("rule", "new"),
    [
        (PriceRule("percent", Decimal(10), "TRY"), "109.89"),
        (PriceRule("percent", Decimal(-10), "TRY", "90"), "89.90"),
        (PriceRule("percent", Decimal("0.5"), "TRY", "00"), "100.00"),
        (PriceRule("add", Decimal(-5), "TRY"), "94.90"),
        (PriceRule("add", Decimal("0.50"), "TRY", "90"), "100.90"),
        (PriceRule("set", Decimal(250), "TRY", "90"), "249.90"),
        (PriceRule("set", Decimal("0.10"), "TRY", "90"), "0.90"),
        (PriceRule("percent", Decimal(10), "EUR"), "99.90"),
    ],
)
def test_prices_become_what_was_said(rule: PriceRule, new: str) -> None:
    shelves.product("Cezve", price="99.90")
    rows = reckon(Product.objects.all(), rule).rows
    assert [str(row.new) for row in rows] == ([new] if new != "99.90" else [])
    if rows:
        assert change(rule) == 1
    assert prices() == [new]


def test_the_history_the_rule_and_the_actor_are_kept() -> None:
    shelves.product("Cezve", price="100.00")
    change(PriceRule("percent", Decimal(-20), "TRY"))
    assert StockRecord.objects.get().price_before == Decimal("100.00")
    assert PriceChange.objects.count() == 2
    fact = crm.Interaction.objects.get(kind="shop.price.changed")
    assert (fact.actor, fact.data["old"], fact.data["new"]) == ("staff:1", "100.00 TRY", "80.00 TRY")


def test_variants_follow_their_product_and_others_stay() -> None:
    parent = shelves.product("Cezve", price="10.00", variants={"Small": 1, "Big": 2})
    shelves.product("Mug", price="10.00")
    assert change(TEN_MORE, Product.objects.filter(pk=parent.pk)) == 2
    assert prices() == ["11.00", "11.00", "10.00"]


def test_what_cannot_be_is_left_out_and_told() -> None:
    shelves.product("Cheap", price="4.00")
    shelves.product("Dear", price="40.00")
    StockRecord.objects.filter(product=shelves.product("Unpriced")).update(price=None)
    rule = PriceRule("add", Decimal(-5), "TRY")
    reckoning = reckon(Product.objects.all(), rule)
    assert [row.title for row in reckoning.refused] == ["Cheap"]
    change(rule)
    assert prices() == ["4.00", "35.00", "None"]


def test_stock_never_falls_below_what_is_reserved() -> None:
    shelves.product("Cezve", stock=5)
    shelves.product("Mug", stock=9)
    StockRecord.objects.filter(product__title="Cezve").update(num_allocated=4)
    rule = StockRule("add", -3)
    assert [row.title for row in reckon(Product.objects.all(), rule).refused] == ["Cezve"]
    assert change(rule) == 1
    assert list(StockRecord.objects.order_by("pk").values_list("num_in_stock", flat=True)) == [5, 6]
    change(StockRule("set", 20))
    assert set(StockRecord.objects.values_list("num_in_stock", flat=True)) == {20}


def test_nothing_but_what_was_shown_is_written() -> None:
    shelves.product("Cezve", price="100.00")
    token = reckon(Product.objects.all(), TEN_MORE).token
    StockRecord.objects.update(price=Decimal("200.00"))
    with pytest.raises(ChangedMeanwhile):
        change_all(Product.objects.all(), TEN_MORE, token=token, actor=ACTOR, now=timezone.now())
    assert prices() == ["200.00"]
    assert not crm.Interaction.objects.filter(kind="shop.price.changed").exists()
    with pytest.raises(NothingToChange):
        change(PriceRule("set", Decimal(200), "TRY"))


def test_thousands_take_a_handful_of_queries(django_assert_max_num_queries: Any) -> None:
    shelves.many_products(3000)
    StockRecord.objects.update(price_currency="TRY")
    token = reckon(Product.objects.all(), TEN_MORE).token
    with django_assert_max_num_queries(40):
        change_all(Product.objects.all(), TEN_MORE, token=token, actor=ACTOR, now=timezone.now())
    assert PriceChange.objects.filter(price=Decimal("3300.00")).count() == 1


# --- The pages ---


@pytest.fixture
def manager(login: Any, linus: Any) -> Client:
    client: Client = login(linus)
    return client


def post(client: Client, *products: Any, **fields: Any) -> Any:
    data = {"action": "change_prices", "_selected_action": [str(product.pk) for product in products], **fields}
    return client.post(LIST, data, headers=ENGLISH)


def test_a_rule_is_shown_and_then_written(manager: Client) -> None:
    cezve, mug = shelves.product("Cezve", price="100.00"), shelves.product("Mug", price="50.00")
    first = post(manager, cezve, index="0").content.decode()
    assert "Only prices in" in first and "Old and new" not in first
    rule = {"way": "percent", "amount": "10", "currency": "TRY", "ending": "90"}
    shown = post(manager, cezve, step="look", **rule)
    page = shown.content.decode()
    assert "₺100.00" in page and "₺109.90" in page and "Mug" not in page
    assert prices() == ["100.00", "50.00"]
    token = shown.context["reckoning"].token
    assert post(manager, cezve, step="write", token=token, **rule).status_code == 302
    assert prices() == ["109.90", "50.00"]
    again = post(manager, cezve, step="write", token=token, **rule)
    assert "have changed meanwhile" in again.content.decode()
    assert prices() == ["109.90", "50.00"] and mug.stockrecords.get().price == Decimal("50.00")


def test_all_that_a_filter_finds_can_be_chosen(manager: Client) -> None:
    shelves.product("Cezve", price="100.00")
    shelves.product("Mug", price="50.00")
    rule = {"action": "change_prices", "select_across": "1", "_selected_action": ["1"]}
    rule |= {"way": "add", "amount": "1", "currency": "TRY", "ending": "", "step": "look"}
    shown = manager.post(f"{LIST}?q=Mug", rule)
    assert [row.title for row in shown.context["reckoning"].rows] == ["Mug"]


@pytest.mark.parametrize(
    ("written", "language", "amount"),
    [
        ("1.234,50", "tr", "1234.50"),
        ("1,234.50", "tr", "1234.50"),
        ("1.234", "tr", "1234"),
        ("999,90", "tr", "999.90"),
        ("999.90", "tr", "999.90"),
        ("₺ 1 234,50", "tr", "1234.50"),
        ("1.234,50", "en", "1234.50"),
        ("1,234", "en", "1234"),
        ("−5,5", "tr", "-5.5"),
        ("-10", "en", "-10"),
        ("+10", "en", "10"),
    ],
)
def test_amounts_are_read_as_in_the_files(written: str, language: str, amount: str) -> None:
    with translation.override(language):
        form = PriceForm({"way": "add", "amount": written, "currency": "TRY", "ending": ""})
        assert form.is_valid(), form.errors
    assert form.cleaned_data["amount"] == Decimal(amount)


@pytest.mark.parametrize("written", ["1,234", "12.34.5", "--5", "1.234,505", "99999999999", "Infinity", "x"])
def test_what_can_be_read_in_two_ways_or_in_none_is_refused(written: str) -> None:
    with translation.override("tr"):
        form = PriceForm({"way": "set", "amount": written, "currency": "TRY", "ending": ""})
        assert list(form.errors) == ["amount"]


def test_no_rule_speaks_of_a_recipient() -> None:
    with translation.override("tr"):
        ways = [str(text) for form in (PriceForm(), StockForm()) for _, text in form.fields["way"].choices]
    assert ways[-1] == ways[2] == "yeni değer olarak" and "alıcı" not in ways


@pytest.mark.parametrize(
    "rule",
    [
        {"way": "percent", "amount": "-100"},
        {"way": "set", "amount": "0"},
        {"way": "set", "amount": "abc"},
        {"way": "magic", "amount": "1"},
        {"way": "add", "amount": "1", "currency": "XXX"},
        {"way": "add", "amount": "NaN"},
    ],
)
def test_bad_rules_are_refused_beside_the_field(manager: Client, rule: dict[str, str]) -> None:
    cezve = shelves.product("Cezve", price="100.00")
    answer = post(manager, cezve, step="write", token="x", **{"currency": "TRY", "ending": "", **rule})
    assert answer.status_code == 422 and "desk-warning" in answer.content.decode()
    assert prices() == ["100.00"]


def test_agents_change_no_prices(login: Any, grace: Any) -> None:
    cezve = shelves.product("Cezve", price="100.00")
    rule = {"way": "add", "amount": "1", "currency": "TRY", "ending": "", "step": "write", "token": "x"}
    post(login(grace), cezve, **rule)
    assert prices() == ["100.00"]


# --- Races ---


@pytest.mark.django_db(transaction=True)
def test_prices_change_while_orders_are_placed(now: Any) -> None:
    things = [shelves.product(f"Thing {number}", price="100.00", stock=50) for number in range(4)]
    baskets = [fill(*((thing, 1) for thing in order)) for order in (things, things[::-1], things)]

    def place(basket: Any) -> Callable[[], Any]:
        return lambda: place_order(
            basket.pk, delivery=delivery(), expected_goods_total=None, user=None, visitor=None, language="en", now=now
        )

    answers = run_at_once(*map(place, baskets), lambda: change(TEN_MORE), lambda: change(StockRule("add", 5)))
    for answer in answers[:3]:
        assert not isinstance(answer, Exception), answer
    for answer in answers[3:]:
        assert answer == 4 or isinstance(answer, ChangedMeanwhile), answer
    for order in Order.objects.all():
        assert order.basket_total_incl_tax in (Decimal("400.00"), Decimal("440.00")), "all old or all new"
    assert set(StockRecord.objects.values_list("num_allocated", flat=True)) == {3}


@pytest.mark.django_db(transaction=True)
def test_the_double_click_raises_once() -> None:
    shelves.product("Cezve", price="100.00")
    token = reckon(Product.objects.all(), TEN_MORE).token
    now = timezone.now()

    def job() -> int:
        return change_all(Product.objects.all(), TEN_MORE, token=token, actor=ACTOR, now=now)

    answers = run_at_once(job, job)
    assert set(map(type, answers)) == {ChangedMeanwhile, int}
    assert prices() == ["110.00"]
