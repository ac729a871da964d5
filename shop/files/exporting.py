"""The catalogue as our own CSV, which can be brought back and then changes nothing."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db.models import QuerySet

from shop.files.categories import Categories
from shop.files.own import COLUMNS, LANGUAGES
from shop.files.planning import BRAND
from shop.oscar import Product

BATCH = 500
# A spreadsheet reckons with what begins like this, or loses its zeros; a formula of others would run there.
_RECKONS = ("=", "+", "-", "@", "\t", "\r", "'")


def export_lines(
    products: QuerySet[Any] | None = None,
    *,
    for_spreadsheets: bool = False,
    progress: Callable[[int], None] = lambda count: None,
) -> Iterator[str]:
    """The lines of the file, its heading first; each product is followed by its variants.

    `products` None: all. Begins with a byte order mark, by which spreadsheets know UTF-8; `for_spreadsheets` writes
    semicolons and decimal commas, which those of most of Europe open by a double click.
    """
    writer = csv.writer(_Echo(), delimiter=";" if for_spreadsheets else ",")
    comma = "," if for_spreadsheets else "."
    yield "\ufeff" + writer.writerow(COLUMNS)
    categories = Categories()
    chosen = Product.objects.all() if products is None else products
    last, count = 0, 0
    while batch := _batch_after(chosen, last):
        for product in batch:
            yield writer.writerow(_row_of(product, None, categories, comma))
            for child in sorted(product.children.all(), key=lambda child: child.pk):
                if child.upc:
                    yield writer.writerow(_row_of(child, product, categories, comma))
            count += 1
        last = batch[-1].pk
        progress(count)


def _batch_after(products: QuerySet[Any], last: int) -> list[Any]:
    """By key, so that the ten-thousandth costs what the first did. What has no SKU cannot be told apart in a file."""
    related = ("texts", "stockrecords", "images", "categories")
    found = products.filter(pk__gt=last).exclude(structure=Product.CHILD).exclude(upc=None).exclude(upc="")
    return list(
        found.select_related("weight")
        .prefetch_related(*related, "children__texts", "children__stockrecords", "children__images", "children__weight")
        .order_by("pk")[:BATCH]
    )


def _row_of(product: Any, parent: Any, categories: Categories, comma: str) -> list[str]:
    texts = {text.language: text for text in product.texts.all()}
    record = min(product.stockrecords.all(), key=lambda record: record.pk, default=None)
    brand = "" if parent is not None else _brand_of(texts)
    weight = getattr(product, "weight", None)
    cells: dict[str, Any] = {
        "sku": product.upc,
        "parent_sku": parent.upc if parent is not None else "",
        "brand": brand,
        "public": "1" if product.is_public else "0",
        "weight_g": weight.grams if weight else "",
        "pictures": "\n".join(
            image.original.name
            for image in sorted(product.images.all(), key=lambda image: (image.display_order, image.pk))
        ),
    }
    if parent is None:
        cells["categories"] = "\n".join(
            sorted(categories.path_of(category.pk) for category in product.categories.all())
        )
    for language in LANGUAGES:
        text = texts.get(language)
        if text is None:
            continue
        facts = [fact for fact in text.facts if not (brand and fact[0] == BRAND[language])]
        cells[f"title_{language}"] = text.title
        cells[f"slug_{language}"] = text.slug
        cells[f"description_{language}"] = text.description
        cells[f"option_{language}"] = text.option_name
        cells[f"facts_{language}"] = _facts_cell(facts)
    if record is not None and product.structure != Product.PARENT:
        cells["price"] = "" if record.price is None else f"{record.price:.2f}".replace(".", comma)
        cells["currency"] = record.price_currency
        cells["vat_rate"] = f"{record.vat_rate:.2f}".replace(".", comma)
        cells["stock"] = "" if record.num_in_stock is None else record.num_in_stock
    return [safe_cell(str(cells.get(name, ""))) for name in COLUMNS]


def _brand_of(texts: dict[str, Any]) -> str:
    """The brand, where each language has it as the first of its facts; else it stays among them."""
    found = set()
    for language, text in texts.items():
        first = text.facts[0] if text.facts else ["", ""]
        others = [fact for fact in text.facts[1:] if fact[0] == BRAND.get(language)]
        found.add(first[1] if first[0] == BRAND.get(language) and not others else "")
    return str(found.pop()) if len(found) == 1 else ""


def _facts_cell(facts: Iterable[list[str]]) -> str:
    """A line each; as JSON where a name has a colon or a value a bar, which would be read as something else."""
    facts = list(facts)
    is_plain = all(":" not in name and not set(name + value) & set("|\n") and name and value for name, value in facts)
    if is_plain and not (facts and facts[0][0].startswith("[[")):
        return "\n".join(f"{name}: {value}" for name, value in facts)
    return json.dumps(facts, ensure_ascii=False)


def safe_cell(text: str) -> str:
    """With an apostrophe before what a spreadsheet would reckon with or shorten; reading.py takes it away again."""
    eats_zeros = text.isascii() and text.isdigit() and ((text[0] == "0" and len(text) > 1) or len(text) > 11)
    return f"'{text}" if text.startswith(_RECKONS) or eats_zeros else text


class _Echo:
    """csv.writer wants a file; its lines are wanted."""

    def write(self, line: str) -> str:
        return line
