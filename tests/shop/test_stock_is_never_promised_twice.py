"""The database itself refuses to reserve more than there is; what counts no stock is not held up by that."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation

from shop.orders.placing import BasketIsEmpty, NotEnoughStock
from shop.oscar import BasketLine, OrderLine, ProductClass, StockRecord
from tests.shop.conftest import fill, put_on_shelf
from tests.shop.test_order_is_placed_once import nothing_happened, place

pytestmark = pytest.mark.django_db


def second_line(basket: Any, quantity: int) -> None:
    """The same stock record once more, as an option of a product makes it."""
    line = basket.lines.get()
    line.pk, line.line_reference, line.quantity = None, "the-same-engraved", quantity
    line.save(force_insert=True)


def test_the_database_refuses_to_reserve_more_than_there_is() -> None:
    put_on_shelf(stock=2)
    with pytest.raises(IntegrityError, match="no_more_is_reserved_than_is_there"), transaction.atomic():
        StockRecord.objects.update(num_allocated=3)
    with transaction.atomic():
        StockRecord.objects.update(num_allocated=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        StockRecord.objects.update(num_in_stock=1)


def test_two_lines_of_one_stock_record_are_counted_together(now: Any) -> None:
    basket = fill((put_on_shelf("Teapot", stock=3), 2))
    second_line(basket, 2)
    with pytest.raises(NotEnoughStock) as refusal:
        place(basket, now)
    assert refusal.value.titles == ["Teapot"]
    assert nothing_happened()
    BasketLine.objects.filter(line_reference="the-same-engraved").update(quantity=1)
    place(basket, now)
    assert StockRecord.objects.get().num_allocated == 3


def test_what_counts_no_stock_is_sold_without_end(now: Any) -> None:
    product = put_on_shelf(stock=0)
    ProductClass.objects.update(track_stock=False)
    for _ in range(2):
        place(fill((product, 5)), now)
    assert StockRecord.objects.get().num_allocated is None


def test_a_line_of_none_is_not_ordered(now: Any) -> None:
    basket = fill((put_on_shelf("Cezve"), 1), (put_on_shelf("Cup"), 1))
    BasketLine.objects.filter(product__title="Cup").update(quantity=0)
    place(basket, now)
    assert OrderLine.objects.get().title == "Cezve"


def test_a_basket_of_nothing_but_such_lines_is_empty(now: Any) -> None:
    basket = fill((put_on_shelf(), 1))
    BasketLine.objects.update(quantity=0)
    with pytest.raises(BasketIsEmpty):
        place(basket, now)
    assert nothing_happened()


def test_a_price_written_into_a_basket_line_changes_nothing(now: Any) -> None:
    basket = fill((put_on_shelf(price="349.00"), 1))
    BasketLine.objects.update(price_incl_tax=Decimal("0.01"), price_excl_tax=Decimal("0.01"))
    assert place(basket, now).lines.get().line_price_incl_tax == Decimal("349.00")


def test_a_record_says_so_when_it_is_set_below_what_is_reserved(now: Any) -> None:
    place(fill((put_on_shelf(stock=5), 3)), now)
    record = StockRecord.objects.get()
    record.num_in_stock = 2
    with translation.override("en"), pytest.raises(ValidationError, match="3 of these are reserved"):
        record.full_clean(exclude=["num_allocated"])
    record.num_in_stock = 3
    record.full_clean(exclude=["num_allocated"])


def test_a_form_that_was_read_before_an_order_does_not_forget_it(now: Any) -> None:
    product = put_on_shelf(stock=5)
    as_read = StockRecord.objects.get()
    place(fill((product, 3)), now)
    as_read.price = Decimal("399.00")
    as_read.save()
    record = StockRecord.objects.get()
    assert (record.price, record.num_allocated) == (Decimal("399.00"), 3)


def test_staff_who_count_less_than_is_reserved_read_why_not(login: Any, linus: Any, now: Any) -> None:
    product = put_on_shelf(stock=5)
    place(fill((product, 3)), now)
    record = StockRecord.objects.get()
    client = login(linus)

    def save(in_stock: int) -> Any:
        form = {
            "upc": product.upc,
            "title_en": product.title,
            "images-TOTAL_FORMS": "0",
            "images-INITIAL_FORMS": "0",
            "stockrecords-TOTAL_FORMS": "1",
            "stockrecords-INITIAL_FORMS": "1",
            "stockrecords-0-id": str(record.pk),
            "stockrecords-0-product": str(product.pk),
            "stockrecords-0-partner": str(record.partner_id),
            "stockrecords-0-partner_sku": record.partner_sku,
            "stockrecords-0-price": "349.00",
            "stockrecords-0-price_currency": "TRY",
            "stockrecords-0-vat_rate": "20",
            "stockrecords-0-num_in_stock": str(in_stock),
        }
        page = reverse("admin:catalogue_product_change", args=[product.pk])
        return client.post(page, form, headers={"accept-language": "en"})

    refused = save(2)
    assert refused.status_code == 200
    assert "3 of these are reserved for orders" in refused.content.decode()
    assert StockRecord.objects.get().num_in_stock == 5
    assert save(3).status_code == 302
    assert (StockRecord.objects.get().num_in_stock, StockRecord.objects.get().num_allocated) == (3, 3)
