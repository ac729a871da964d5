"""`manage.py export_products FILE.csv`: the catalogue in our own CSV."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q
from tqdm import tqdm

from shop.files.exporting import export_lines
from shop.oscar import Product


class Command(BaseCommand):
    help = "Write all products and variants with both languages as CSV. Importing the file again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--semicolons", action="store_true", help="semicolons and decimal commas, for spreadsheets")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open("w", encoding="utf-8", newline="") as file, tqdm(unit=" products", file=sys.stderr) as bar:
                lines = 0
                for line in export_lines(
                    for_spreadsheets=options["semicolons"], progress=lambda count: bar.update(count - bar.n) and None
                ):
                    file.write(line)
                    lines += 1
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{lines - 1:,} products and variants in {path}")
        nameless = Product.objects.filter(Q(upc=None) | Q(upc="")).count()
        if nameless:
            self.stdout.write(
                f"{nameless:,} without a SKU are left out, with their variants: nothing could tell them apart."
            )
