"""`manage.py load_demo`: the whole demo shop, every app's part. Loaded already, it looks and goes."""

import json
import time
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from knowledgebase import api as knowledgebase
from shop import api as shop
from support import api as support


class Command(BaseCommand):
    help = "Load the demo shop: catalogue, people, a year of orders, articles, tickets. Repeating it adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print a summary for scripts")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        now = timezone.now()
        summary: dict[str, dict[str, int]] = {
            "shop": asdict(shop.load_demo(now)),
            "knowledgebase": {"articles": knowledgebase.load_demo(now=now).new},
            "support": {"tickets": support.load_demo(now)},
        }
        seconds = round(time.monotonic() - began, 2)
        if options["json"]:
            self.stdout.write(json.dumps({**summary, "seconds": seconds}))
            return
        added = {name: count for part in summary.values() for name, count in part.items() if count}
        if not added:
            self.stdout.write("The demo shop is loaded already.")
            return
        counts = ", ".join(f"{count} {name}" for name, count in added.items())
        self.stdout.write(f"Demo shop loaded in {seconds} s: {counts}.")
