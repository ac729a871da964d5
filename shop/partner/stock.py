"""Reserving stock and giving it back: all records of an order in one statement, under locks taken by key.

Only where stock is counted (`track_stock` of the product's class), as everywhere in Oscar.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Coalesce, Greatest

from shop.oscar import StockRecord


def lock_stock(stockrecord_ids: Iterable[int]) -> dict[int, Any]:
    """The records by id, with their products, locked in the order of their keys: no two orders wait for each other."""
    related = ("product__product_class", "product__parent__product_class")
    wanted = StockRecord.objects.filter(pk__in=set(stockrecord_ids)).select_related(*related).order_by("pk")
    return {record.pk: record for record in wanted.select_for_update(of=("self",), no_key=True)}


def reserve(records: Iterable[Any], quantities: Mapping[int, int]) -> None:
    """Reserve from locked records; the database refuses more than there is."""
    counted = [record for record in records if record.can_track_allocations and quantities.get(record.pk)]
    _rows(counted).update(num_allocated=Coalesce(F("num_allocated"), 0) + _each(quantities, counted))
    for record in counted:
        record.num_allocated = (record.num_allocated or 0) + quantities[record.pk]
    _raise_alerts(counted)


def give_back(records: Iterable[Any], quantities: Mapping[int, int]) -> None:
    """What locked records had reserved is free again."""
    counted = [record for record in records if record.can_track_allocations and quantities.get(record.pk)]
    _rows(counted).update(
        num_allocated=Greatest(Coalesce(F("num_allocated"), 0) - _each(quantities, counted), Value(0))
    )
    for record in counted:
        record.num_allocated = max(0, (record.num_allocated or 0) - quantities[record.pk])
    _raise_alerts(counted)


def _rows(records: list[Any]) -> QuerySet[Any]:
    return StockRecord.objects.filter(pk__in=[record.pk for record in records])


def _each(quantities: Mapping[int, int], records: list[Any]) -> Case:
    return Case(*(When(pk=record.pk, then=Value(quantities[record.pk])) for record in records), default=Value(0))


def _raise_alerts(records: list[Any]) -> None:
    """Oscar's dashboard lists what runs out, where staff set a threshold: it learns of it by this signal."""
    for record in records:
        if record.low_stock_threshold is not None:
            record.post_save_signal()
