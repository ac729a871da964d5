"""Which products are in which ranges: for all of a basket's products and all of its offers at once.

Says what Oscar's `Range.product_queryset` says, one product at a time:

- a range of all products leaves out what is excluded by name, and what is itself, or has a parent, in or below an
  excluded category;
- another range has what is included by name, by class, or by a category in or above its own; a parent brings its
  variants along. What is excluded by name, or has an excluded parent, is out. Excluded categories do not count there.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet, Value
from oscar.core.loading import get_model

INCLUDED, EXCLUDED, OF_CLASS, IN_CATEGORY, NOT_IN_CATEGORY = range(5)


@dataclass
class _Rules:
    """What stands in the tables about one range, as far as it touches the products in question."""

    included: set[int] = field(default_factory=set)
    excluded: set[int] = field(default_factory=set)
    classes: set[int] = field(default_factory=set)
    categories: tuple[str, ...] = ()
    not_categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Facts:
    """A product and what counts for it: itself and its parent, their classes, their categories' paths."""

    id: int
    family: frozenset[int]
    classes: frozenset[int]
    paths: tuple[str, ...]


def know_members(ranges: Iterable[Any], products: Sequence[Any]) -> None:
    """Let each range know which of the products it contains: three queries for any number of either.

    `products` come with their parents. A range with a class of its own decides for itself.
    """
    plain = {entry.pk: entry for entry in ranges if not entry.proxy_class}
    if not plain or not products:
        return
    asked = frozenset(product.pk for product in products)
    families = {product.pk: frozenset(filter(None, (product.pk, product.parent_id))) for product in products}
    rules = _rules_of(plain.values(), set().union(*families.values()))
    facts = _facts_of(
        products, families, with_paths=any(rule.categories or rule.not_categories for rule in rules.values())
    )
    for range_id, entry in plain.items():
        has = _has_of_all if entry.includes_all_products else _has_of_some
        entry.know_members(frozenset(fact.id for fact in facts if has(rules[range_id], fact)), among=asked)


def _has_of_all(rules: _Rules, product: _Facts) -> bool:
    return product.id not in rules.excluded and not _is_below(product.paths, rules.not_categories)


def _has_of_some(rules: _Rules, product: _Facts) -> bool:
    is_included = (
        product.family & rules.included or product.classes & rules.classes or _is_below(product.paths, rules.categories)
    )
    return bool(is_included) and not product.family & rules.excluded


def _is_below(paths: tuple[str, ...], tops: tuple[str, ...]) -> bool:
    """Whether one of the categories is one of `tops` or below it: a path begins with the path of what is above."""
    return any(path.startswith(tops) for path in paths)


def _rules_of(ranges: Iterable[Any], product_ids: set[int]) -> dict[int, _Rules]:
    range_model = get_model("offer", "Range")
    rules: dict[int, _Rules] = defaultdict(_Rules)
    ids = [entry.pk for entry in ranges]
    tables = range_model.included_products.through, range_model.excluded_products.through, range_model.classes.through
    rows: QuerySet[Any] = _pairs(
        tables[0].objects.filter(range__in=ids, product__in=product_ids), "product_id", INCLUDED
    ).union(
        _pairs(tables[1].objects.filter(range__in=ids, product__in=product_ids), "product_id", EXCLUDED),
        _pairs(tables[2].objects.filter(range__in=ids), "productclass_id", OF_CLASS),
        all=True,
    )
    for range_id, other_id, kind in rows:
        found = rules[range_id]
        {INCLUDED: found.included, EXCLUDED: found.excluded, OF_CLASS: found.classes}[kind].add(other_id)
    inside, outside = range_model.included_categories.through, range_model.excluded_categories.through
    paths = _pairs(inside.objects.filter(range__in=ids), "category__path", IN_CATEGORY).union(
        _pairs(outside.objects.filter(range__in=ids), "category__path", NOT_IN_CATEGORY), all=True
    )
    for range_id, path, kind in paths:
        found = rules[range_id]
        if kind == IN_CATEGORY:
            found.categories += (path,)
        else:
            found.not_categories += (path,)
    return rules


def _pairs(rows: QuerySet[Any], column: str, kind: int) -> QuerySet[Any]:
    return rows.order_by().values_list("range_id", column, Value(kind))


def _facts_of(products: Sequence[Any], families: dict[int, frozenset[int]], *, with_paths: bool) -> list[_Facts]:
    paths: dict[int, list[str]] = defaultdict(list)
    if with_paths:
        ids = set().union(*families.values())
        rows = (
            get_model("catalogue", "ProductCategory")
            .objects.filter(product__in=ids)
            .order_by()
            .values_list("product_id", "category__path")
        )
        for product_id, path in rows:
            paths[product_id].append(path)
    return [
        _Facts(
            id=product.pk,
            family=families[product.pk],
            classes=frozenset(filter(None, (product.product_class_id, _class_of_parent(product)))),
            paths=tuple(path for member in families[product.pk] for path in paths[member]),
        )
        for product in products
    ]


def _class_of_parent(product: Any) -> int | None:
    return product.parent.product_class_id if product.parent_id else None
