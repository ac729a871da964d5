"""Reading a file of order lines: every complaint names the line and says what to do."""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

from shop.importing.rules import Line

COLUMNS = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)
LONGEST_LINE = 100_000
BAD_LINES_SHOWN = 10
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_INTEGER = re.compile(r"[+-]?\d{1,9}")
_PRICE = re.compile(r"[+-]?\d{1,9}(\.\d{1,4})?")
_LIMITS = {"InvoiceNo": 20, "StockCode": 30, "Description": 255, "CustomerID": 40, "Country": 60}
_REQUIRED = ("InvoiceNo", "StockCode")

# Called now and then with how many bytes of the file have been read.
Progress = Callable[[int], None]


class BrokenFile(Exception):
    """A file that cannot be imported; the text names the line and says what to do."""


class BadLine(ValueError):
    """One line that cannot be understood."""


def read_lines(path: Path, *, zone: ZoneInfo, now: datetime, progress: Progress) -> Iterator[Line]:
    """The lines of a CSV file, plain or gzipped (told by its first bytes), UTF-8; times without a zone are `zone`'s.

    Goes on after a bad line so as to name several at once, and raises at the end.

    :raises BrokenFile: if anything is wrong with it
    """
    bad: list[str] = []
    with _opened(path) as (file, position):
        rows = csv.reader(_text_of(file), strict=True)
        order = _column_order(rows)
        latest = now + timedelta(days=1)
        try:
            for row in rows:
                if not row:
                    continue
                try:
                    yield _line_of(row, order, rows.line_num, zone, latest)
                except BadLine as error:
                    bad.append(f"line {rows.line_num}: {error}")
                    if len(bad) >= BAD_LINES_SHOWN:
                        break
                if rows.line_num % 5000 == 0:
                    progress(position())
        except csv.Error as error:
            raise BrokenFile(f"line {rows.line_num}: not CSV ({error}). Check the quotes there.") from error
    if bad:
        raise BrokenFile("\n".join([*bad, "Correct these lines in the file and import it again."]))


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], Callable[[], int]]]:
    """The bytes, unpacked where needed, and a function that says how far into the file they are."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise BrokenFile(f"{path} cannot be read: {error.strerror}.") from error
    with raw:
        is_gzip = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        file: IO[bytes] = io.BufferedReader(gzip.GzipFile(fileobj=raw)) if is_gzip else raw
        yield file, raw.tell


def _text_of(file: IO[bytes]) -> Iterator[str]:
    """Decoded lines, one at a time, so that what is wrong has a line number."""
    number = 0
    while True:
        number += 1
        try:
            raw = file.readline(LONGEST_LINE)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise BrokenFile(
                f"line {number}: the gzip file is cut short or damaged here. Fetch or make it again."
            ) from error
        if not raw:
            return
        if len(raw) == LONGEST_LINE:
            raise BrokenFile(f"line {number}: longer than {LONGEST_LINE} bytes. Is this a CSV file?")
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BrokenFile(
                f"line {number}: not UTF-8 (byte 0x{raw[error.start]:02x} at position {error.start + 1})."
                " Save the file as UTF-8 and import it again."
            ) from error
        if "\0" in text:
            raise BrokenFile(f"line {number}: holds a NUL byte. The file is damaged: fetch or make it again.")
        yield text


def _column_order(rows: Iterator[list[str]]) -> list[int]:
    header = next(rows, None)
    if header is None:
        raise BrokenFile("line 1: the file is empty.")
    names = [name.strip() for name in header]
    if sorted(names) != sorted(COLUMNS):
        missing = [name for name in COLUMNS if name not in names]
        extra = [name or "(no name)" for name in names if name not in COLUMNS]
        complaints = [
            *([f"missing: {', '.join(missing)}"] if missing else []),
            *([f"not known: {', '.join(extra)[:300]}"] if extra else []),
        ]
        raise BrokenFile(
            f"line 1: wrong columns ({'; '.join(complaints) or 'one is there twice'})."
            f" The first line must name these: {','.join(COLUMNS)}."
        )
    return [names.index(name) for name in COLUMNS]


def _line_of(row: list[str], order: list[int], number: int, zone: ZoneInfo, latest: datetime) -> Line:
    if len(row) != len(COLUMNS):
        raise BadLine(f"{len(row)} fields instead of {len(COLUMNS)}")
    invoice, code, description, quantity, date, price, customer, country = (row[place].strip() for place in order)
    for name, value in zip(_LIMITS, (invoice, code, description, customer, country), strict=True):
        if len(value) > _LIMITS[name]:
            raise BadLine(f"{name} is longer than {_LIMITS[name]} characters")
        if not value and name in _REQUIRED:
            raise BadLine(f"{name} is empty")
    if not _INTEGER.fullmatch(quantity):
        raise BadLine(f"Quantity {quantity[:40]!r} is not a whole number")
    if not _PRICE.fullmatch(price):
        raise BadLine(f"UnitPrice {price[:40]!r} is not a number like 2.55")
    return Line(
        number=number,
        invoice=invoice.upper(),
        code=code.upper(),
        description=description,
        quantity=int(quantity),
        invoiced_at=_instant(date, zone, latest),
        unit_price=Decimal(price),
        external_customer=customer,
        country=country,
    )


def _instant(text: str, zone: ZoneInfo, latest: datetime) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise BadLine(f"InvoiceDate {text[:40]!r} is not a date like 2011-10-31T08:26:00") from None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=zone)
    if not EARLIEST <= instant <= latest:
        raise BadLine(f"InvoiceDate {text[:40]!r} is before {EARLIEST.year} or in the future")
    return instant
