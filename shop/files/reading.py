"""A CSV file as spreadsheets write it: UTF-8 or Windows-1254, commas, semicolons or tabs; read row by row."""

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from django.utils.translation import gettext as _

LONGEST_FIELD = 200_000
MOST_ROWS = 200_000
DELIMITERS = ";,\t"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))

csv.field_size_limit(LONGEST_FIELD)


class BrokenFile(Exception):
    """A file that cannot be read at all; the text says why and what to do."""


@dataclass(frozen=True)
class Row:
    """`line` is where it begins in the file. Cells by column, without blanks around; columns in small letters."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Sheet:
    """How a file is written. A file with semicolons is one of a country with decimal commas."""

    encoding: str
    delimiter: str
    columns: list[str]

    @property
    def has_decimal_commas(self) -> bool:
        return self.delimiter == ";"


def look_at(file: IO[bytes]) -> Sheet:
    """How it is encoded, what separates its cells, what its columns are called.

    :raises BrokenFile: if it is no table with a heading
    """
    encoding = _encoding_of(file)
    file.seek(0)
    with _text(file, encoding) as text:
        first = text.readline(LONGEST_FIELD)
        if "\0" in first:
            raise BrokenFile(_("This is no CSV file. Save the table as CSV (UTF-8) and try again."))
        if not first.strip():
            raise BrokenFile(_("The file is empty: its first line must name the columns."))
        delimiter = max(DELIMITERS, key=first.count)
        columns = [name.strip().lower() for name in next(csv.reader([first], delimiter=delimiter), [])]
    twice = {name for name in columns if name and columns.count(name) > 1}
    if twice:
        raise BrokenFile(_("These columns are there twice: %(names)s.") % {"names": ", ".join(sorted(twice))})
    return Sheet(encoding, delimiter, columns)


def read_rows(file: IO[bytes], sheet: Sheet) -> Iterator[Row]:
    """The rows below the heading; empty ones are left out.

    :raises BrokenFile: where the table breaks off
    """
    file.seek(0)
    with _text(file, sheet.encoding) as text:
        reader = csv.reader(text, delimiter=sheet.delimiter, strict=False)
        count = 0
        try:
            next(reader, None)
            begins = reader.line_num + 1
            for cells in reader:
                line, begins = begins, reader.line_num + 1
                if not any(cell.strip() for cell in cells):
                    continue
                count += 1
                if count > MOST_ROWS:
                    raise BrokenFile(_("More than %(count)d rows: please divide the file.") % {"count": MOST_ROWS})
                yield Row(line, dict(zip(sheet.columns, map(_unescaped, cells), strict=False)))
        except csv.Error as error:
            text_of = _("Line %(line)d is no CSV (%(error)s). Check the quotes there.")
            raise BrokenFile(text_of % {"line": reader.line_num, "error": error}) from error
        except UnicodeDecodeError as error:
            raise BrokenFile(_("The file has letters of another encoding. Save it as CSV (UTF-8).")) from error


def _unescaped(cell: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from reckoning with a text (writing.py puts it there)."""
    cell = cell.strip()
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and (cell[1] in "=+-@'" or cell[1].isdigit()) else cell


def _encoding_of(file: IO[bytes]) -> str:
    file.seek(0)
    begin = file.read(4)
    for bom, name in _BOMS:
        if begin.startswith(bom):
            return name
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while chunk := file.read(1 << 20):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1254"
    return "utf-8"


@contextmanager
def _text(file: IO[bytes], encoding: str) -> Iterator[io.TextIOWrapper]:
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        yield text
    finally:
        text.detach()
