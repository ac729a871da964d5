import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from support.mail_in.receiving import receive_mail


class Command(BaseCommand):
    help = "Takes raw .eml files (or folders of them) in, as if they had come to the desk's mailbox."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", type=Path)
        parser.add_argument("--mailbox", default="destek")

    def handle(self, *args: Any, **options: Any) -> None:
        files = list(_files_under(options["paths"]))
        for path in files:
            receipt = receive_mail(path.read_bytes(), mailbox=options["mailbox"], now=timezone.now())
            line = {
                "path": str(path),
                "result": str(receipt.result),
                "ticket": receipt.ticket,
                "reason": receipt.reason,
            }
            self.stdout.write(json.dumps(line, ensure_ascii=False))


def _files_under(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(inner for inner in path.rglob("*") if inner.is_file())
        elif path.is_file():
            yield path
        else:
            raise CommandError(f"{path}: no such file or folder")
