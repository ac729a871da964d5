"""`manage.py import_products FILE.csv`: products from our own CSV or Shopify's."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from crm import api as crm
from shop.files.jobs import check_file, confirm_file, drop_file, run_file, take_file
from shop.models import CatalogueFile
from shop.shipping.options import CURRENCIES

SHOWN = 50


class Command(BaseCommand):
    help = (
        "Import products: our own CSV (export_products writes it) or Shopify's product CSV, known by its heading."
        " A product is known by its SKU; repeating it changes nothing. Refused rows are named, the others written."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV in UTF-8 or Windows-1254; comma, semicolon or tab")
        parser.add_argument(
            "--pictures", type=Path, help="a ZIP with the pictures; nothing is fetched from the network"
        )
        parser.add_argument("--language", default=settings.LANGUAGE_CODE, help="of a Shopify file's texts")
        parser.add_argument("--currency", default=settings.OSCAR_DEFAULT_CURRENCY, help="of a Shopify file's prices")
        parser.add_argument("--dry-run", action="store_true", help="say what it would do, write nothing")
        parser.add_argument("--json", action="store_true", help="print a summary for scripts")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["language"] not in dict(settings.LANGUAGES):
            raise CommandError(f"--language is one of: {', '.join(dict(settings.LANGUAGES))}.")
        if options["currency"] not in CURRENCIES:
            raise CommandError(f"--currency is one of: {', '.join(CURRENCIES)}.")
        taken = self._take(options)
        self._go_through(taken, check_file, "looking")
        if taken.state == CatalogueFile.State.CHECKED:
            if options["dry_run"]:
                drop_file(taken.pk, now=timezone.now())
            else:
                confirm_file(taken.pk, actor=crm.Actor.system("import"), now=timezone.now())
                self._go_through(taken, run_file, "writing")
        taken.refresh_from_db()
        if taken.state == CatalogueFile.State.BROKEN:
            raise CommandError(f"Nothing was imported.\n{taken.error}")
        self._print(taken, as_json=options["json"])

    def _take(self, options: dict[str, Any]) -> CatalogueFile:
        path: Path = options["file"]
        zipped: Path | None = options["pictures"]
        try:
            with path.open("rb") as file:
                pictures = zipped.open("rb") if zipped else None
                return take_file(
                    File(file, name=path.name),
                    pictures=File(pictures, name="pictures.zip") if pictures else None,
                    language=options["language"],
                    report_language="en",
                    currency=options["currency"],
                    actor=crm.Actor.system("import"),
                    now=timezone.now(),
                )
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be read: {error.strerror}.") from error

    def _go_through(self, taken: CatalogueFile, step: Any, name: str) -> None:
        with tqdm(desc=name, unit=" rows", file=sys.stderr) as bar:

            def show(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            step(taken.pk, now=timezone.now, progress=show)
        taken.refresh_from_db()

    def _print(self, taken: CatalogueFile, *, as_json: bool) -> None:
        problems = taken.problems.order_by("line", "pk").values("line", "sku", "field", "reason", "is_refusal")
        counts = {name: getattr(taken, name) for name in ("total", "created", "changed", "same", "refused")}
        if as_json:
            said = {"form": taken.form, "written": taken.state == CatalogueFile.State.DONE, **counts}
            self.stdout.write(json.dumps({**said, "problems": list(problems)}, ensure_ascii=False))
            return
        verb = "would be " if taken.state == CatalogueFile.State.DROPPED else ""
        self.stdout.write(
            f"{counts['total']:,} products and variants ({taken.form}): {counts['created']:,} {verb}made,"
            f" {counts['changed']:,} {verb}changed, {counts['same']:,} as they were, {counts['refused']:,} refused"
        )
        for problem in problems[:SHOWN]:
            word = "refused" if problem["is_refusal"] else "note"
            self.stdout.write(
                f"  line {problem['line']}: {word}: {problem['sku']} {problem['field']}: {problem['reason']}"
            )
        if len(problems) > SHOWN:
            self.stdout.write(f"  … and {len(problems) - SHOWN} more; --json has them all")
