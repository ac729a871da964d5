"""Shopify's product CSV: several rows a product, bodies in HTML, prices that prove nothing."""

from decimal import Decimal
from typing import Any

import pytest

from shop.files.html import text_of_html
from shop.oscar import Product, StockRecord
from tests.shop.cataloguefiles import bring, check, counts, picture, said, zipped

pytestmark = pytest.mark.django_db

HEADING = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,"
    "Option3 Name,Option3 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,"
    "Variant Compare At Price,Image Src,Image Position,Status\n"
)
SHIRT = (
    HEADING
    + 'shirt,Linen shirt,"<p>Soft &amp; <b>light</b>.</p><ul><li>One</li><li>Two</li></ul><script>alert(1)</script>",'
    'Mekik,Clothes,"a, b",TRUE,Size,S,Colour,Red,,,SH-S-R,200.0,5,400.00,500.00,https://cdn.example/2.png,2,active\n'
    + "shirt,,,,,,,,M,,Red,,,SH-M-R,210,-2,410.00,,https://cdn.example/1.png,1,\n"
    + "shirt,,,,,,,,,,,,,,,,,,https://cdn.example/3.png,3,\n"
    + "mug,Mug,Plain text,,,,FALSE,Title,Default Title,,,,,MUG,300,9,99.90,,,,active\n"
    + "draft,Draft,,,,,TRUE,Title,Default Title,,,,,DR,1,1,1.00,,,,draft\n"
)


@pytest.fixture(autouse=True)
def _own_media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def test_variants_options_bodies_and_pictures() -> None:
    archive = zipped(**{"1_png": picture("red"), "2_png": picture("blue"), "3_png": picture("green")})
    taken = bring(SHIRT, pictures=archive)
    assert (taken.form, counts(taken)) == ("shopify", (5, 0, 0, 0))
    shirt = Product.objects.get(upc="shirt")
    text = shirt.texts.get()
    assert (text.language, text.title, text.option_name) == ("en", "Linen shirt", "Size / Colour")
    assert text.description == "Soft & light.\n• One\n• Two"
    assert text.facts == [["Brand", "Mekik"]]
    assert [category.name for category in shirt.categories.all()] == ["Clothes"]
    small, medium = shirt.children.order_by("pk")
    assert (small.upc, small.texts.get().title, small.weight.grams) == ("SH-S-R", "S / Red", 200)
    assert medium.stockrecords.get().num_in_stock == 0
    names = list(shirt.images.order_by("display_order").values_list("original", flat=True))
    assert len(set(names)) == 3
    assert text.slug == "shirt", "the handle, in the language of the file"
    assert {product.upc for product in Product.objects.filter(is_public=False)} == {"MUG", "DR"}
    assert counts(bring(SHIRT, pictures=archive)) == (0, 0, 5, 0)


def test_a_compare_at_price_proves_nothing() -> None:
    taken = bring(SHIRT)
    record = StockRecord.objects.get(product__upc="SH-S-R")
    assert (record.price, record.price_before) == (Decimal("400.00"), None)
    assert (2, "Variant Compare At Price") in [entry[:2] for entry in said(taken)]
    assert taken.refused == 0


def test_without_a_zip_the_pictures_are_told_of_and_the_rest_is_written() -> None:
    taken = bring(SHIRT)
    assert next(reason for _line, field, reason in said(taken) if field == "pictures").count("not fetched") == 1
    assert counts(taken) == (5, 0, 0, 0)


def test_the_columns_of_today_are_understood_too() -> None:
    text = (
        "Title,URL handle,Description,Vendor,Published on online store,Status,SKU,Option1 name,Option1 value,Price,"
        "Compare-at price,Inventory quantity,Weight value (grams),Product image URL,Image position\n"
        "Mug,mug,<p>Hi</p>,,true,active,MUG,,,12.50,,4,310,,\n"
    )
    assert counts(bring(text, language="tr")) == (1, 0, 0, 0)
    mug = Product.objects.get(upc="MUG")
    assert (mug.texts.get().language, mug.texts.get().description, mug.weight.grams) == ("tr", "Hi", 310)


def test_bad_rows_have_their_own_lines() -> None:
    text = HEADING + (
        "a,,x,,,,,Title,Default Title,,,,,A,1,1,1.00,,,,\n"
        "b,Bowl,x,,,,,Size,S,,,,,B-S,1,1,abc,,,,\n"
        "b,,,,,,,,M,,,,,B-M,1,1,5.00,,,,\n"
    )
    taken = check(text)
    assert counts(taken) == (2, 0, 0, 2)
    assert [entry[:2] for entry in said(taken)] == [(2, "title"), (3, "Variant Price"), (3, "price")][
        : len(said(taken))
    ]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("<div>a</div><div>b<br>c</div>", "a\n\nb\nc"),
        ("x <img src=x onerror=alert(1)> y", "x y"),
        ("<style>p{}</style>1 &lt; 2", "1 < 2"),
        ("<p>open <b>tags", "open tags"),
        ("<<script>alert(1)</script>", "<"),
    ],
)
def test_html_becomes_text(html: str, text: str) -> None:
    assert text_of_html(html) == text
