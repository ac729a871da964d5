"""`manage.py refresh_index`: bring what lists and the search read up to date, all of it. After an upgrade."""

from typing import Any

from django.core.management.base import BaseCommand

from shop.index.refresh import refresh_index


class Command(BaseCommand):
    help = "Bring the index of the catalogue up to date; in a running shop its readers and beat do that by themselves."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{refresh_index():,} products were behind.")
