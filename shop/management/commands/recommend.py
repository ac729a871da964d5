"""`manage.py recommend --as-of 2011-11-01 --customers FILE.txt --top 10 --out FILE.jsonl`."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from shop.personal.recommending import recommend

LONGEST_ID = 40


class Command(BaseCommand):
    help = "Write products for customers, from interactions before a day only: one JSON line a customer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", required=True, help="a day, like 2011-11-01: nothing from then on is looked at")
        parser.add_argument("--customers", required=True, type=Path, help="their numbers in the import, one a line")
        parser.add_argument("--top", type=int, default=10, help="products for each (default: 10)")
        parser.add_argument("--out", required=True, type=Path, help="the file to write")
        parser.add_argument("--new-only", action="store_true", help="leave out what they already bought")
        parser.add_argument("--json", action="store_true", help="print a summary for scripts")

    def handle(self, *args: Any, **options: Any) -> None:
        as_of = _day(options["as_of"])
        numbers = _numbers(options["customers"])
        top = options["top"]
        if not 1 <= top <= 1000:
            raise CommandError("--top must be from 1 to 1000.")
        out: Path = options["out"]
        part = out.with_name(out.name + ".part")  # a run that is stopped leaves no half file under the name asked for
        count = 0
        try:
            with part.open("w", encoding="utf-8") as file:
                lists = recommend(numbers, as_of=as_of, top=top, new_only=options["new_only"])
                for number, skus in tqdm(lists, total=len(numbers), desc="customers", unit="", disable=None):
                    file.write(json.dumps({"customer": number, "products": skus}, ensure_ascii=False) + "\n")
                    count += 1
            part.replace(out)
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.") from error
        finally:
            part.unlink(missing_ok=True)
        if options["json"]:
            self.stdout.write(json.dumps({"customers": count, "out": str(out)}))
        else:
            self.stdout.write(f"{count} customers written to {out}.")


def _day(text: str) -> datetime:
    try:
        day = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--as-of {text[:40]!r} is not a day like 2011-11-01.") from None
    if day.tzinfo is None:
        day = day.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))
    if day.year < 1000:
        raise CommandError(f"--as-of {text[:40]!r} is too long ago.")
    return day.astimezone(UTC)


def _numbers(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is not UTF-8. Save it as UTF-8 and run this again.") from error
    numbers = [line.strip() for line in lines if line.strip()]
    for place, number in enumerate(numbers, 1):
        if len(number) > LONGEST_ID or "\0" in number:
            raise CommandError(f"{path}: entry {place} is no customer number (over {LONGEST_ID} characters or a NUL).")
    return numbers
