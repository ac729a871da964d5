"""The 30-day rule: what is shown as reduced is what the price history proves, whoever writes the price."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone, translation

from shop.models import PriceChange
from shop.oscar import Product, StockRecord
from shop.prices.history import prices_of, reduce_price
from shop.prices.rule import lowest_price, proven_price
from tests.races import run_at_once
from tests.shop import shelves


def on_the_shelf(price: str = "100.00", *, days: int = 60) -> Any:
    """A record that has cost this for so many days."""
    shelves.product("Cezve", price=price)
    record = StockRecord.objects.get()
    PriceChange.objects.update(changed_at=timezone.now() - timedelta(days=days))
    return record


def set_price(price: str | None, **fields: Any) -> Decimal | None:
    """As a bulk update does; answers what is shown as the price before."""
    StockRecord.objects.update(price=price and Decimal(price), **fields)
    return StockRecord.objects.get().price_before


def a_while_passes(days: int) -> None:
    for change in PriceChange.objects.all():
        PriceChange.objects.filter(pk=change.pk).update(changed_at=change.changed_at - timedelta(days=days))


def history() -> list[Decimal | None]:
    return list(PriceChange.objects.order_by("changed_at", "pk").values_list("price", flat=True))


@pytest.mark.django_db
def test_every_writer_leaves_a_trace() -> None:
    record = on_the_shelf("100.00")
    StockRecord.objects.update(price=Decimal("90"))
    record.refresh_from_db()
    record.price = Decimal("95.00")
    record.save()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE partner_stockrecord SET price = 80")
    StockRecord.objects.bulk_update([StockRecord(pk=record.pk, price=Decimal("85"))], ["price"])
    assert history() == [Decimal("100.00"), Decimal("90.00"), Decimal("95.00"), Decimal("80.00"), Decimal("85.00")]
    StockRecord.objects.update(num_in_stock=7, price=Decimal("85"))
    assert len(history()) == 5, "the same price is no change"


@pytest.mark.django_db
def test_a_price_that_falls_is_shown_beside_the_lowest_of_the_thirty_days_before() -> None:
    on_the_shelf("100.00")
    assert set_price("80.00") == Decimal("100.00")


@pytest.mark.django_db
def test_a_price_raised_for_a_moment_makes_no_reduction() -> None:
    on_the_shelf("100.00")
    set_price("200.00")
    assert set_price("150.00") is None
    assert set_price("90.00") == Decimal("100.00"), "not 200, not 150"


@pytest.mark.django_db
def test_a_price_that_rises_ends_the_reduction() -> None:
    on_the_shelf("100.00")
    set_price("80.00")
    assert set_price("90.00") is None
    assert set_price("85.00") is None, "80 was charged in these thirty days"


@pytest.mark.django_db
def test_a_second_reduction_stands_beside_the_first() -> None:
    on_the_shelf("100.00")
    set_price("80.00")
    a_while_passes(7)
    assert set_price("70.00") == Decimal("80.00")


@pytest.mark.django_db
def test_what_was_cheaper_longer_ago_does_not_count() -> None:
    on_the_shelf("60.00", days=100)
    set_price("100.00")
    a_while_passes(29)
    with transaction.atomic():
        assert set_price("90.00") is None, "60 ended 29 days ago"
        transaction.set_rollback(True)
    a_while_passes(2)
    assert set_price("90.00") == Decimal("100.00")


@pytest.mark.django_db
def test_another_currency_proves_nothing() -> None:
    on_the_shelf("100.00")
    assert set_price("20.00", price_currency="EUR") is None
    assert set_price("15.00") == Decimal("20.00")


@pytest.mark.django_db
def test_a_price_that_nobody_could_pay_proves_nothing() -> None:
    product = shelves.product("Cezve", price="500.00")
    Product.objects.filter(pk=product.pk).update(is_public=False)
    PriceChange.objects.filter(is_public=True).delete()
    a_while_passes(60)
    Product.objects.filter(pk=product.pk).update(is_public=True)
    PriceChange.objects.filter(is_public=True).delete()
    assert set_price("300.00") is None


@pytest.mark.django_db
def test_a_price_that_was_not_set_yet_does_not_count() -> None:
    on_the_shelf("50.00", days=40)
    set_price(None)
    a_while_passes(35)
    set_price("100.00")
    a_while_passes(5)
    assert set_price("80.00") == Decimal("100.00")


@pytest.mark.django_db
def test_showing_and_hiding_a_parent_is_written_down_for_its_variants() -> None:
    product = shelves.product("Cezve", variants={"Small": 1, "Big": 2})
    Product.objects.filter(pk=product.pk).update(is_public=False)
    assert PriceChange.objects.filter(is_public=False).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("stated", ["100.01", "999.00"])
def test_nobody_can_state_more_than_the_history_proves(stated: str) -> None:
    record = on_the_shelf("100.00")
    set_price("80.00", price_before=None)
    with pytest.raises(IntegrityError, match="does not prove"), transaction.atomic():
        StockRecord.objects.update(price_before=Decimal(stated))
    with pytest.raises(IntegrityError, match="does not prove"), transaction.atomic():
        StockRecord.objects.update(price=Decimal("70.00"), price_before=Decimal(stated))
    record.refresh_from_db()
    record.price_before = Decimal(stated)
    with translation.override("en"), pytest.raises(ValidationError, match=r"was ₺100\.00: it cannot be more"):
        record.full_clean(exclude=["num_allocated"])
    assert StockRecord.objects.get().price_before == Decimal("100.00")


@pytest.mark.django_db
def test_what_was_never_dearer_cannot_be_called_reduced() -> None:
    record = on_the_shelf("80.00")
    with pytest.raises(IntegrityError, match="does not prove"), transaction.atomic():
        StockRecord.objects.update(price_before=Decimal("100.00"))
    record.price_before = Decimal("100.00")
    with translation.override("en"), pytest.raises(ValidationError, match="was not dearer"):
        record.full_clean(exclude=["num_allocated"])
    with pytest.raises(IntegrityError, match="does not prove"), transaction.atomic():
        StockRecord.objects.create(
            product=Product.objects.create(structure="standalone", title="New", slug="new"),
            partner_id=record.partner_id,
            partner_sku="new",
            price=Decimal("80.00"),
            price_before=Decimal("100.00"),
        )
    assert (StockRecord.objects.count(), len(history())) == (1, 1)


@pytest.mark.django_db
def test_staff_may_end_a_reduction_and_take_that_back() -> None:
    record = on_the_shelf("100.00")
    set_price("80.00")
    record.refresh_from_db()
    record.price_before = None
    record.full_clean(exclude=["num_allocated"])
    record.save()
    assert StockRecord.objects.get().price_before is None
    assert proven_price(record.pk, price=record.price, currency="TRY") == Decimal("100.00")
    StockRecord.objects.update(price_before=Decimal("100.00"))


@pytest.mark.django_db
def test_a_form_that_changes_the_price_leaves_the_rest_to_the_rule() -> None:
    record = on_the_shelf("100.00")
    set_price("80.00")
    for price, before in (("120.00", None), ("70.00", Decimal("80.00"))):
        record.refresh_from_db()
        record.price = Decimal(price)
        record.full_clean(exclude=["num_allocated"])
        record.save()
        assert StockRecord.objects.get().price_before == before
    assert set_price("65.00") == Decimal("70.00")


@pytest.mark.django_db
def test_a_past_that_is_known_can_be_written_down() -> None:
    now = timezone.now()
    record = on_the_shelf("100.00", days=1)
    reduce_price(record, to=Decimal("80"), higher_since=now - timedelta(days=50), lower_since=now - timedelta(days=10))
    assert record.price_before == Decimal("100.00")
    assert lowest_price(record.pk, currency="TRY", moment=now - timedelta(days=5)) == Decimal("80.00")
    assert lowest_price(record.pk, currency="TRY", moment=now - timedelta(days=50)) is None
    newest, oldest = prices_of(record.product_id)
    assert (newest.price, newest.until, oldest.until) == (Decimal("80.00"), None, newest.since)


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_are_written_in_their_order() -> None:
    on_the_shelf("100.00")
    jobs = [lambda price=price: set_price(price) for price in ("90.00", "80.00", "70.00", "60.00")]
    for answer in run_at_once(*jobs):
        assert not isinstance(answer, Exception)
    prices = history()
    assert len(prices) == 5
    assert prices[-1] == StockRecord.objects.get().price
    before = StockRecord.objects.get().price_before
    expected = min(price for price in prices[:-1] if price is not None)
    assert before == (expected if expected > StockRecord.objects.get().price else None)
