"""Writing planned items: each kind of row at once, stock records locked in the order of their keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from shop.catalogue.editing import LANGUAGES, slug_of
from shop.files.categories import Categories
from shop.files.pictures import Pictures
from shop.files.planning import CHANGED, CREATED, Plan
from shop.models import ProductText, ProductWeight
from shop.oscar import Partner, Product, ProductCategory, ProductClass, ProductImage, StockRecord

PARTNER = "esnaf"


def lock_records(skus: Sequence[str]) -> None:
    """The stock records of these products, as everywhere in the order of their keys, then the products; before they
    are planned: what is compared is what is written over."""
    records = StockRecord.objects.filter(product__upc__in=skus).order_by("pk")
    list(records.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    products = Product.objects.filter(upc__in=skus).order_by("pk")
    list(products.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


def write_plans(
    plans: Sequence[Plan], *, categories: Categories, pictures: Pictures, language: str, now: datetime
) -> None:
    """In the caller's transaction; what was refused or is as it was is left out."""
    wanted = [plan for plan in plans if plan.outcome in (CREATED, CHANGED)]
    if not wanted:
        return
    _write_products(wanted, now)
    _write_texts(wanted)
    _write_stock(wanted, now)
    ProductWeight.objects.bulk_create(
        [ProductWeight(product=plan.product, grams=plan.grams) for plan in wanted if plan.grams is not None],
        update_conflicts=True,
        unique_fields=["product"],
        update_fields=["grams"],
    )
    _write_categories(wanted, categories, language)
    _write_pictures(wanted, pictures)


def _write_products(plans: list[Plan], now: datetime) -> None:
    goods, _made = ProductClass.objects.get_or_create(slug="goods", defaults={"name": "Goods"})
    by_sku = {plan.item.sku: plan for plan in plans}
    # Parents first: their variants need their keys.
    for is_child in (False, True):
        new = [plan for plan in plans if plan.is_new and (plan.structure == Product.CHILD) is is_child]
        for plan in new:
            if is_child and plan.parent is None:
                plan.parent = by_sku[plan.item.parent_sku].product
            plan.product = _new_product(plan, goods)
        Product.objects.bulk_create([plan.product for plan in new], batch_size=500)
    known = [plan for plan in plans if not plan.is_new and (plan.columns or plan.texts)]
    for plan in known:
        for name, value in plan.columns.items():
            setattr(plan.product, name, value)
        title, description = _main_words(plan)
        if title:
            plan.product.title = _oscar_title(plan, title)
        if description is not None:
            plan.product.description = description
        plan.product.date_updated = now
    fields = ["structure", "is_public", "title", "description", "date_updated"]
    Product.objects.bulk_update([plan.product for plan in known], fields, batch_size=200)


def _new_product(plan: Plan, goods: Any) -> Any:
    title, description = _main_words(plan)
    is_child = plan.structure == Product.CHILD
    title = _oscar_title(plan, title or plan.item.sku)
    return Product(
        structure=plan.structure,
        upc=plan.item.sku,
        parent=plan.parent if is_child else None,
        product_class=None if is_child else goods,
        title=title,
        slug=slug_of(title),
        description=description or "",
        is_public=plan.columns.get("is_public", True),
    )


def _main_words(plan: Plan) -> tuple[str | None, str | None]:
    """What becomes Oscar's own title and description: those of the first language that the product has."""
    first = settings.LANGUAGE_CODE
    has_first = plan.product is not None and any(text.language == first for text in plan.product.texts.all())
    order = [first] if has_first else [first, *(code for code in LANGUAGES if code != first)]
    text = next((plan.texts[code] for code in order if code in plan.texts), None)
    return (text["title"], text["description"]) if text else (None, None)


def _oscar_title(plan: Plan, title: str) -> str:
    return f"{plan.parent.title}, {title}"[:255] if plan.structure == Product.CHILD else title


def _write_texts(plans: list[Plan]) -> None:
    ProductText.objects.bulk_create(
        [
            ProductText(product=plan.product, language=language, **fields)
            for plan in plans
            for language, fields in plan.texts.items()
        ],
        update_conflicts=True,
        unique_fields=["product", "language"],
        update_fields=["title", "slug", "description", "option_name", "facts"],
        batch_size=500,
    )


def _write_stock(plans: list[Plan], now: datetime) -> None:
    """The price before is the database's business (shop/prices/rule.py)."""
    partner, _made = Partner.objects.get_or_create(code=PARTNER, defaults={"name": settings.SHOP_NAME})
    new, known = [], []
    for plan in plans:
        if not plan.stock:
            continue
        records = (
            [] if plan.outcome == CREATED else sorted(plan.product.stockrecords.all(), key=lambda record: record.pk)
        )
        if not records:
            new.append(StockRecord(product=plan.product, partner=partner, partner_sku=plan.item.sku, **plan.stock))
            continue
        for name, value in plan.stock.items():
            setattr(records[0], name, value)
        records[0].date_updated = now
        known.append(records[0])
    StockRecord.objects.bulk_create(new, batch_size=500)
    known.sort(key=lambda record: record.pk)
    fields = ["price", "price_currency", "vat_rate", "num_in_stock", "date_updated"]
    StockRecord.objects.bulk_update(known, fields, batch_size=200)


def _write_categories(plans: list[Plan], categories: Categories, language: str) -> None:
    """Where a file names categories, the product is in those and no others."""
    gone, links = [], []
    for plan in plans:
        if not plan.category_paths:
            continue
        wanted = {categories.ensure(path, language=language) for path in plan.category_paths}
        if not plan.is_new:
            gone.append(plan.product.pk)
        links += [ProductCategory(product=plan.product, category_id=category_id) for category_id in sorted(wanted)]
    ProductCategory.objects.filter(product__in=gone).delete()
    ProductCategory.objects.bulk_create(links, batch_size=500)


def _write_pictures(plans: list[Plan], pictures: Pictures) -> None:
    """Added behind those that are there; a file takes none away."""
    images = []
    for plan in plans:
        if not plan.pictures:
            continue
        start = 0 if plan.outcome == CREATED else len(plan.product.images.all())
        for place, name in enumerate(plan.pictures, start=start):
            images.append(
                ProductImage(
                    product=plan.product,
                    original=pictures.store(name),
                    caption=plan.product.title[:200],
                    display_order=place,
                )
            )
    ProductImage.objects.bulk_create(images, batch_size=500)
