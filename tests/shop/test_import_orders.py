"""What becomes of order lines, and that all of them are accounted for."""

import csv
import gzip
import io
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from crm import api as crm
from shop.importing import NotReconciled, import_orders, sql
from shop.importing.reading import COLUMNS
from shop.models import ImportedLine, ProductText, Purchase, SearchWord
from shop.oscar import Order, OrderLine, Product, StockRecord
from shop.search.selectors import search_products

pytestmark = pytest.mark.django_db

HEART = ("85123A", "WHITE HANGING HEART", "2.55")
LANTERN = ("71053", "WHITE METAL LANTERN", "3.39")
AT = "2010-12-01T08:26:00"
Row = tuple[str, ...]


def row(
    invoice: str,
    code: str,
    name: str,
    price: str,
    *,
    quantity: str = "1",
    at: str = AT,
    customer: str = "17850",
    country: str = "United Kingdom",
) -> Row:
    return (invoice, code, name, quantity, at, price, customer, country)


ROWS = [
    row("536365", *HEART, quantity="6"),
    row("536365", "85123a", "WHITE HANGING HEART", "2.95", quantity="2"),
    row("536365", *LANTERN, quantity="6"),
    row("536365", *LANTERN, quantity="6"),  # exactly the same again
    row("536365", "POST", "POSTAGE", "18.00"),
    row("536366", *HEART, quantity="3", customer="", country="Unspecified"),
    row("536367", "85123A", "damaged?", "0", quantity="-5", customer=""),
    row("536368", *HEART[:2], "0.00", customer="17850"),
    row("C536369", *HEART, quantity="-2"),
    row("C536369", "D", "Discount", "27.50", quantity="-1"),
    row("C536370", "POST", "POSTAGE", "18.00", quantity="-1"),
    row("A536371", "B", "Adjust bad debt", "-11062.06", customer=""),
    row("536372", "M", "Manual", "1.50"),
    row("536373", "DOT", "DOTCOM POSTAGE", "100.00", customer=""),
    row("536374", "gift_0001_20", "Dotcomgiftshop Gift Voucher £20.00", "16.67"),
    row("536375", "PADS", "PADS TO MATCH ALL CUSHIONS", "0.001", customer="12346", country="EIRE"),
    row("536376", "XYZ", "what is this", "1.00"),
    row("536377", " 22423 ", " REGENCY CAKESTAND 3 TIER ", "12.75", customer="12346", country="EIRE"),
]


def write(tmp_path: Path, rows: list[Row], name: str = "orders.csv") -> Path:
    out = io.StringIO()
    csv.writer(out).writerows([COLUMNS, *rows])
    path = tmp_path / name
    path.write_bytes(gzip.compress(out.getvalue().encode()) if name.endswith("gz") else out.getvalue().encode())
    return path


def run(path: Path) -> dict[str, Any]:
    out = io.StringIO()
    call_command("import_orders", str(path), "--json", stdout=out)
    summary: dict[str, Any] = json.loads(out.getvalue())
    return summary


def test_every_line_is_imported_or_skipped_for_a_reason(tmp_path: Path) -> None:
    summary = run(write(tmp_path, ROWS, "orders.csv.gz"))
    assert summary["imported"] == {"sale": 5, "return": 1, "shipping": 1}
    assert summary["skipped"] == {
        "exact_duplicate": 1,
        "stock_correction": 1,
        "zero_price": 2,
        "discount": 1,
        "shipping_refund": 1,
        "bad_debt": 1,
        "manual_entry": 1,
        "shipping_without_goods": 1,
        "gift_voucher": 1,
        "unknown_code": 1,
    }
    assert summary["read"] == len(ROWS) == sum(summary["imported"].values()) + sum(summary["skipped"].values())
    assert summary["invoices_reconciled"] == len({entry[0] for entry in ROWS})
    assert sum(Decimal(amount) for amount in summary["amounts"].values()) == Decimal(summary["amount_read"])


def test_an_order_keeps_its_day_its_currency_and_its_sums(tmp_path: Path) -> None:
    run(write(tmp_path, ROWS))
    order = Order.objects.get(number="IMP-536365")
    assert (order.currency, order.status) == ("GBP", "delivered")
    assert order.date_placed.isoformat() == "2010-12-01T06:26:00+00:00"  # Istanbul was two hours ahead
    assert order.shipping_incl_tax == Decimal("18.00")
    assert order.total_incl_tax == Decimal("15.30") + Decimal("5.90") + Decimal("20.34") + 18
    assert [line.line_price_incl_tax for line in order.lines.order_by("pk")] == [
        Decimal("15.30"),
        Decimal("5.90"),
        Decimal("20.34"),
    ]
    assert {line.upc for line in order.lines.all()} == {"85123A", "71053"}


def test_what_was_sold_for_less_than_a_penny_apiece_or_only_came_back_has_no_price(tmp_path: Path) -> None:
    pads = row("536401", "PADS", "PADS TO MATCH ALL CUSHIONS", "0.001", quantity="200")
    run(write(tmp_path, [pads, row("C536402", "90000B", "CAME BACK", "2.50", quantity="-1")]))
    assert list(StockRecord.objects.order_by("pk").values_list("price", flat=True)) == [None, None]


def test_one_code_in_two_spellings_is_one_product_with_the_latest_price(tmp_path: Path) -> None:
    later = row("536400", *HEART[:2], "3.10", at="2010-12-05T10:00:00")
    run(write(tmp_path, [*ROWS, later]))
    product = Product.objects.get(upc="85123A")
    assert StockRecord.objects.get(product=product).price == Decimal("3.10")
    text = ProductText.objects.get(product=product)
    assert (text.language, text.title) == ("en", "White Hanging Heart")
    assert search_products("white hanging hart", language="en").ids == [product.pk]
    assert not Product.objects.filter(upc__in=["POST", "M", "D", "B", "XYZ", "DOT", "GIFT_0001_20"]).exists()


def test_a_product_is_called_what_it_is_called_most(tmp_path: Path) -> None:
    rows = [
        row("1", "22423", "REGENCY CAKESTAND 3 TIER", "12.75"),
        row("2", "22423", "REGENCY CAKESTAND 3 TIER", "12.75"),
        row("3", "22423", "CAKESTAND", "12.75"),
        *(row(str(number), "22423", "found in the box?", "12.75") for number in range(4, 9)),
    ]
    run(write(tmp_path, rows))
    assert Product.objects.get(upc="22423").title == "Regency Cakestand 3 Tier"


def test_customers_are_known_by_their_number_and_guests_stay_apart(tmp_path: Path) -> None:
    summary = run(write(tmp_path, [*ROWS, row("536399", *HEART, customer="")]))
    assert (summary["customers"], summary["guests"]) == (2, 2)
    ids = crm.customers_with_numbers(["17850", "12346", "99999"])
    assert set(ids) == {"17850", "12346"}
    assert crm.Customer.objects.get(pk=ids["12346"]).country == "IE"
    guests = [Purchase.objects.get(order__number=number).customer for number in ("IMP-536366", "IMP-536399")]
    assert guests[0] != guests[1]
    assert guests[0].country == ""


def test_the_timeline_tells_orders_and_what_was_bought_and_sent_back(tmp_path: Path) -> None:
    run(write(tmp_path, ROWS))
    customer = crm.customers_with_numbers(["17850"])["17850"]
    rows = crm.Interaction.objects.of_customer(customer)
    assert [entry.data["number"] for entry in rows.filter(kind="shop.order.placed")] == ["IMP-536365"]
    assert rows.filter(kind="shop.product.bought").count() == 3
    returned = rows.get(kind="shop.product.returned")
    assert returned.subject == f"shop.product:{Product.objects.get(upc='85123A').pk}"
    assert returned.data == {"order": "C536369", "quantity": 2}


def test_a_country_nobody_knows_is_kept_as_text_and_reported_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, ROWS)
    out = io.StringIO()
    call_command("import_orders", str(path), stdout=out)
    assert "line 7: country 'Unspecified' is none we know (1 lines): kept as text" in out.getvalue()
    assert ImportedLine.objects.filter(country="Unspecified").count() == 1


def test_what_was_sold_is_found_and_its_words_are_counted(tmp_path: Path) -> None:
    run(write(tmp_path, ROWS))
    assert SearchWord.objects.get(language="en", word="white").products == 2


def test_importing_again_adds_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, ROWS)
    run(path)
    before = _everything()
    summary = run(path)
    assert summary["imported"] == {}
    assert summary["skipped"] == {"imported_before": len(ROWS)}
    assert _everything() == before


def test_a_later_file_that_overlaps_adds_only_what_is_new(tmp_path: Path) -> None:
    run(write(tmp_path, ROWS))
    more = row("536365", "22423", "REGENCY CAKESTAND 3 TIER", "12.75")
    summary = run(write(tmp_path, [*ROWS[:3], more], "later.csv"))
    assert summary["imported"] == {"sale": 1}
    assert summary["skipped"] == {"imported_before": 3}
    order = Order.objects.get(number="IMP-536365")
    assert order.total_incl_tax == Decimal("59.54") + Decimal("12.75")
    placed = crm.Interaction.objects.filter(kind="shop.order.placed", data__number="IMP-536365")
    assert placed.count() == 1


def test_an_import_that_does_not_add_up_is_not_kept(
    tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "LINES", sql.LINES.replace("fresh.amount, fresh.amount,", "fresh.amount, 0,", 1))
    monkeypatch.setattr(sql, "TOTALS", sql.TOTALS.replace("sums.goods + sums.shipping", "sums.goods", 1))
    before = _everything()
    with pytest.raises(NotReconciled, match="do not add up: 536365"):
        import_orders(write(tmp_path, ROWS), now=now)
    assert _everything() == before


def _everything() -> list[int]:
    models = (ImportedLine, Order, OrderLine, Product, ProductText, StockRecord, Purchase)
    return [model.objects.count() for model in (*models, crm.Customer, crm.Identity, crm.Interaction)]
