"""Products of imported lines: one for each code that was sold or sent back, named as it was named most."""

import re
from typing import Any

from django.conf import settings
from django.db import connection

from shop.catalogue.editing import slug_of
from shop.models import CategoryText, ProductText
from shop.oscar import Category, Partner, Product, ProductCategory, ProductClass, StockRecord

PARTNER_CODE = "imported"
ROOT = ("imported", {"en": "Imported goods", "tr": "İçe aktarılan ürünler"})
# The first whose word is in the name.
CATEGORIES: tuple[tuple[str, dict[str, str], tuple[str, ...]], ...] = (
    ("imported-christmas", {"en": "Christmas", "tr": "Yılbaşı"}, ("CHRISTMAS", "ADVENT", "SANTA", "REINDEER", "XMAS")),
    ("imported-bags", {"en": "Bags", "tr": "Çantalar"}, ("BAG", "PURSE", "WALLET", "SHOPPER")),
    (
        "imported-lights",
        {"en": "Lights and candles", "tr": "Işık ve mum"},
        ("LIGHT", "CANDLE", "LANTERN", "LAMP", "HURRICANE"),
    ),
    (
        "imported-kitchen",
        {"en": "Kitchen and table", "tr": "Mutfak ve sofra"},
        (
            *("MUG", "CUP", "PLATE", "BOWL", "CAKE", "BAKING", "LUNCH", "JAR", "BOTTLE", "TEA", "COFFEE", "KITCHEN"),
            *("SPOON", "APRON", "NAPKIN", "JUG", "TIN", "EGG", "RECIPE", "BREAD", "TRAY"),
        ),
    ),
    (
        "imported-paper",
        {"en": "Paper and writing", "tr": "Kâğıt ve kalem"},
        ("CARD", "NOTEBOOK", "PENCIL", "PEN ", "WRAP", "PAPER", "RIBBON", "STICKER", "TAPE", "GIFT BOX"),
    ),
    (
        "imported-play",
        {"en": "Toys and games", "tr": "Oyuncak ve oyun"},
        ("TOY", "GAME", "DOLL", "PLAY", "SPACEBOY", "DOLLY GIRL", "SKIPPING", "JIGSAW", "PUPPET", "CHILDREN", "KIDS"),
    ),
    ("imported-jewellery", {"en": "Jewellery", "tr": "Takı"}, ("NECKLACE", "BRACELET", "EARRING", "RING", "BROOCH")),
    ("imported-garden", {"en": "Garden", "tr": "Bahçe"}, ("GARDEN", "PLANT", "FLOWER", "BIRD", "WATERING", "PARASOL")),
    ("imported-home", {"en": "Home", "tr": "Ev"}, ("",)),
)
SMALL_WORDS = {"of", "in", "on", "with", "and", "the", "for", "to", "a", "an", "or", "from", "by", "w"}

# A real name is written in capitals and used often; notes of the stockroom ("damaged?", "found") are neither.
_NAMES = """
SELECT DISTINCT ON (code) code, description FROM (
    SELECT code, description, count(*) AS uses FROM import_fresh
    WHERE treatment IN ('sale', 'return') AND description <> '' GROUP BY code, description
) named
ORDER BY code, (description = upper(description) AND description !~ '[?]') DESC, uses DESC, length(description) DESC,
    description
"""
_CODES = """
SELECT DISTINCT code FROM import_fresh WHERE treatment IN ('sale', 'return')
EXCEPT SELECT upc FROM catalogue_product WHERE upc IS NOT NULL
ORDER BY code
"""
_LATEST_PRICES = """
UPDATE partner_stockrecord record
SET price = latest.unit_price, date_updated = %(now)s
FROM (
    SELECT DISTINCT ON (code) code, nullif(round(unit_price, 2), 0) AS unit_price FROM shop_importedline
    WHERE treatment = 'sale' AND code IN (SELECT code FROM import_fresh WHERE treatment = 'sale')
    ORDER BY code, invoiced_at DESC, unit_price DESC
) latest
WHERE record.partner_id = %(partner)s AND record.partner_sku = latest.code
    AND record.price IS DISTINCT FROM latest.unit_price
"""


def make_products(*, currency: str) -> int:
    """Products for the codes of import_fresh that the shop does not have yet; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_CODES)
        codes = [code for (code,) in cursor.fetchall()]
        cursor.execute(_NAMES)
        names = dict(cursor.fetchall())
    if not codes:
        return 0
    products = _write_products(codes, names)
    _write_stock(products, currency)
    _put_into_categories(products, names)
    return len(products)


def follow_prices(*, now: Any) -> None:
    """The price of an imported product is that of its latest sale; under half a penny it is none."""
    partner = Partner.objects.filter(code=PARTNER_CODE).first()
    if partner is not None:
        with connection.cursor() as cursor:
            cursor.execute(_LATEST_PRICES, {"now": now, "partner": partner.pk})


def title_of(name: str) -> str:
    """ "SET OF 3 CAKE TINS" → "Set of 3 Cake Tins"."""
    words = [_capitalised(word) for word in name.split()]
    return " ".join(word.lower() if place and word.lower() in SMALL_WORDS else word for place, word in enumerate(words))


def _capitalised(word: str) -> str:
    return re.sub(r"[A-Za-z]+('[A-Za-z]+)?", lambda part: part[0].capitalize(), word) if word.isupper() else word


def _write_products(codes: list[str], names: dict[str, str]) -> list[Any]:
    # Their stock is not in the file: they are sold without counting.
    product_class, _ = ProductClass.objects.get_or_create(
        slug="imported", defaults={"name": "Imported", "track_stock": False}
    )
    titles = {code: title_of(names.get(code, "")) or code for code in codes}
    products = Product.objects.bulk_create(
        [
            Product(
                structure=Product.STANDALONE,
                upc=code,
                title=titles[code],
                slug=slug_of(titles[code]),
                product_class=product_class,
            )
            for code in codes
        ],
        batch_size=2000,
    )
    ProductText.objects.bulk_create(
        [
            ProductText(
                product=product,
                language="en",
                title=product.title,
                slug=product.slug,
            )
            for product in products
        ],
        batch_size=2000,
    )
    return products


def _write_stock(products: list[Any], currency: str) -> None:
    partner, _ = Partner.objects.get_or_create(code=PARTNER_CODE, defaults={"name": "Imported"})
    StockRecord.objects.bulk_create(
        [
            StockRecord(product=product, partner=partner, partner_sku=product.upc, price_currency=currency)
            for product in products
        ],
        batch_size=2000,
    )


def _put_into_categories(products: list[Any], names: dict[str, str]) -> None:
    root = _ensure_category(None, *ROOT)
    by_slug: dict[str, Any] = {}
    links = []
    for product in products:
        slug, title = _category_of(names.get(product.upc, ""))
        if slug not in by_slug:
            by_slug[slug] = _ensure_category(root, slug, title)
        links.append(ProductCategory(product=product, category=by_slug[slug]))
    ProductCategory.objects.bulk_create(links, batch_size=2000)


def _category_of(name: str) -> tuple[str, dict[str, str]]:
    name = f"{name.upper()} "
    slug, title, _ = next(category for category in CATEGORIES if any(word in name for word in category[2]))
    return slug, title


def _ensure_category(parent: Any, slug: str, title: dict[str, str]) -> Any:
    known = Category.objects.filter(slug=slug).first()
    if known is not None:
        return known
    fields = {"name": title[settings.LANGUAGE_CODE], "slug": slug}
    if parent is None:
        category = Category.objects.add_root(fields)
    else:
        parent.refresh_from_db()  # treebeard keeps the number of children in the parent's row
        category = Category.objects.add_child(parent, fields)
    CategoryText.objects.bulk_create(
        CategoryText(category=category, language=language, title=text, slug=slug_of(text))
        for language, text in title.items()
    )
    return category
