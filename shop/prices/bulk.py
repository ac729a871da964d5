"""Changing many prices or stocks at once: reckoned first, shown, then written under locks exactly as it was shown."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from crm import api as crm
from shop.oscar import StockRecord

PRICE_CHANGED, STOCK_CHANGED = "shop.price.changed", "shop.stock.changed"
HIGHEST = Decimal("999999999.99")
CENT = Decimal("0.01")
# One statement for all: Django's bulk_update writes a WHEN for each record, and orders would wait for that.
WRITE = {
    "price": """
        UPDATE partner_stockrecord record SET price = changed.value, date_updated = %(now)s
        FROM unnest(%(ids)s::bigint[], %(values)s::numeric[]) changed (id, value) WHERE record.id = changed.id
    """,
    "num_in_stock": """
        UPDATE partner_stockrecord record SET num_in_stock = changed.value, date_updated = %(now)s
        FROM unnest(%(ids)s::bigint[], %(values)s::integer[]) changed (id, value) WHERE record.id = changed.id
    """,
}


class ChangedMeanwhile(Exception):
    """What was shown is not what would be written now. Nothing was written."""


class NothingToChange(Exception):
    """No record would become another."""


@dataclass(frozen=True)
class PriceRule:
    """`way` is "percent", "add" or "set"; `ending` what prices end in ("" as they come, "90", "00"); one currency."""

    way: str
    amount: Decimal
    currency: str
    ending: str = ""

    field = "price"
    kind = PRICE_CHANGED

    def applies_to(self, record: Any) -> bool:
        """Goods without a price are not for sale: what is not there cannot rise by a tenth."""
        return record.price_currency == self.currency and (self.way == "set" or bool(record.price))

    def new_value(self, record: Any) -> Decimal:
        old: Decimal = record.price or Decimal(0)
        new = {
            "percent": old * (1 + self.amount / 100),
            "add": old + self.amount,
            "set": self.amount,
        }[self.way]
        return _ending_in(new, self.ending)

    def refusal(self, record: Any, new: Any) -> str:
        if new <= 0:
            return _("would cost nothing")
        return _("too much for a price") if new > HIGHEST else ""


@dataclass(frozen=True)
class StockRule:
    """`way` is "add" (which may be negative) or "set"."""

    way: str
    amount: int

    field = "num_in_stock"
    kind = STOCK_CHANGED

    def applies_to(self, record: Any) -> bool:
        return True

    def new_value(self, record: Any) -> int:
        return self.amount if self.way == "set" else (record.num_in_stock or 0) + self.amount

    def refusal(self, record: Any, new: Any) -> str:
        reserved = record.num_allocated or 0
        if new < reserved:
            return _("%(count)d are reserved for orders") % {"count": reserved}
        if new < 0:
            return _("would be less than nothing")
        return _("too many") if new > 10_000_000 else ""


Rule = PriceRule | StockRule


@dataclass(frozen=True)
class Row:
    """One record: what it has and what it would have; or why it stays as it is."""

    record_id: int
    product_id: int
    sku: str
    title: str
    currency: str
    old: Any
    new: Any
    refusal: str


@dataclass(frozen=True)
class Reckoning:
    """`token` stands for exactly these changes: hand it back to have them written."""

    rows: list[Row]
    refused: list[Row]
    same: int
    token: str


def reckon(products: QuerySet[Any], rule: Rule) -> Reckoning:
    """What a rule would do to these products and their variants. Nothing is written."""
    return _reckon(_records_of(products).select_related("product"), rule)


@transaction.atomic
def change_all(products: QuerySet[Any], rule: Rule, *, token: str, actor: crm.Actor, now: datetime) -> int:
    """Write what was shown; returns how many records changed. Each is recorded with who did it.

    :raises ChangedMeanwhile: if prices, stocks or reservations are others by now; a second click is such a case
    :raises NothingToChange: if no record would become another
    """
    ids = list(_records_of(products).order_by("pk").values_list("pk", flat=True))
    locked = StockRecord.objects.filter(pk__in=ids).order_by("pk").select_related("product")
    reckoning = _reckon(locked.select_for_update(of=("self",), no_key=True), rule)
    if not reckoning.rows:
        raise NothingToChange
    if reckoning.token != token:
        raise ChangedMeanwhile
    with connection.cursor() as cursor:
        ids_of, values = [row.record_id for row in reckoning.rows], [row.new for row in reckoning.rows]
        cursor.execute(WRITE[rule.field], {"now": now, "ids": ids_of, "values": values})
    crm.record_many(_facts(reckoning.rows, rule, actor, now))
    return len(reckoning.rows)


def _records_of(products: QuerySet[Any]) -> QuerySet[Any]:
    ids = products.order_by().values("pk")
    return StockRecord.objects.filter(Q(product__in=ids) | Q(product__parent__in=ids)).order_by("pk")


def _reckon(records: Iterable[Any], rule: Rule) -> Reckoning:
    rows: list[Row] = []
    refused: list[Row] = []
    same = 0
    digest = hashlib.sha256(repr(rule).encode())
    for record in records:
        if not rule.applies_to(record):
            continue
        old, new = getattr(record, rule.field), rule.new_value(record)
        if old == new:
            same += 1
            continue
        refusal = rule.refusal(record, new)
        row = Row(
            record_id=record.pk,
            product_id=record.product.parent_id or record.product_id,
            sku=record.partner_sku,
            title=record.product.title,
            currency=record.price_currency,
            old=old,
            new=new,
            refusal=refusal,
        )
        (refused if refusal else rows).append(row)
        if not refusal:
            digest.update(f"|{record.pk}:{old}:{new}".encode())
    return Reckoning(rows, refused, same, digest.hexdigest())


def _ending_in(price: Decimal, ending: str) -> Decimal:
    """The nearest price with that ending; of two the higher one, and no less than the first there is."""
    price = price.quantize(CENT, ROUND_HALF_UP)
    if not ending or price <= 0:
        return price
    part = Decimal(ending) / 100
    nearest = (price - part).quantize(Decimal(1), ROUND_HALF_UP if price >= part else ROUND_FLOOR) + part
    return (nearest if nearest > 0 else part).quantize(CENT)


def _facts(rows: Sequence[Row], rule: Rule, actor: crm.Actor, now: datetime) -> list[crm.Interaction]:
    unit = "" if isinstance(rule, StockRule) else " {}"
    return [
        crm.Interaction(
            kind=rule.kind,
            actor=str(actor),
            subject=f"shop.product:{row.product_id}",
            data={
                "sku": row.sku,
                "old": f"{row.old}{unit.format(row.currency)}",
                "new": f"{row.new}{unit.format(row.currency)}",
            },
            occurred_at=now,
        )
        for row in rows
    ]
