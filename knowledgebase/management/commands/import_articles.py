import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from crm import api as crm
from knowledgebase.importing import BadFile, import_articles

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Publishes the articles of a file of JSON lines: id, language, title, body, aliases (a list), category. "
        "One bad line and nothing is written; again adds nothing; a changed line becomes a new revision."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true", help="print a summary for scripts, and no progress")

    def handle(self, *args: Any, file: Path, json: bool, **options: Any) -> None:
        try:
            size = file.stat().st_size
            with (
                tqdm(total=size, unit="B", unit_scale=True, desc="checking", disable=json or None) as checking,
                tqdm(unit=" articles", desc="writing", disable=json or None) as writing,
            ):
                imported = import_articles(
                    file,
                    actor=crm.Actor.system("import"),
                    now=timezone.now(),
                    on_checked=checking.update,
                    on_written=writing.update,
                )
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}") from error
        except BadFile as error:
            self._refuse(file, error, is_json=json)
            return
        if json:
            self._print({"file": str(file), "ok": True, **asdict(imported), "bad": 0, "errors": []})
        else:
            self.stdout.write(
                f"{imported.read} articles read: {imported.new} new, {imported.changed} changed, "
                f"{imported.unchanged} as they were."
            )

    def _refuse(self, file: Path, bad: BadFile, *, is_json: bool) -> None:
        if is_json:
            self._print(
                {
                    "file": str(file),
                    "ok": False,
                    "read": 0,
                    "new": 0,
                    "changed": 0,
                    "unchanged": 0,
                    "bad": bad.count,
                    "errors": [asdict(line) for line in bad.lines],
                }
            )
            sys.exit(1)
        for line in bad.lines[:SHOWN]:
            self.stderr.write(f"line {line.line}: {line.reason}")
        if bad.count > SHOWN:
            self.stderr.write(f"… and {bad.count - SHOWN} more")
        raise CommandError(f"Nothing was imported: {bad.count} bad lines in {file}.")

    def _print(self, summary: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(summary, ensure_ascii=False))
