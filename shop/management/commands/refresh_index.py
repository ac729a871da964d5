"""`manage.py refresh_index`: bring what lists and the search read up to date, all of it. After an upgrade."""

from typing import Any

from django.core.management.base import BaseCommand

from shop.index.refresh import count_words, refresh_index


class Command(BaseCommand):
    help = "Bring the index of the catalogue up to date; in a running shop its readers and beat do that by themselves."

    def handle(self, *args: Any, **options: Any) -> None:
        behind = refresh_index()
        count_words()
        self.stdout.write(f"{behind:,} products were behind.")
