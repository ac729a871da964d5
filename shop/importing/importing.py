"""Writing an import: everything in one transaction, set by set, and a reckoning to the penny before it is kept."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.sites.models import Site
from django.db import connection, transaction

from crm import api as crm
from shop.catalogue.popularity import rebuild_popularity
from shop.events import BOUGHT, RETURNED
from shop.importing import goods, sql
from shop.importing.countries import country_code
from shop.importing.reading import Progress, read_lines
from shop.importing.rules import IMPORTED, Treatment
from shop.importing.staging import Staged, drop_stage, stage
from shop.index.refresh import count_words, refresh_index

NUMBER_PREFIX = "IMP-"
IMPORT = crm.Actor.system("import")
LANGUAGE = "en"
ONE_AT_A_TIME = 0x65736E66

# Called with the name of each step as it begins.
Step = Callable[[str], None]


class NotReconciled(Exception):
    """What was written does not add up to what was read. Nothing was kept."""


@dataclass
class ImportSummary:
    """`read` = the lines imported + the lines skipped, by reason; amounts in `currency`, by the same names."""

    currency: str
    read: int = 0
    imported: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    amounts: dict[str, Decimal] = field(default_factory=dict)
    amount_read: Decimal = Decimal(0)
    invoices_reconciled: int = 0
    orders: int = 0
    order_lines: int = 0
    products: int = 0
    customers: int = 0
    guests: int = 0
    interactions: int = 0
    # Country as written → [first line, lines]; kept as text.
    unknown_countries: dict[str, list[int]] = field(default_factory=dict)
    seconds: float = 0.0


def import_orders(
    path: Path,
    *,
    now: datetime,
    currency: str = "GBP",
    progress: Progress = lambda position: None,
    step: Step = lambda name: None,
) -> ImportSummary:
    """Import a file of order lines. A line that was imported before, from this file or another, adds nothing.

    :raises BrokenFile: if the file cannot be read; nothing was written
    :raises NotReconciled: if the result does not add up; nothing was written
    """
    began = time.monotonic()
    summary = ImportSummary(currency=currency)
    step("reading")
    try:
        lines = read_lines(path, zone=ZoneInfo(settings.TIME_ZONE), now=now, progress=progress)
        with transaction.atomic():
            staged = stage(lines)
        if staged.first and staged.last:
            # Before the transaction: making a month locks the timeline for a moment.
            crm.ensure_partitions(staged.first, staged.last)
        _write(staged, summary, now=now, step=step)
        step("index")
        refresh_index()
        count_words()
    finally:
        # After an error inside somebody else's transaction, that transaction's end drops it.
        if not connection.needs_rollback:
            drop_stage()
    summary.unknown_countries = {name: list(seen) for name, seen in staged.unknown_countries.items()}
    summary.seconds = round(time.monotonic() - began, 1)
    return summary


@transaction.atomic
def _write(staged: Staged, summary: ImportSummary, *, now: datetime, step: Step) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
        cursor.execute("SET LOCAL work_mem = '64MB'")
        step("comparing with what is here")
        cursor.execute(sql.FRESH, {"prefix": NUMBER_PREFIX})
        step("products")
        summary.products = goods.make_products(currency=summary.currency)
        step("customers")
        _write_customers(cursor, summary)
        step("orders")
        values: dict[str, str | int] = {
            "prefix": NUMBER_PREFIX,
            "currency": summary.currency,
            "site": Site.objects.get_current().pk,
            "language": LANGUAGE,
            "partner": goods.PARTNER_CODE,
        }
        cursor.execute(sql.ORDERS, values)
        summary.orders = cursor.rowcount
        cursor.execute(sql.PURCHASES, values)
        cursor.execute(sql.LINES, values)
        summary.order_lines = cursor.rowcount
        step("ledger")
        cursor.execute(sql.LEDGER, values)
        cursor.execute(sql.TOTALS, values)
        goods.follow_prices(now=now)
        step("timelines")
        summary.interactions = crm.record_stream(_facts(summary.currency))
        if summary.orders:
            rebuild_popularity(now=now)
        step("reckoning")
        _count(cursor, summary, staged)
        _reconcile(cursor, summary, staged)
        cursor.execute("DROP TABLE import_fresh, import_owner")


def _write_customers(cursor: Any, summary: ImportSummary) -> None:
    """import_owner: whose each new order is."""
    cursor.execute(sql.PEOPLE)
    people = [crm.ExternalPerson(number, since, country_code(country)) for number, since, country in cursor.fetchall()]
    before = crm.Customer.objects.count()
    ids = crm.customers_of_numbers(people, language=LANGUAGE)
    summary.customers = crm.Customer.objects.count() - before
    cursor.execute(sql.GUESTS, {"prefix": NUMBER_PREFIX})
    guests = cursor.fetchall()
    guest_ids = crm.make_guests(
        [crm.ExternalPerson("", since, country_code(country)) for _, since, country in guests], language=LANGUAGE
    )
    summary.guests = len(guest_ids)
    cursor.execute(sql.OWNERS)
    cursor.execute(sql.OWNERS_OF_NUMBERS, [list(ids), list(ids.values())])
    cursor.execute(sql.OWNERS_OF_GUESTS, [[invoice for invoice, _, _ in guests], guest_ids])
    cursor.execute("ANALYZE import_owner")


def _facts(currency: str) -> Iterator[crm.Fact]:
    actor = str(IMPORT)
    with _streamed("import_orders", sql.FACTS_OF_ORDERS, {"prefix": NUMBER_PREFIX}) as rows:
        for customer_id, order_id, number, total, at in rows:
            data = {"number": number, "total": f"{total} {currency}"}
            yield crm.Fact("shop.order.placed", customer_id, actor, f"shop.order:{order_id}", data, at)
    with _streamed("import_lines", sql.FACTS_OF_LINES, {"prefix": NUMBER_PREFIX}) as rows:
        for is_return, customer_id, product_id, number, quantity, at in rows:
            kind = RETURNED if is_return else BOUGHT
            data = {"order": number, "quantity": abs(quantity)}
            yield crm.Fact(kind, customer_id, actor, f"shop.product:{product_id}", data, at)


@contextmanager
def _streamed(name: str, query: str, parameters: dict[str, Any]) -> Iterator[Any]:
    """Rows from a cursor on the server: they do not pile up here."""
    connection.ensure_connection()
    cursor = connection.connection.cursor(name=name)
    cursor.itersize = 5000
    try:
        cursor.execute(query, parameters)
        yield cursor
    finally:
        cursor.close()


# --- The reckoning ---------------------------------------------------------------------------------------


def _count(cursor: Any, summary: ImportSummary, staged: Staged) -> None:
    cursor.execute(sql.OUTCOMES)
    for name, count, amount in cursor.fetchall():
        part = summary.imported if Treatment(name) in IMPORTED else summary.skipped
        part[name] = count
        summary.amounts[name] = amount
    summary.read = staged.read
    accounted = sum(summary.imported.values()) + sum(summary.skipped.values())
    if accounted != staged.read:
        raise NotReconciled(f"{staged.read} lines were read, {accounted} accounted for.")
    if summary.imported.get("sale", 0) != summary.order_lines:
        raise NotReconciled(f"{summary.imported['sale']} sales, but {summary.order_lines} order lines.")


def _reconcile(cursor: Any, summary: ImportSummary, staged: Staged) -> None:
    """For each invoice: order as it stands + returns + what was skipped = the file, counted while it was read."""
    cursor.execute(sql.INVOICES, {"prefix": NUMBER_PREFIX})
    wrong = []
    seen = 0
    for invoice, written, order_total, order_parts in cursor:
        seen += 1
        if int(written * 100) != staged.cents_by_invoice[invoice] or order_total != order_parts:
            wrong.append(f"{invoice}: {staged.cents_by_invoice[invoice] / 100} read, {written} written")
    if wrong or seen != len(staged.cents_by_invoice):
        raise NotReconciled(f"{len(wrong)} of {seen} invoices do not add up: {'; '.join(wrong[:5])}")
    summary.invoices_reconciled = seen
    summary.amount_read = Decimal(sum(staged.cents_by_invoice.values())) / 100
