"""Our own CSV: a row for each product and each variant, both languages side by side. An empty cell changes nothing."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from shop.catalogue.editing import slug_of
from shop.files import cells
from shop.files.items import Item, Stated
from shop.files.reading import BrokenFile, Row, Sheet
from shop.shipping.options import CURRENCIES

LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
COLUMNS = (
    *("sku", "parent_sku"),
    *(f"{part}_{language}" for part in ("title", "slug", "description", "option", "facts") for language in LANGUAGES),
    *("brand", "categories", "price", "currency", "vat_rate", "stock", "weight_g", "public", "pictures"),
)


def check_columns(sheet: Sheet) -> None:
    """:raises BrokenFile: if a column is none of ours, or the SKU is missing"""
    unknown = [name for name in sheet.columns if name and name not in COLUMNS]
    if "sku" not in sheet.columns or unknown:
        text = _("Not known: %(unknown)s. The first line may name these columns, “sku” among them: %(known)s.")
        raise BrokenFile(text % {"unknown": ", ".join(unknown)[:300] or "–", "known": ", ".join(COLUMNS)})


def read_items(rows: Iterable[Row], sheet: Sheet) -> Iterator[Item]:
    for row in rows:
        yield _item_of(row, sheet)


def _item_of(row: Row, sheet: Sheet) -> Item:
    item = Item(row.line, row.cells.get("sku", "")[:64])

    def cell(name: str, understand: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        text = row.cells.get(name, "")
        if not text:
            return None
        try:
            return understand(text, *args, **kwargs)
        except cells.BadCell as error:
            item.refuse(name, error)
            return None

    numbers = {"has_decimal_commas": sheet.has_decimal_commas}
    item.sku = cell("sku", cells.sku_of) or item.sku
    if not item.sku:
        item.refuse("sku", _("is empty"))
    item.parent_sku = cell("parent_sku", cells.sku_of) or ""
    for language in LANGUAGES:
        item.words[language] = Stated(
            title=cell(f"title_{language}", cells.line_of, 255),
            slug=cell(f"slug_{language}", lambda text: slug_of(cells.line_of(text, 255))),
            description=cell(f"description_{language}", cells.text_of),
            option_name=cell(f"option_{language}", cells.line_of, 60),
            facts=cell(f"facts_{language}", cells.facts_of),
        )
    item.brand = cell("brand", cells.line_of, 120)
    item.categories = cell("categories", cells.paths_of)
    item.price = cell("price", cells.price_of, **numbers)
    item.currency = cell("currency", cells.line_of, 12)
    if item.currency is not None and item.currency not in CURRENCIES:
        item.refuse("currency", _("is none of %(known)s") % {"known": ", ".join(CURRENCIES)})
    item.vat_rate = cell("vat_rate", cells.number_of, **numbers)
    if item.vat_rate is not None and item.vat_rate > 100:
        item.refuse("vat_rate", _("is more than 100"))
    item.stock = cell("stock", cells.whole_of)
    item.grams = cell("weight_g", cells.whole_of)
    if item.grams == 0:
        item.refuse("weight_g", _("is nothing"))
    item.is_public = cell("public", cells.yes_or_no)
    item.pictures = cell("pictures", cells.names_of)
    return item
