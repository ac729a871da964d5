"""A broken file: a message that names the line and says what to do, and a database as it was."""

import gzip
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from crm import api as crm
from shop.models import ImportedLine, ProductText
from shop.oscar import Order, Product

pytestmark = pytest.mark.django_db

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
GOOD = "536365,85123A,WHITE HANGING HEART,6,2010-12-01T08:26:00,2.55,17850,United Kingdom\n"


def write(tmp_path: Path, content: bytes, name: str = "orders.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def refuse(path: Path) -> str:
    """Import it; it must be refused and leave nothing. Answers what was said."""
    before = rows()
    with pytest.raises(CommandError) as refused:
        call_command("import_orders", str(path), stdout=io.StringIO())
    assert rows() == before
    assert str(refused.value).startswith("Nothing was imported.")
    return str(refused.value)


def rows() -> list[int]:
    models = (ImportedLine, Order, Product, ProductText, crm.Customer, crm.Identity, crm.Interaction)
    return [model.objects.count() for model in models]


def test_wrong_columns_are_named(tmp_path: Path) -> None:
    said = refuse(write(tmp_path, b"InvoiceNo,Sku,Quantity\n1,2,3\n"))
    assert "line 1: wrong columns" in said
    assert "missing: StockCode, Description" in said
    assert "not known: Sku" in said
    assert HEADER.strip() in said


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert "line 1: the file is empty" in refuse(write(tmp_path, b""))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refuse(tmp_path / "nothing.csv")


def test_a_broken_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    said = refuse(write(tmp_path, (HEADER + GOOD + GOOD.replace("HEART", "HE\xc4RT")).encode("latin-1")))
    assert "line 3: not UTF-8 (byte 0xc4" in said
    assert "Save the file as UTF-8" in said


def test_a_nul_is_refused_with_its_line(tmp_path: Path) -> None:
    assert "line 2: holds a NUL" in refuse(write(tmp_path, (HEADER + GOOD.replace("HEART", "\0")).encode()))


def test_a_gzip_cut_short_is_refused_after_many_good_lines(tmp_path: Path) -> None:
    lines = "".join(GOOD.replace("536365", str(600000 + n)) for n in range(30_000))
    whole = gzip.compress((HEADER + lines).encode(), compresslevel=1)
    said = refuse(write(tmp_path, whole[: len(whole) * 9 // 10], "orders.csv.gz"))
    assert "the gzip file is cut short" in said
    assert said.split("\n")[1].startswith("line ")


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        (GOOD.replace(",6,", ",six,"), "Quantity 'six' is not a whole number"),
        (GOOD.replace("2.55", "2,55"), "9 fields instead of 8"),
        (GOOD.replace("2.55", "NaN"), "UnitPrice 'NaN' is not a number"),
        (GOOD.replace("2010-12-01T08:26:00", "01.12.2010"), "InvoiceDate '01.12.2010' is not a date"),
        (GOOD.replace("2010-12-01", "0010-12-01"), "is before 1990 or in the future"),
        (GOOD.replace("2010-12-01", "2999-12-01"), "is before 1990 or in the future"),
        (GOOD.replace("536365", ""), "InvoiceNo is empty"),
        (GOOD.replace("WHITE", "W" * 300), "Description is longer than 255 characters"),
        (GOOD.replace("WHITE", '"WHITE'), "not CSV"),
    ],
)
def test_one_bad_line_refuses_the_whole_file(tmp_path: Path, bad: str, complaint: str) -> None:
    said = refuse(write(tmp_path, (HEADER + GOOD + bad).encode()))
    assert complaint in said
    assert "line 3:" in said


def test_several_bad_lines_are_named_at_once(tmp_path: Path) -> None:
    bad = GOOD.replace(",6,", ",six,")
    said = refuse(write(tmp_path, (HEADER + bad + GOOD + bad).encode()))
    assert "line 2:" in said
    assert "line 4:" in said
    assert "import it again" in said
