"""What a file's items would do to the catalogue as it stands: make, change, leave alone or refuse."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.formats import localize
from django.utils.translation import gettext as _

from crm import api as crm
from shop.catalogue.editing import LANGUAGES, slug_of
from shop.files.categories import Categories
from shop.files.items import Item
from shop.files.pictures import Pictures
from shop.oscar import Product
from shop.templatetags.money import money

BRAND = {"tr": "Marka", "en": "Brand"}
CREATED, CHANGED, SAME, REFUSED = "created", "changed", "same", "refused"


@dataclass(frozen=True)
class Change:
    """One thing that becomes another, as text for the preview."""

    field: str
    old: str
    new: str


@dataclass
class Plan:
    """What becomes of one item. `product` is None for a new one; `texts` are whole rows by language."""

    item: Item
    product: Any = None
    is_new: bool = False
    structure: str = ""
    parent: Any = None
    columns: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, dict[str, Any]] = field(default_factory=dict)
    stock: dict[str, Any] = field(default_factory=dict)
    grams: int | None = None
    category_paths: list[list[str]] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        if self.item.is_refused:
            return REFUSED
        if self.is_new:
            return CREATED
        return CHANGED if self.changes else SAME


@dataclass
class Outline:
    """What has to be known of a whole file before its rows are looked at one by one."""

    rows: int = 0
    parents: set[str] = field(default_factory=set)
    first_line: dict[str, int] = field(default_factory=dict)
    # Found on the way: what became of new products, for their variants.
    refused: set[str] = field(default_factory=set)
    announced: set[str] = field(default_factory=set)


def known_products(skus: Iterable[str]) -> dict[str, Any]:
    """Products by SKU with all that a file can say of them, in a handful of queries."""
    products = Product.objects.filter(upc__in=set(skus)).select_related("parent", "weight")
    return {
        product.upc: product
        for product in products.prefetch_related("texts", "stockrecords", "images", "categories").order_by("pk")
    }


def plan_items(
    items: Sequence[Item],
    outline: Outline,
    *,
    categories: Categories,
    pictures: Pictures,
    zeros: Mapping[str, str] | None = None,
) -> list[Plan]:
    """`zeros`: known SKUs with leading zeros, by what is left of them when a spreadsheet has eaten those."""
    known = known_products([item.sku for item in items] + [item.parent_sku for item in items if item.parent_sku])
    plans = []
    for item in items:
        product = known.get(item.sku)
        plan = Plan(item, product, is_new=product is None)
        _check_place(plan, outline, known, zeros or {})
        if not item.is_refused:
            _plan_columns(plan)
            _plan_texts(plan)
            _plan_stock(plan)
            _plan_rest(plan, categories, pictures)
        (outline.refused if item.is_refused else outline.announced).add(item.sku)
        plans.append(plan)
    return plans


def _check_place(plan: Plan, outline: Outline, known: Mapping[str, Any], zeros: Mapping[str, str]) -> None:
    item, product = plan.item, plan.product
    first = outline.first_line.get(item.sku, item.line)
    if item.sku and first != item.line:
        item.refuse("sku", _("stands in line %(line)d already") % {"line": first})
    if product is None and item.sku in zeros:
        item.refuse(
            "sku", _("is not known, but %(sku)s is: did a spreadsheet eat the zeros?") % {"sku": zeros[item.sku]}
        )
    plan.structure = product.structure if product else _structure_of(item, outline)
    if item.parent_sku:
        _check_parent(plan, outline, known)
    elif product is not None and product.is_child:
        plan.parent = product.parent
    if item.sku in outline.parents and plan.structure == Product.STANDALONE:
        if plan.product is not None and plan.product.stockrecords.all():
            item.refuse("sku", _("is sold itself: it cannot have variants as well"))
        else:
            plan.structure = Product.PARENT
    if plan.structure == Product.PARENT:
        for name, value in (("price", item.price), ("stock", item.stock)):
            if value is not None:
                item.refuse(name, _("belongs to the variants, not to the product that has them"))
    if plan.product is None and not item.is_refused:
        if not any(words.title for words in item.words.values()):
            item.refuse("title", _("a new product needs a title"))
        if plan.structure != Product.PARENT and item.price is None:
            item.refuse("price", _("a new product needs a price"))


def _structure_of(item: Item, outline: Outline) -> str:
    if item.parent_sku:
        return str(Product.CHILD)
    return str(Product.PARENT if item.sku in outline.parents else Product.STANDALONE)


def _check_parent(plan: Plan, outline: Outline, known: Mapping[str, Any]) -> None:
    item = plan.item
    plan.parent = known.get(item.parent_sku)
    if item.parent_sku == item.sku:
        item.refuse("parent_sku", _("is the product itself"))
    elif item.parent_sku in outline.refused:
        item.refuse("parent_sku", _("the product %(sku)s was refused") % {"sku": item.parent_sku})
    elif plan.product is not None and (not plan.product.is_child or plan.product.parent.upc != item.parent_sku):
        item.refuse("parent_sku", _("is not the product that this variant belongs to"))
    elif plan.parent is None and item.parent_sku not in outline.announced:
        item.refuse("parent_sku", _("is not known: put the product's row before those of its variants"))
    elif plan.parent is not None and plan.parent.is_child:
        item.refuse("parent_sku", _("is a variant itself"))
    elif plan.parent is not None and plan.parent.is_standalone and item.parent_sku not in outline.announced:
        item.refuse("parent_sku", _("is sold itself: it cannot have variants as well"))


def _plan_columns(plan: Plan) -> None:
    item, product = plan.item, plan.product
    if product is not None and product.structure != plan.structure:
        plan.columns["structure"] = plan.structure
    old = product.is_public if product else None
    if item.is_public is not None and item.is_public != old:
        plan.columns["is_public"] = item.is_public
        if product is not None:
            plan.changes.append(Change("is_public", _shown(old), _shown(item.is_public)))


def _plan_texts(plan: Plan) -> None:
    """The whole row of each language that is to be written."""
    item = plan.item
    known = {text.language: text for text in plan.product.texts.all()} if plan.product else {}
    for language in LANGUAGES:
        text, stated = known.get(language), item.words.get(language)
        old = {
            "title": text.title if text else "",
            "slug": text.slug if text else "",
            "description": text.description if text else "",
            "option_name": text.option_name if text else "",
            "facts": text.facts if text else [],
        }
        new = dict(old)
        for name in old:
            value = getattr(stated, name, None) if stated else None
            if value is not None and not _is_same(old[name], value):
                new[name] = value
        if plan.structure != Product.CHILD:
            new["facts"] = _with_brand(new["facts"], language, item.brand, old["facts"])
        if not new["title"]:
            if stated and (stated.description or stated.option_name or stated.facts):
                item.note(f"title_{language}", _("is missing: nothing else is written in this language"))
            continue
        new["slug"] = new["slug"] or slug_of(new["title"])
        if new != old:
            plan.texts[language] = new
            if plan.product is not None:
                plan.changes.extend(
                    Change(f"{name}_{language}", _shown(old[name]), _shown(new[name]))
                    for name in old
                    if new[name] != old[name]
                )


def _is_same(old: Any, stated: Any) -> bool:
    """A cell loses blanks at its ends: those are no change."""
    if isinstance(old, list):
        return [[crm.clean_line(str(part)) for part in fact] for fact in old] == stated
    return crm.clean_text(old) == stated or crm.clean_line(old) == stated


def _with_brand(facts: list[list[str]], language: str, brand: str | None, old: list[list[str]]) -> list[list[str]]:
    """The brand is the first of the facts; a file has it in a column of its own. Not stated, it stays what it was."""
    name = BRAND[language]
    if brand is None:
        known = [fact for fact in old if fact[0] == name]
        return facts if any(fact[0] == name for fact in facts) else [*known, *facts]
    others = [fact for fact in facts if fact[0] != name]
    new = [[name, brand], *others]
    return old if _is_same(old, new) else new


def _plan_stock(plan: Plan) -> None:
    item = plan.item
    if plan.structure == Product.PARENT:
        return
    record = (
        next(iter(sorted(plan.product.stockrecords.all(), key=lambda record: record.pk)), None)
        if plan.product
        else None
    )
    stated = {
        "price": item.price,
        "price_currency": item.currency,
        "vat_rate": item.vat_rate,
        "num_in_stock": item.stock,
    }
    if record is None:
        if item.price is None:
            return
        plan.stock = {
            "price": item.price,
            "price_currency": item.currency or settings.OSCAR_DEFAULT_CURRENCY,
            "vat_rate": item.vat_rate if item.vat_rate is not None else Decimal("20"),
            "num_in_stock": item.stock or 0,
        }
        if plan.product is not None:
            plan.changes.append(Change("price", "", money(item.price, plan.stock["price_currency"])))
        return
    for name, value in stated.items():
        old = getattr(record, name)
        if value is not None and value != old:
            plan.stock[name] = value
            if name == "price":
                currency = item.currency or record.price_currency
                plan.changes.append(Change(name, money(old, record.price_currency), money(item.price, currency)))
            else:
                plan.changes.append(Change(name, _shown(old), _shown(value)))
    reserved = record.num_allocated or 0
    if plan.stock.get("num_in_stock", reserved) < reserved:
        item.refuse("stock", _("%(count)d are reserved for orders: there cannot be fewer") % {"count": reserved})


def _plan_rest(plan: Plan, categories: Categories, pictures: Pictures) -> None:
    item, product = plan.item, plan.product
    weight = getattr(product, "weight", None) if product else None
    if item.grams is not None and item.grams != (weight.grams if weight else None):
        plan.grams = item.grams
        if product is not None:
            plan.changes.append(Change("weight_g", _shown(weight.grams if weight else None), _shown(item.grams)))
    if item.categories and plan.structure != Product.CHILD:
        has = {category.pk for category in product.categories.all()} if product else set()
        ids = [categories.find(path) for path in item.categories]
        if any(path[0].startswith("#") and id is None for path, id in zip(item.categories, ids, strict=True)):
            item.refuse("categories", _("there is no category with that number"))
        if None in ids or set(ids) != has:
            plan.category_paths = item.categories
            if product is not None:
                old = sorted(categories.name_of(id) for id in has)
                plan.changes.append(Change("categories", ", ".join(old), ", ".join(map(" > ".join, item.categories))))
    if item.pictures:
        has_pictures = [image.original.name for image in product.images.all()] if product else []
        for name in item.pictures:
            stored = pictures.find(name)
            if stored is None:
                item.note("pictures", pictures.why_not(name))
            elif stored not in has_pictures:
                plan.pictures.append(name)
        if plan.pictures and product is not None:
            plan.changes.append(Change("pictures", str(len(has_pictures)), f"+{len(plan.pictures)}"))


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return localize(value.normalize() + 0)
    if isinstance(value, list):
        return "; ".join(f"{name}: {text}" for name, text in value)[:200]
    return str(value)[:200]
