"""The demo catalogue: shop/demo/catalogue/*.json → Oscar's products with our texts, prices, stock and pictures."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings

from shop.catalogue.editing import slug_of
from shop.models import CategoryText, ProductInterest, ProductText, ProductWeight
from shop.oscar import (
    Category,
    Partner,
    Product,
    ProductCategory,
    ProductClass,
    ProductImage,
    ProductRecommendation,
    StockRecord,
)
from shop.prices.history import reduce_price

FOLDER = Path(__file__).parent / "catalogue"
LANGUAGES = tuple(code for code, _ in settings.LANGUAGES)


@dataclass(frozen=True)
class CategoryContent:
    """One file: a category and its products, as written."""

    slug: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    products: list[dict[str, Any]]


def read_catalogue() -> list[CategoryContent]:
    contents = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))]
    return [CategoryContent(**content) for content in contents]


def variant_sku(product: Mapping[str, Any], value: Mapping[str, Any]) -> str:
    return f"{product['sku']}-{value['code']}"


def variant_picture(product: Mapping[str, Any], value: Mapping[str, Any]) -> str:
    """What a variant's picture is called; it has one if it says `colours`."""
    return f"{Path(product['picture']).stem}-{value['code']}.svg"


def ensure_catalogue(
    categories: list[CategoryContent], pictures: Mapping[str, str], *, now: datetime
) -> tuple[int, int]:
    """Add the products that are missing, with all that hangs on them; (products added, pictures added).

    `pictures` maps the name of a picture to its file in MEDIA.
    """
    known = set(Product.objects.filter(upc__in=_skus(categories)).values_list("upc", flat=True))
    added = 0
    for content in categories:
        missing = [product for product in content.products if product["sku"] not in known]
        if missing:
            category = _ensure_category(content, pictures)
            for product in missing:
                _add_product(product, category, now=now)
            added += len(missing)
    if added:
        _link_companions(categories)
    return added, _hang_pictures(categories, pictures)


def _skus(categories: list[CategoryContent]) -> list[str]:
    return [product["sku"] for content in categories for product in content.products]


def _ensure_category(content: CategoryContent, pictures: Mapping[str, str]) -> Any:
    category = Category.objects.filter(slug=content.slug, depth=1).first()
    if category is not None:
        return category
    image = pictures.get(content.products[0]["picture"], "")
    main = settings.LANGUAGE_CODE
    category = Category.objects.add_root(
        {"name": content.title[main], "slug": content.slug, "description": content.description[main], "image": image}
    )
    CategoryText.objects.bulk_create(
        CategoryText(
            category=category,
            language=code,
            title=content.title[code],
            slug=_slug_in(code, content.slug, content.title),
            description=content.description[code],
        )
        for code in LANGUAGES
    )
    return category


def _slug_in(language: str, written: str, title: Mapping[str, str]) -> str:
    """The catalogue's own slugs are English."""
    return written if language == "en" else slug_of(title[language])


def _add_product(content: Mapping[str, Any], category: Any, *, now: datetime) -> None:
    product_class, _ = ProductClass.objects.get_or_create(slug="goods", defaults={"name": "Goods"})
    main = settings.LANGUAGE_CODE
    options = content["options"]
    product = Product(
        structure=Product.PARENT if options else Product.STANDALONE,
        upc=content["sku"],
        title=content["title"][main],
        slug=content["slug"],
        description=content["description"][main],
        product_class=product_class,
        date_created=now,
    )
    Product.objects.bulk_create([product])
    ProductCategory.objects.create(product=product, category=category)
    ProductWeight.objects.create(product=product, grams=content["weight_g"])
    ProductInterest.objects.bulk_create(
        ProductInterest(product=product, interest=interest) for interest in content["interests"]
    )
    ProductText.objects.bulk_create(_text_of(product, content, code) for code in LANGUAGES)
    if options:
        for value in options["values"]:
            _add_variant(product, content, value, now=now)
    else:
        _add_stock(product, content, stock=content["stock"], price=content["price"], was=content["was"], now=now)


def _text_of(product: Any, content: Mapping[str, Any], language: str) -> ProductText:
    facts = [[fact["name"][language], fact["value"][language]] for fact in content["attributes"]]
    if content["brand"]:
        facts.insert(0, ["Marka" if language == "tr" else "Brand", content["brand"]])
    options = content["options"]
    return ProductText(
        product=product,
        language=language,
        title=content["title"][language],
        slug=_slug_in(language, content["slug"], content["title"]),
        description=content["description"][language],
        option_name=options["name"][language] if options else "",
        facts=facts,
    )


def _add_variant(parent: Any, content: Mapping[str, Any], value: Mapping[str, Any], *, now: datetime) -> None:
    variant = Product(
        structure=Product.CHILD,
        parent=parent,
        upc=variant_sku(content, value),
        title=f"{parent.title}, {value['title'][settings.LANGUAGE_CODE]}",
        slug=f"{content['slug']}-{value['code']}",
        date_created=now,
    )
    Product.objects.bulk_create([variant])
    ProductText.objects.bulk_create(
        ProductText(product=variant, language=code, title=title, slug=slug_of(title))
        for code, title in value["title"].items()
    )
    own_price = value["price"]
    was = content["was"] if own_price is None else None
    _add_stock(variant, content, stock=value["stock"], price=own_price or content["price"], was=was, now=now)


def _add_stock(
    product: Any, content: Mapping[str, Any], *, stock: int, price: str, was: str | None, now: datetime
) -> None:
    partner, _ = Partner.objects.get_or_create(code="esnaf", defaults={"name": settings.SHOP_NAME})
    record = StockRecord.objects.create(
        product=product,
        partner=partner,
        partner_sku=product.upc,
        price_currency="TRY",
        price=Decimal(was or price),
        vat_rate=Decimal(str(content["vat"])),
        num_in_stock=stock,
        num_allocated=0,
    )
    if was:
        reduce_price(
            record, to=Decimal(price), higher_since=now - timedelta(days=60), lower_since=now - timedelta(days=5)
        )


def _link_companions(categories: list[CategoryContent]) -> None:
    """`goes_with` becomes Oscar's recommendations, the first one the strongest."""
    ids = dict(Product.objects.filter(upc__in=_skus(categories)).values_list("upc", "pk"))
    ProductRecommendation.objects.bulk_create(
        [
            ProductRecommendation(
                primary_id=ids[product["sku"]], recommendation_id=ids[other], ranking=len(product["goes_with"]) - place
            )
            for content in categories
            for product in content.products
            for place, other in enumerate(product["goes_with"])
            if other in ids
        ],
        ignore_conflicts=True,
    )


def _hang_pictures(categories: list[CategoryContent], pictures: Mapping[str, str]) -> int:
    """A picture for each product and variant that has none; returns how many."""
    shown = {
        sku: (name, caption)
        for content in categories
        for product in content.products
        for sku, name, caption in _pictured(product)
        if name in pictures
    }
    bare = Product.objects.filter(upc__in=shown, images=None).values_list("upc", "pk")
    images = [
        ProductImage(product_id=id, original=pictures[shown[sku][0]], caption=shown[sku][1][:200], display_order=0)
        for sku, id in bare
    ]
    ProductImage.objects.bulk_create(images)
    for content in categories:
        first = pictures.get(content.products[0]["picture"])
        if images and first:
            Category.objects.filter(slug=content.slug, depth=1, image__in=("", None)).update(image=first)
    return len(images)


def _pictured(product: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """SKU, picture and caption of a product and its variants."""
    title = product["title"][settings.LANGUAGE_CODE]
    yield product["sku"], product["picture"], title
    for value in product["options"]["values"] if product["options"] else []:
        yield (
            variant_sku(product, value),
            variant_picture(product, value),
            f"{title}, {value['title'][settings.LANGUAGE_CODE]}",
        )
