"""`manage.py recommend`: its contract."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.shop.test_import_orders import row, write

pytestmark = pytest.mark.django_db

CUPS = ("22423", "COFFEE CUPS", "4.00")
CEZVE = ("85123A", "COPPER CEZVE", "9.00")
YARN = ("71053", "YARN", "2.00")


@pytest.fixture
def history(tmp_path: Path) -> None:
    """10 to 13 buy cezve and cups; 1 buys the cezve twice; everybody buys yarn, but only from November on."""
    rows = [row(f"5{n}", *thing, customer=n) for n in ("10", "11", "12", "13") for thing in (CEZVE, CUPS)]
    rows += [row(f"60{day}", *CEZVE, customer="1", at=f"2011-09-1{day}T09:00:00") for day in (1, 2)]
    rows += [row(f"7{n}", *YARN, customer=n, at="2011-11-01T00:00:00") for n in ("1", "10", "11", "12", "13")]
    call_command("import_orders", str(write(tmp_path, rows)), stdout=io.StringIO())


def recommend(tmp_path: Path, customers: str, *options: str) -> list[dict[str, Any]]:
    (tmp_path / "customers.txt").write_text(customers, encoding="utf-8")
    out = tmp_path / "out.jsonl"
    arguments = ["--as-of", "2011-11-01", "--customers", str(tmp_path / "customers.txt"), "--out", str(out)]
    call_command("recommend", *arguments, *options, stdout=io.StringIO())
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


@pytest.mark.usefixtures("history")
def test_each_customer_gets_a_line_in_the_order_asked(tmp_path: Path) -> None:
    lines = recommend(tmp_path, "13\n1\n\nnobody\n")
    assert [line["customer"] for line in lines] == ["13", "1", "nobody"]
    assert lines[1]["products"] == ["85123A", "22423"]


@pytest.mark.usefixtures("history")
def test_nothing_from_that_day_on_is_looked_at(tmp_path: Path) -> None:
    assert all("71053" not in line["products"] for line in recommend(tmp_path, "1\n10\nnobody\n"))
    later = recommend(tmp_path, "1\n", "--as-of", "2011-11-02")
    assert "71053" in later[0]["products"]


@pytest.mark.usefixtures("history")
def test_new_only_leaves_out_what_they_bought(tmp_path: Path) -> None:
    assert recommend(tmp_path, "1\n", "--new-only")[0]["products"] == ["22423"]


@pytest.mark.usefixtures("history")
def test_somebody_unknown_gets_what_is_bought_most(tmp_path: Path) -> None:
    assert recommend(tmp_path, "nobody\n", "--top", "1")[0]["products"] == ["85123A"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--as-of", "yesterday"], "is not a day like"),
        (["--top", "0"], "--top must be from 1"),
    ],
)
def test_nonsense_is_refused_and_no_file_written(tmp_path: Path, options: list[str], complaint: str) -> None:
    with pytest.raises(CommandError, match=complaint):
        recommend(tmp_path, "1\n", *options)
    assert not (tmp_path / "out.jsonl").exists()


def test_a_customers_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "customers.txt").write_bytes(b"\xff\xfe\xff")
    out = tmp_path / "out.jsonl"
    with pytest.raises(CommandError, match="is not UTF-8"):
        call_command(
            "recommend", "--as-of", "2011-11-01", "--customers", str(tmp_path / "customers.txt"), "--out", str(out)
        )
    assert not out.exists()
