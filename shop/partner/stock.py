"""Reserving stock and giving it back: all records of an order in one statement, under locks taken by key.

Only where stock is counted (`track_stock` of the product's class), as everywhere in Oscar.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from shop.oscar import StockRecord

MOVE = """
UPDATE partner_stockrecord AS record
SET num_allocated = greatest(0, coalesce(record.num_allocated, 0) + moved.quantity)
FROM unnest(%s, %s) AS moved (id, quantity)
WHERE record.id = moved.id
"""


def lock_stock(stockrecord_ids: Iterable[int], *, products: Mapping[int, Any] | None = None) -> dict[int, Any]:
    """The records by id, with their products, locked in the order of their keys: no two orders wait for each other.

    `products` by stock record, if the caller has them already.
    """
    wanted = StockRecord.objects.filter(pk__in=set(stockrecord_ids)).order_by("pk")
    if products is None:
        wanted = wanted.select_related("product__product_class", "product__parent__product_class")
    records = {record.pk: record for record in wanted.select_for_update(of=("self",), no_key=True)}
    for pk, product in (products or {}).items():
        if pk in records:
            records[pk].product = product
    return records


def reserve(records: Iterable[Any], quantities: Mapping[int, int]) -> None:
    """Reserve from locked records; the database refuses more than there is."""
    _move(records, quantities)


def give_back(records: Iterable[Any], quantities: Mapping[int, int]) -> None:
    """What locked records had reserved is free again."""
    _move(records, {stockrecord_id: -quantity for stockrecord_id, quantity in quantities.items()})


def _move(records: Iterable[Any], quantities: Mapping[int, int]) -> None:
    counted = [record for record in records if record.can_track_allocations and quantities.get(record.pk)]
    if not counted:
        return
    moved = [quantities[record.pk] for record in counted]
    with connection.cursor() as cursor:
        cursor.execute(MOVE, [[record.pk for record in counted], moved])
    for record, quantity in zip(counted, moved, strict=True):
        record.num_allocated = max(0, (record.num_allocated or 0) + quantity)
    _raise_alerts(counted)


def _raise_alerts(records: list[Any]) -> None:
    """Oscar's dashboard lists what runs out, where staff set a threshold: it learns of it by this signal."""
    for record in records:
        if record.low_stock_threshold is not None:
            record.post_save_signal()
