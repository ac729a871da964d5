"""What things have cost, for the back office and for loaders that know a past. The rule itself: rule.py."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from shop.models import PriceChange
from shop.oscar import StockRecord


@dataclass(frozen=True)
class PriceEntry:
    """One price of one stock record, from `since` until `until` (None: still)."""

    sku: str
    price: Decimal | None
    currency: str
    is_public: bool
    since: datetime
    until: datetime | None


def prices_of(product_id: int, *, limit: int = 200) -> list[PriceEntry]:
    """What a product and its variants have cost, the newest first; the last `limit` changes of each record."""
    entries: list[PriceEntry] = []
    records = StockRecord.objects.filter(product=product_id) | StockRecord.objects.filter(product__parent=product_id)
    for record_id, sku in records.order_by("partner_sku", "pk").values_list("pk", "partner_sku"):
        until = None
        changes = PriceChange.objects.filter(stockrecord=record_id).order_by("-changed_at", "-pk")[:limit]
        for change in changes:
            entries.append(
                PriceEntry(sku, change.price, change.currency, change.is_public, change.changed_at, until=until)
            )
            until = change.changed_at
    return entries


@transaction.atomic
def reduce_price(record: Any, *, to: Decimal, higher_since: datetime, lower_since: datetime) -> None:
    """Lower the price of a record whose past is known better than this database knows it: of demo goods, of another
    shop's books. Its price so far is written down as charged since `higher_since`, the new one since `lower_since`."""
    PriceChange.objects.filter(stockrecord=record.pk).update(changed_at=higher_since)
    StockRecord.objects.filter(pk=record.pk).update(price=to)
    newest = PriceChange.objects.filter(stockrecord=record.pk, price=to).order_by("-pk")[:1].values("pk")
    PriceChange.objects.filter(pk__in=newest).update(changed_at=lower_since)
    record.refresh_from_db(fields=["price", "price_before"])
