"""The file in a table of this session: lines as they were read, each with its treatment."""

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from uuid import UUID

from django.db import connection

from shop.importing.countries import country_code
from shop.importing.rules import Line, treatment_of

ROWS_AT_ONCE = 20_000

_STAGE = """
DROP TABLE IF EXISTS import_stage;
CREATE TEMP TABLE import_stage (
    line_no int, key uuid, invoice text, code text, description text, quantity int, unit_price numeric(14,4),
    amount numeric(14,2), invoiced_at timestamptz, external_customer text, country text, treatment text
)
"""


@dataclass
class Staged:
    """What was seen while reading: an independent count for the reckoning at the end."""

    read: int = 0
    first: date | None = None
    last: date | None = None
    cents_by_invoice: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    # Country as written → (first line, lines) where it is none that we know.
    unknown_countries: dict[str, tuple[int, int]] = field(default_factory=dict)


def stage(lines: Iterable[Line]) -> Staged:
    """Copy the lines to import_stage, a batch in memory at a time."""
    staged = Staged()
    iterator = iter(lines)
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        while batch := list(islice(iterator, ROWS_AT_ONCE)):
            out = io.StringIO()
            csv.writer(out).writerows(_columns(batch))
            out.seek(0)
            cursor.copy_expert(
                "COPY import_stage FROM STDIN WITH"
                " (FORMAT csv, FORCE_NOT_NULL (description, external_customer, country))",
                out,
            )
            for line in batch:
                _note(staged, line)
        cursor.execute("CREATE INDEX ON import_stage (key); ANALYZE import_stage")
    return staged


def drop_stage() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS import_stage")


def key_of(line: Line) -> UUID:
    """A digest of all fields: the same line gives the same key in whatever file it comes."""
    fields = (
        line.invoice,
        line.code,
        line.description,
        str(line.quantity),
        line.invoiced_at.isoformat(),
        str(line.unit_price.normalize()),
        line.external_customer,
        line.country,
    )
    return UUID(bytes=hashlib.blake2b("\x1f".join(fields).encode(), digest_size=16).digest())


def _columns(batch: list[Line]) -> Iterator[tuple[object, ...]]:
    for line in batch:
        yield (
            line.number,
            key_of(line),
            line.invoice,
            line.code,
            line.description,
            line.quantity,
            line.unit_price,
            line.amount,
            line.invoiced_at.isoformat(),
            line.external_customer,
            line.country,
            treatment_of(line).value,
        )


def _note(staged: Staged, line: Line) -> None:
    staged.read += 1
    day = line.invoiced_at.date()
    staged.first = min(staged.first or day, day)
    staged.last = max(staged.last or day, day)
    staged.cents_by_invoice[line.invoice] += int(line.amount * 100)
    if not country_code(line.country):
        first, count = staged.unknown_countries.get(line.country, (line.number, 0))
        staged.unknown_countries[line.country] = (first, count + 1)
