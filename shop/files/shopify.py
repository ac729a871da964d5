"""Shopify's product CSV: several rows a product (variants, more pictures), texts in one language, bodies in HTML.

Columns as exported until 2024 ("Handle", "Variant SKU") and since ("URL handle", "SKU"). Not taken over: tags, taxes,
markets, SEO, and the compare-at price, which proves nothing about what was charged (the 30-day rule).
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from shop.catalogue.editing import slug_of
from shop.files import cells
from shop.files.html import text_of_html
from shop.files.items import Item, Stated
from shop.files.reading import BrokenFile, Row, Sheet

# Ours → theirs, the older spelling first.
NAMES: dict[str, tuple[str, ...]] = {
    "handle": ("handle", "url handle"),
    "title": ("title",),
    "body": ("body (html)", "description"),
    "vendor": ("vendor",),
    "type": ("type",),
    "published": ("published", "published on online store"),
    "status": ("status",),
    "sku": ("variant sku", "sku"),
    "grams": ("variant grams", "weight value (grams)"),
    "stock": ("variant inventory qty", "inventory quantity"),
    "price": ("variant price", "price"),
    "compare": ("variant compare at price", "compare-at price"),
    "image": ("image src", "product image url"),
    "position": ("image position",),
    "variant_image": ("variant image", "variant image url"),
}
DEFAULT_VALUE = "default title"


def is_shopify(sheet: Sheet) -> bool:
    return bool({"handle", "url handle"} & set(sheet.columns)) and "title" in sheet.columns


def check_columns(sheet: Sheet) -> None:
    """:raises BrokenFile: if a column is missing without which nothing can be read"""
    if not is_shopify(sheet):
        raise BrokenFile(_("A Shopify file needs the columns Handle and Title."))


def read_items(rows: Iterable[Row], sheet: Sheet, *, language: str, currency: str) -> Iterator[Item]:
    """A product is the rows in a row with the same handle: one Item, or one and its variants'."""
    for together in _by_handle(rows):
        for item in _items_of(together, sheet, language):
            item.currency = currency if item.price is not None else None
            yield item


def _by_handle(rows: Iterable[Row]) -> Iterator[list[Row]]:
    together: list[Row] = []
    for row in rows:
        if together and _cell(row, "handle") != _cell(together[0], "handle"):
            yield together
            together = []
        together.append(row)
    if together:
        yield together


def _cell(row: Row, name: str) -> str:
    return next((row.cells[column] for column in NAMES[name] if row.cells.get(column)), "")


def _options(row: Row, part: str) -> list[str]:
    """ "Option1 Name"… as they stand; Shopify names them in the first row of a product only."""
    return [row.cells.get(f"option{number} {part}", "") for number in (1, 2, 3)]


def _items_of(rows: list[Row], sheet: Sheet, language: str) -> Iterator[Item]:
    first = rows[0]
    handle = _cell(first, "handle")
    variants = [row for row in rows if _cell(row, "price") or _cell(row, "sku") or any(_options(row, "value"))]
    is_single = len(variants) <= 1 and (
        not variants or _options(variants[0], "value")[0].lower() in ("", DEFAULT_VALUE)
    )
    product = Item(first.line, handle[:64])
    read = _Reader(product)
    if not handle:
        product.refuse("Handle", _("is empty"))
    product.words[language] = Stated(
        title=read("Title", _cell(first, "title"), cells.line_of, 255),
        slug=slug_of(handle) if handle else None,
        description=read("Body (HTML)", _cell(first, "body"), lambda text: cells.text_of(text_of_html(text))),
    )
    product.brand = read("Vendor", _cell(first, "vendor"), cells.line_of, 120)
    product.categories = read("Type", _cell(first, "type"), cells.paths_of)
    product.is_public = _is_public(first, read)
    pictures = sorted(
        (row for row in rows if _cell(row, "image")), key=lambda row: _whole(_cell(row, "position"), len(rows))
    )
    product.pictures = [_cell(row, "image") for row in pictures] or None
    if is_single:
        _read_variant(product, variants[0] if variants else first, sheet, read)
        product.sku = read("Variant SKU", _cell(first, "sku"), cells.sku_of) or product.sku
        yield product
        return
    names = [name for name in _options(first, "name") if name]
    product.words[language].option_name = read("Option1 Name", " / ".join(names), cells.line_of, 60)
    yield product
    for row in variants:
        yield _variant(row, product, sheet, language)


def _variant(row: Row, product: Item, sheet: Sheet, language: str) -> Item:
    values = [value for value in _options(row, "value") if value]
    sku = _cell(row, "sku") or f"{product.sku}-{slug_of(' '.join(values))}"
    variant = Item(row.line, sku[:64], parent_sku=product.sku)
    read = _Reader(variant)
    variant.sku = read("Variant SKU", sku, cells.sku_of) or variant.sku
    if not values:
        variant.refuse("Option1 Value", _("is empty"))
    variant.words[language] = Stated(title=read("Option1 Value", " / ".join(values), cells.line_of, 255))
    image = _cell(row, "variant_image")
    variant.pictures = [image] if image else None
    _read_variant(variant, row, sheet, read)
    return variant


def _read_variant(item: Item, row: Row, sheet: Sheet, read: "_Reader") -> None:
    numbers = {"has_decimal_commas": sheet.has_decimal_commas}
    item.price = read("Variant Price", _cell(row, "price"), cells.price_of, **numbers)
    grams = read("Variant Grams", _cell(row, "grams"), cells.number_of, **numbers)
    item.grams = int(grams.to_integral_value()) or None if grams is not None else None
    stock = _cell(row, "stock")
    if stock.startswith("-"):
        item.note("Variant Inventory Qty", _("%(stock)s was oversold there: 0 here") % {"stock": stock[:20]})
        stock = "0"
    item.stock = read("Variant Inventory Qty", stock, cells.whole_of)
    compare = read("Variant Compare At Price", _cell(row, "compare"), cells.amount_of, **numbers)
    if compare is not None and item.price is not None and compare > item.price:
        item.note(
            "Variant Compare At Price",
            _("is not taken over: what may be called reduced is what our own price history proves"),
        )


def _is_public(row: Row, read: "_Reader") -> bool | None:
    published = read("Published", _cell(row, "published"), cells.yes_or_no)
    status = _cell(row, "status").lower()
    if status and status != "active":
        return False
    return published if published is not None else (True if status else None)


def _whole(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else default


class _Reader:
    """Reads cells for an item and keeps what is wrong with them."""

    def __init__(self, item: Item) -> None:
        self.item = item

    def __call__(self, name: str, text: str, understand: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if not text:
            return None
        try:
            return understand(text, *args, **kwargs)
        except cells.BadCell as error:
            self.item.refuse(name, error)
            return None
