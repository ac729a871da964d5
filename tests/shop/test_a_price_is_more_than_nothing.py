"""A price of nothing or less is refused where it is written, with a word; the database has the last one."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.urls import reverse

from shop.files.cells import BadCell, amount_of, price_of
from shop.models import PriceChange
from shop.oscar import StockRecord
from tests.shop import shelves
from tests.shop.test_product_pages_are_edited_in_both_languages import form_of, page_of

ENGLISH = {"accept-language": "en"}
REFUSED = "A price is more than nothing."


@pytest.fixture
def manager(login: Any, linus: Any) -> Client:
    client: Client = login(linus)
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("price", ["-5", "0", "0.00"])
def test_the_product_page_refuses_it_beside_the_field(manager: Client, price: str) -> None:
    product = shelves.product("Cezve", "Cezve", price="100.00")
    answer = manager.post(page_of(product), form_of(product, **{"stockrecords-0-price": price}), headers=ENGLISH)
    assert answer.status_code == 200
    errors = answer.context["inline_admin_formsets"][0].formset.errors[0]
    assert list(errors) == ["price"] and REFUSED in errors["price"][0]
    assert (StockRecord.objects.get().price, PriceChange.objects.count()) == (Decimal("100.00"), 1)


@pytest.mark.django_db
def test_so_does_the_page_of_a_variant(manager: Client) -> None:
    variant = shelves.product("Cezve", "Cezve", variants={"Small": 2}).children.get()
    form = form_of(variant, description_tr="", description_en="", facts_tr="", facts_en="")
    answer = manager.post(page_of(variant), {**form, "stockrecords-0-price": "-1"}, headers=ENGLISH)
    assert REFUSED in answer.content.decode()
    assert StockRecord.objects.get().price == Decimal("100.00")


@pytest.mark.django_db
def test_none_is_how_a_product_is_not_for_sale(manager: Client) -> None:
    product = shelves.product("Cezve", "Cezve", price="100.00")
    assert manager.post(page_of(product), form_of(product, **{"stockrecords-0-price": ""})).status_code == 302
    assert StockRecord.objects.get().price is None


@pytest.mark.django_db
def test_oscars_dashboard_refuses_it_too(manager: Client) -> None:
    product = shelves.product("Cezve", "Cezve", price="100.00")
    page = reverse("dashboard:catalogue-product", kwargs={"pk": product.pk})
    shown = manager.get(page, headers=ENGLISH)
    formset = shown.context["stockrecord_formset"]
    form = {f"{formset.prefix}-TOTAL_FORMS": "1", f"{formset.prefix}-INITIAL_FORMS": "1"}
    record = product.stockrecords.get()
    for name in ("id", "partner_sku", "price", "price_currency", "num_in_stock"):
        form[f"{formset.prefix}-0-{name}"] = str(getattr(record, name))
    form |= {f"{formset.prefix}-0-partner": str(record.partner_id), f"{formset.prefix}-0-price": "-5"}
    answer = manager.post(page, {**form, "title": "Cezve", "action": "save"}, headers=ENGLISH)
    assert REFUSED in answer.context["stockrecord_formset"].errors[0]["price"][0]
    assert StockRecord.objects.get().price == Decimal("100.00")


@pytest.mark.django_db
@pytest.mark.parametrize("price", ["-5", "0"])
def test_the_database_refuses_what_no_form_has_seen(price: str) -> None:
    shelves.product("Cezve", price="100.00")
    with pytest.raises(IntegrityError, match="a_price_is_more_than_nothing"), transaction.atomic():
        StockRecord.objects.update(price=Decimal(price))
    assert PriceChange.objects.count() == 1


def test_a_file_is_told() -> None:
    with pytest.raises(BadCell):
        price_of("0,00", has_decimal_commas=True)
    assert amount_of("0.00", has_decimal_commas=False) == 0, "Shopify's compare-at price may be nothing"


@pytest.mark.django_db(transaction=True)
def test_what_cost_nothing_before_has_no_price_afterwards() -> None:
    """The migration; what costs something keeps its price."""
    free, paid = shelves.product("Free", price="5.00"), shelves.product("Paid", price="7.00")
    executor = MigrationExecutor(connection)
    executor.migrate([("partner", "0010_no_more_reserved_than_there")])
    try:
        StockRecord.objects.filter(product=free).update(price=Decimal("-5"))
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    assert (free.stockrecords.get().price, paid.stockrecords.get().price) == (None, Decimal("7.00"))
