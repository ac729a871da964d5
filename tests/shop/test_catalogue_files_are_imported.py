"""Our own CSV: looked at before anything is written, each refused row with its line, column and reason."""

import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from crm import api as crm
from shop.files import jobs
from shop.files.exporting import export_lines
from shop.files.jobs import HasMoved, check_file, confirm_file, drop_file, due_files, run_file
from shop.files.pictures import Pictures
from shop.models import CatalogueFile, PriceChange, ProductText, SearchWord
from shop.orders.placing import place_order
from shop.oscar import Category, Order, Product, ProductImage, StockRecord
from shop.search.selectors import search_products
from tests.races import run_at_once
from tests.shop import shelves
from tests.shop.cataloguefiles import ACTOR, bring, check, counts, picture, said, take, zipped
from tests.shop.conftest import delivery, fill

pytestmark = pytest.mark.django_db

HEADING = "sku,parent_sku,title_tr,title_en,option_tr,option_en,categories,brand,facts_en,price,stock,weight_g,public\n"
CEZVE = (
    HEADING
    + 'C-1,,Bakır cezve,Copper cezve,Boy,Size,Mutfak > Kahve,Tokmakçı,"Material: copper | Care: by hand",,,420,1\n'
    + "C-1-S,C-1,Küçük,Small,,,,,,349.00,5,,\n"
    + "C-1-L,C-1,Büyük,Large,,,,,,449.00,7,,\n"
    + "M-1,,Kupa,Mug,,,Mutfak,,,120.00,3,300,0\n"
)


@pytest.fixture(autouse=True)
def _own_folders(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "private"), "base_url": None},
        },
    }


def everything() -> list[Any]:
    tables = (Product, ProductText, StockRecord, Category, PriceChange, ProductImage)
    return [list(model.objects.order_by("pk").values_list("pk")) for model in tables]


def export() -> str:
    return "".join(export_lines())


def test_looking_at_a_file_writes_nothing() -> None:
    before = everything()
    taken = check(CEZVE)
    assert (taken.state, taken.total, counts(taken)) == ("checked", 4, (4, 0, 0, 0))
    assert [entry["sku"] for entry in taken.preview] == ["C-1", "C-1-S", "C-1-L", "M-1"]
    assert everything() == before


def test_the_words_of_a_file_weigh_at_once_what_they_will() -> None:
    bring(HEADING + "".join(f"C-{number},,Bakır cezve {number},,,,,,,99.00,5,420,1\n" for number in range(3)))
    assert SearchWord.objects.get(language="tr", word="cezve").products == 3
    bring(HEADING + "C-9,,Bakır cezve,,,,,,,99.00,5,420,1\n")
    assert SearchWord.objects.get(language="tr", word="cezve").products == 4


def test_a_file_is_written_with_variants_words_categories_and_stock() -> None:
    taken = bring(CEZVE)
    assert (taken.state, counts(taken), said(taken)) == ("done", (4, 0, 0, 0), [])
    cezve = Product.objects.get(upc="C-1")
    small = Product.objects.get(upc="C-1-S")
    assert (cezve.structure, small.structure, small.parent) == ("parent", "child", cezve)
    english = cezve.texts.get(language="en")
    assert english.facts == [["Brand", "Tokmakçı"], ["Material", "copper"], ["Care", "by hand"]]
    assert (english.option_name, cezve.weight.grams, small.title) == ("Size", 420, "Bakır cezve, Küçük")
    assert search_products("small tokmakci", language="en").ids == [cezve.pk]
    assert [category.name for category in cezve.categories.all()] == ["Kahve"]
    record = StockRecord.objects.get(product=small)
    assert (record.price, record.price_currency, record.num_in_stock) == (Decimal("349.00"), "TRY", 5)
    assert not Product.objects.get(upc="M-1").is_public
    assert crm.Interaction.objects.get(kind="shop.catalogue.imported").actor == "staff:1"


def test_bringing_it_again_changes_nothing() -> None:
    bring(CEZVE)
    before = everything()
    assert counts(bring(CEZVE)) == (0, 0, 4, 0)
    assert everything() == before


@pytest.mark.parametrize("for_spreadsheets", [False, True])
def test_what_is_exported_comes_back_as_it_was(for_spreadsheets: bool) -> None:
    bring(CEZVE)
    odd = shelves.product(
        "=1+1", "-Tire; “tırnak” 'kesme'", sku="00123", facts=[["a:b", "c|d"], ["Brand", "x"]], price="10.00"
    )
    ProductText.objects.filter(product=odd).update(description="- list\n\n+ more\n'quoted' ")
    shelves.department("Odd > name", "Garip | ad", odd)
    before = list(ProductText.objects.order_by("pk").values())
    text = "".join(export_lines(for_spreadsheets=for_spreadsheets))
    taken = bring(text)
    assert (counts(taken), said(taken)) == ((0, 0, 5, 0), [])
    assert list(ProductText.objects.order_by("pk").values()) == before


def slugs(sku: str) -> dict[str, str]:
    return dict(ProductText.objects.filter(product__upc=sku).values_list("language", "slug"))


def test_each_language_has_its_slug_made_of_the_title_unless_it_is_named() -> None:
    bring(CEZVE)
    assert slugs("C-1") == {"tr": "bakir-cezve", "en": "copper-cezve"}
    assert slugs("C-1-S") == {"tr": "kucuk", "en": "small"}
    named = "sku,title_tr,title_en,slug_tr,slug_en\nC-1,Cezve,Pot,,Coffee_POT\nM-1,,,kupa,mug\n"
    assert ["slug_en", "copper-cezve", "coffee-pot"] in check(named).preview[0]["changes"]
    assert counts(bring(named)) == (0, 1, 1, 0)
    assert slugs("C-1") == {"tr": "bakir-cezve", "en": "coffee-pot"}, "an empty cell changes nothing"
    assert counts(bring("sku,title_en,price\nN-1,Only English,1\n")) == (1, 0, 0, 0)
    assert slugs("N-1") == {"en": "only-english"}


def test_a_spreadsheet_reckons_with_nothing_that_is_exported() -> None:
    shelves.product('=HYPERLINK("http://evil")', "@SUM(A1)", sku="007")
    cells = export().splitlines()[1]
    assert "'007" in cells and "'@SUM" in cells and "'=HYPERLINK" in cells


def test_changes_are_shown_before_they_are_made() -> None:
    bring(CEZVE)
    changed = HEADING + "M-1,,,Big mug,,,,,,99.00,8,,1\n"
    taken = check(changed)
    assert counts(taken) == (0, 1, 0, 0)
    assert taken.preview[0]["changes"] == [
        ["is_public", "no", "yes"],
        ["title_en", "Mug", "Big mug"],
        ["price", "₺120.00", "₺99.00"],
        ["num_in_stock", "3", "8"],
    ]
    bring(changed)
    mug = Product.objects.get(upc="M-1")
    assert mug.texts.get(language="tr").title == "Kupa", "an empty cell changes nothing"
    assert (mug.stockrecords.get().price, mug.title) == (Decimal("99.00"), "Kupa")


def test_a_price_that_falls_by_a_file_keeps_to_the_thirty_days() -> None:
    bring(CEZVE)
    bring("sku,price\nC-1-S,300\n")
    assert StockRecord.objects.get(product__upc="C-1-S").price_before == Decimal("349.00")


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        (",,Ad,Name,,,,,,1.00,1,,", "sku", "empty"),
        ("X-1,,,,,,,,,1.00,1,,", "title", "needs a title"),
        ("X-1,,Ad,Name,,,,,,,1,,", "price", "needs a price"),
        ("X-1,,Ad,Name,,,,,,abc,1,,", "price", "no number"),
        ('X-1,,Ad,Name,,,,,,"1.234",1,,', "price", "two ways"),
        ("X-1,,Ad,Name,,,,,,1.00,-1,,", "stock", "no whole number from 0 up"),
        ("X-1,,Ad,Name,,,,,,1.00,1,0,", "weight_g", "nothing"),
        ("X-1,,Ad,Name,,,,,,1.00,1,,vielleicht", "public", "neither yes nor no"),
        ("X-1,,Ad,Name,,,,,nonsense,1.00,1,,", "facts_en", "no fact"),
        ("X-1,NONE,Ad,Name,,,,,,1.00,1,,", "parent_sku", "not known"),
        ("X-1,X-1,Ad,Name,,,,,,1.00,1,,", "parent_sku", "itself"),
        ("X-1,S-OLD,Ad,Name,,,,,,1.00,1,,", "parent_sku", "sold itself"),
        ("123,,Ad,Name,,,,,,1.00,1,,", "sku", "eat the zeros"),
        ("8.69E+12,,Ad,Name,,,,,,1.00,1,,", "sku", "made a number"),
        ("X-1,,Ad,Name,,,#99999,,,1.00,1,,", "categories", "no category"),
        ("S-OLD,,,,,,,,,,2,,", "stock", "3 are reserved"),
        (f"X-1,,Ad,{'x' * 256},,,,,,1.00,1,,", "title_en", "longer than 255"),
    ],
)
def test_a_refused_row_says_line_column_and_reason(row: str, field: str, reason: str) -> None:
    shelves.product("Old", sku="S-OLD", price="5.00", stock=5)
    StockRecord.objects.update(num_allocated=3)
    shelves.product("Zeros", sku="00123")
    before = everything()
    good = "G-1,,İyi,Good,,,,,,2.00,1,,\n"
    taken = check(HEADING + row + "\n" + good)
    assert counts(taken) == (1, 0, 0, 1)
    [(line, where, why)] = said(taken)[:1]
    assert (line, where) == (2, field) and reason in why
    assert everything() == before
    done = bring(HEADING + row + "\n" + good)
    assert (counts(done), [entry[:2] for entry in said(done)][:1]) == ((1, 0, 0, 1), [(2, field)])
    assert Product.objects.filter(upc="G-1").exists() and not Product.objects.filter(upc="X-1").exists()


def test_the_second_of_two_equal_skus_and_the_variants_of_a_refused_product_are_refused() -> None:
    rows = "A,,Ad,Name,,,,,,1.00,1,,\nA,,Ad,Name,,,,,,2.00,1,,\nB,,,,,,,,,,,,\nB-1,B,Ad,Name,,,,,,1.00,1,,\n"
    taken = bring(HEADING + rows)
    assert counts(taken) == (1, 0, 0, 3)
    assert [(line, field) for line, field, _reason in said(taken)] == [(3, "sku"), (4, "title"), (5, "parent_sku")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"PK\x03\x04\x00\x00binary", "no CSV"),
        (b"title_tr,price\nx,1\n", "sku"),
        (b"sku,sku\n1,2\n", "twice"),
        (b"sku,colour\n1,2\n", "colour"),
    ],
)
def test_a_file_that_is_no_table_is_refused_as_a_whole(content: bytes, reason: str) -> None:
    taken = check(content)
    assert taken.state == "broken" and reason in taken.error
    with pytest.raises(HasMoved):
        confirm_file(taken.pk, actor=ACTOR, now=timezone.now())


@pytest.mark.parametrize(
    "content",
    [
        "sku;title_tr;price\nT-1;Işıklı çini;1.234,50\n".encode("cp1254"),
        "\ufeffsku\ttitle_tr\tprice\nT-1\tIşıklı çini\t1234.50\n".encode(),
        "sku\ttitle_tr\tprice\nT-1\tIşıklı çini\t1234,50\n".encode("utf-16"),
        'sku,title_tr,price\r\nT-1,"Işıklı çini","1.234,50"\r\n'.encode(),
    ],
)
def test_spreadsheets_write_as_they_like(content: bytes) -> None:
    bring(content)
    product = Product.objects.get(upc="T-1")
    assert (product.title, product.slug) == ("Işıklı çini", "isikli-cini")
    assert product.stockrecords.get().price == Decimal("1234.50")


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    text = 'sku,title_tr,description_tr,price\nA,Ad,"one\ntwo\n\nfour",1\n\nB,Ad,x,abc\n'
    assert [line for line, _field, _reason in said(check(text))] == [7]


def test_pictures_come_out_of_a_zip_and_never_from_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = zipped(cup_png=picture(), broken_png=b"no picture", run_svg=b"<svg onload=alert(1)>")
    names = "https://cdn.example/a/cup.png?v=2|https://evil.example/x.png|broken.png|run.svg|../../etc/passwd"
    text = f"sku,title_tr,price,pictures\nP,Ad,1,{names}\n"
    taken = bring(text, pictures=archive)
    image = ProductImage.objects.get()
    assert image.original.name.startswith("images/products/imported/") and image.original.storage.exists(
        image.original.name
    )
    reasons = " ".join(reason for _line, _field, reason in said(taken))
    assert "not fetched from the network" in reasons and "no picture that we can open" in reasons
    assert (counts(taken), taken.problems.filter(is_refusal=True).count()) == ((1, 0, 0, 0), 0)
    assert counts(bring(text, pictures=archive)) == (0, 0, 1, 0)
    assert ProductImage.objects.count() == 1


def test_a_second_click_does_nothing() -> None:
    taken = check(CEZVE)
    confirm_file(taken.pk, actor=ACTOR, now=timezone.now())
    with pytest.raises(HasMoved):
        confirm_file(taken.pk, actor=ACTOR, now=timezone.now())
    run_file(taken.pk, now=timezone.now)
    with pytest.raises(HasMoved):
        drop_file(taken.pk, now=timezone.now())
    before = everything()
    run_file(taken.pk, now=timezone.now)
    check_file(taken.pk, now=timezone.now)
    assert everything() == before


def test_a_file_that_was_not_confirmed_is_not_written() -> None:
    taken = check(CEZVE)
    run_file(taken.pk, now=timezone.now)
    assert not Product.objects.exists()
    drop_file(taken.pk, now=timezone.now())
    run_file(taken.pk, now=timezone.now)
    assert not Product.objects.exists()


def test_writing_can_be_stopped_between_two_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "PORTION", 2)
    rows = "".join(f"R-{number},,Ad {number},Name,,,,,,1.00,1,,\n" for number in range(7))
    taken = check(HEADING + rows)
    confirm_file(taken.pk, actor=ACTOR, now=timezone.now())

    def stop(done: int, total: int) -> None:
        if done == 4:
            drop_file(taken.pk, now=timezone.now())

    run_file(taken.pk, now=timezone.now, progress=stop)
    taken.refresh_from_db()
    assert (taken.state, taken.done, Product.objects.count()) == ("dropped", 4, 4)


def test_a_late_second_look_does_not_disturb_the_writing() -> None:
    taken = check(CEZVE)
    late = CatalogueFile.objects.get(pk=taken.pk)
    confirm_file(taken.pk, actor=ACTOR, now=timezone.now())
    late.state = "uploaded"
    with late.file.open("rb") as file:
        jobs._look_through(late, file, Pictures(), timezone.now, lambda done, total: None)
    taken.refresh_from_db()
    assert (taken.state, taken.done) == ("running", 0)


def test_a_crash_between_two_portions_is_gone_on_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "PORTION", 2)
    rows = "".join(f"R-{number},,Ad {number},Name,,,,,,1.00,1,,\n" for number in range(7))
    taken = check(HEADING + rows)
    confirm_file(taken.pk, actor=ACTOR, now=timezone.now())

    class Killed(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done == 4:
            raise Killed

    with pytest.raises(Killed):
        run_file(taken.pk, now=timezone.now, progress=stop)
    taken.refresh_from_db()
    assert (taken.state, taken.done, Product.objects.count()) == ("running", 4, 4)
    assert due_files(now=timezone.now()) == []
    assert due_files(now=timezone.now() + jobs.STUCK * 2) == [taken]
    run_file(taken.pk, now=timezone.now)
    taken.refresh_from_db()
    assert (taken.state, counts(taken), Product.objects.count()) == ("done", (7, 0, 0, 0), 7)


def test_thousands_of_rows_ask_the_database_by_portions(django_assert_max_num_queries: Any) -> None:
    rows = "".join(f"R-{number},,Ad {number},Name {number},,,Mutfak,,,{number}.00,1,100,\n" for number in range(1, 401))
    taken = check(HEADING + rows)
    confirm_file(taken.pk, actor=ACTOR, now=timezone.now())
    with django_assert_max_num_queries(120):
        run_file(taken.pk, now=timezone.now)
    assert Product.objects.count() == 400


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_make_each_product_once() -> None:
    rows = "".join(f"R-{number},,Ad {number},Name,,,Mutfak > Kahve,,,1.00,1,,\n" for number in range(30))
    files = [check(HEADING + rows), check(HEADING + rows)]
    for taken in files:
        confirm_file(taken.pk, actor=ACTOR, now=timezone.now())
    again = take(HEADING + rows)
    jobs_of = [lambda pk=taken.pk: run_file(pk, now=timezone.now) for taken in (*files, files[0])]
    for answer in run_at_once(*jobs_of):
        assert not isinstance(answer, Exception), answer
    assert (Product.objects.count(), StockRecord.objects.count(), Category.objects.count()) == (30, 30, 2)
    for taken in files:
        taken.refresh_from_db()
        assert taken.state == "done"
    assert sum(taken.created for taken in files) == 30
    assert again.state == CatalogueFile.State.UPLOADED


@pytest.mark.django_db(transaction=True)
def test_orders_are_placed_while_a_file_is_written(now: Any) -> None:
    things = [shelves.product(f"Thing {number}", sku=f"T-{number}", price="100.00", stock=50) for number in range(4)]
    baskets = [fill(*((thing, 1) for thing in order)) for order in (things, things[::-1], things)]
    rows = "".join(f"T-{number},90.00,40\n" for number in (3, 1, 0, 2))
    taken = check(f"sku,price,stock\n{rows}")
    confirm_file(taken.pk, actor=ACTOR, now=timezone.now())

    def place(basket: Any) -> Any:
        return lambda: place_order(
            basket.pk, delivery=delivery(), expected_goods_total=None, user=None, visitor=None, language="en", now=now
        )

    answers = run_at_once(*map(place, baskets), lambda: run_file(taken.pk, now=timezone.now))
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    records = StockRecord.objects.values_list("price", "num_in_stock", "num_allocated", "price_before")
    assert set(records) == {(Decimal("90.00"), 40, 3, Decimal("100.00"))}
    totals = set(Order.objects.values_list("total_incl_tax", "shipping_incl_tax"))
    assert {total - delivered for total, delivered in totals} <= {Decimal("400.00"), Decimal("360.00")}


def test_the_commands(tmp_path: Path) -> None:
    file, out = tmp_path / "in.csv", io.StringIO()
    file.write_text(CEZVE + "BAD,,,,,,,,,1,1,,\n")
    call_command("import_products", str(file), "--dry-run", "--json", stdout=out)
    said_by = json.loads(out.getvalue())
    assert (said_by["written"], said_by["created"], said_by["refused"]) == (False, 4, 1)
    assert said_by["problems"][0]["line"] == 6
    assert not Product.objects.exists()
    call_command("import_products", str(file), stdout=out)
    assert Product.objects.count() == 4
    assert "line 6: refused: BAD title: a new product needs a title" in out.getvalue()
    call_command("export_products", str(tmp_path / "out.csv"), stdout=out)
    assert (tmp_path / "out.csv").read_text(encoding="utf-8-sig").count("\n") >= 5
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_products", str(tmp_path / "none.csv"))
    file.write_bytes(b"\x00")
    with pytest.raises(CommandError, match="Nothing was imported"):
        call_command("import_products", str(file))
