"""Products with variants, departments and reductions, for tests of the shop window."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone, translation

from shop.catalogue.editing import slug_of
from shop.catalogue.offers import looks_of
from shop.index.refresh import refresh_index
from shop.models import CategoryText, ProductText
from shop.oscar import Category, Partner, Product, ProductCategory, ProductClass, StockRecord
from shop.prices.history import reduce_price


def address(product: Any, *, language: str = "en") -> str:
    """Where its page is in that language."""
    with translation.override(language):
        return looks_of([product.pk], language)[product.pk].url


def department(english: str, turkish: str, *products: Any) -> Any:
    category = Category.objects.add_root({"name": english, "slug": english.lower().replace(" ", "-")})
    for language, title in (("en", english), ("tr", turkish)):
        CategoryText.objects.create(category=category, language=language, title=title, slug=slug_of(title))
    for product in products:
        ProductCategory.objects.create(product=product, category=category)
    return category


def product(
    english: str,
    turkish: str = "",
    *,
    price: str | None = "100.00",
    before: str | None = None,
    stock: int = 5,
    variants: dict[str, int] | None = None,
    facts: list[list[str]] | None = None,
    sku: str = "",
) -> Any:
    """`variants` are titles with their stock; without them the product is bought itself."""
    kind = ProductClass.objects.get_or_create(name="Goods")[0]
    made = Product.objects.create(
        product_class=kind,
        structure=Product.PARENT if variants else Product.STANDALONE,
        title=english,
        slug=english.lower().replace(" ", "-"),
        upc=sku or f"S-{Product.objects.count() + 1:05}",
    )
    for language, title in (("en", english), ("tr", turkish)):
        if title:
            ProductText.objects.create(
                product=made,
                language=language,
                title=title,
                slug=slug_of(title),
                description="First.\n\nSecond.",
                facts=facts or [],
                option_name="Colour" if variants else "",
            )
    for title, pieces in (variants or {}).items():
        child = Product.objects.create(structure=Product.CHILD, parent=made, title=title, slug=title.lower())
        ProductText.objects.create(product=child, language="en", title=title, slug=slug_of(title))
        _stock(child, price, before, pieces)
    if not variants and price:
        _stock(made, price, before, stock)
    return made


def _stock(product: Any, price: str | None, before: str | None, pieces: int) -> None:
    now = timezone.now()
    record = StockRecord.objects.create(
        product=product,
        partner=Partner.objects.get_or_create(code="house", defaults={"name": "House"})[0],
        partner_sku=f"sku-{product.pk}",
        price=Decimal(before or price or "1"),
        price_currency="TRY",
        num_in_stock=pieces,
    )
    if before:
        reduce_price(
            record, to=Decimal(price or "1"), higher_since=now - timedelta(days=60), lower_since=now - timedelta(days=5)
        )


def many_products(count: int) -> list[Any]:
    """Like an import: English titles only, no pictures, no facts."""
    kind = ProductClass.objects.get_or_create(name="Goods")[0]
    partner = Partner.objects.get_or_create(code="house", defaults={"name": "House"})[0]
    made = Product.objects.bulk_create(
        Product(product_class=kind, title=f"THING NUMBER {n}", slug=f"thing-{n}", upc=f"M-{n}") for n in range(count)
    )
    ProductText.objects.bulk_create(
        ProductText(product=entry, language="en", title=entry.title, slug=entry.slug) for entry in made
    )
    StockRecord.objects.bulk_create(
        StockRecord(product=entry, partner=partner, partner_sku=entry.upc, price=Decimal(n + 1), num_in_stock=n % 3)
        for n, entry in enumerate(made)
    )
    refresh_index()
    # As autovacuum does a moment after an import.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalogue_product, shop_producttext, partner_stockrecord, shop_listedproduct")
    return made
