"""`manage.py import_orders FILE.csv[.gz]`: order lines of another shop."""

import json
import resource
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from crm import api as crm
from shop.importing import BrokenFile, ImportSummary, NotReconciled, import_orders


class Command(BaseCommand):
    help = (
        "Import order lines (InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country) as"
        " products, customers and orders. All or nothing; repeating it adds nothing. Rules: docs/import-rules.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV in UTF-8, plain or gzipped")
        parser.add_argument("--currency", default="GBP", help="of the prices in the file (default: GBP)")
        parser.add_argument("--json", action="store_true", help="print a summary for scripts")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        size = path.stat().st_size if path.is_file() else 0
        with tqdm(total=size, unit="B", unit_scale=True, file=sys.stderr) as bar:

            def show_position(position: int) -> None:
                bar.update(position - bar.n)

            def show_step(name: str) -> None:
                if name != "reading":
                    bar.update(size - bar.n)
                bar.set_description(name)

            try:
                summary = import_orders(
                    path, now=timezone.now(), currency=options["currency"], progress=show_position, step=show_step
                )
            except (BrokenFile, NotReconciled) as error:
                bar.close()
                raise CommandError(f"Nothing was imported.\n{error}") from error
            if summary.interactions:
                show_step("what goes with what")
                crm.rebuild_affinities(as_of=timezone.now())
        self._print(summary, as_json=options["json"])

    def _print(self, summary: ImportSummary, *, as_json: bool) -> None:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        if as_json:
            self.stdout.write(json.dumps({**asdict(summary), "peak_rss_mb": peak}, default=str))
            return
        for title, part in (("imported", summary.imported), ("skipped", summary.skipped)):
            self.stdout.write(f"{title}: {sum(part.values()):,}")
            for name, count in part.items():
                self.stdout.write(f"  {name:<24}{count:>10,}{summary.amounts[name]:>18,} {summary.currency}")
        self.stdout.write(
            f"read: {summary.read:,} lines = imported + skipped; {summary.amount_read:,} {summary.currency} in"
            f" {summary.invoices_reconciled:,} invoices, each reconciled to the penny"
        )
        self.stdout.write(
            f"new: {summary.orders:,} orders with {summary.order_lines:,} lines, {summary.products:,} products,"
            f" {summary.customers:,} customers, {summary.guests:,} guests, {summary.interactions:,} interactions"
        )
        for name, (line, count) in summary.unknown_countries.items():
            self.stdout.write(
                f"line {line}: country {name!r} is none we know ({count:,} lines): kept as text, the customer's country"
                " stays empty. Add it to shop/importing/countries.py if it is one."
            )
        self.stdout.write(f"{summary.seconds} s, {peak} MB at most")
