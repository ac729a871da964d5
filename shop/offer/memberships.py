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

from django.db import connection
from oscar.core.loading import get_model

# Each row is one entry of _Rules. By hand: each page with a basket asks it, and the ORM takes longer to put it together
# than Postgres to answer it.
RULES = """
SELECT range_id, 'included', product_id, NULL
FROM offer_rangeproduct WHERE range_id = ANY(%(ranges)s) AND product_id = ANY(%(products)s)
UNION ALL
SELECT range_id, 'excluded', product_id, NULL
FROM offer_range_excluded_products WHERE range_id = ANY(%(ranges)s) AND product_id = ANY(%(products)s)
UNION ALL
SELECT range_id, 'classes', productclass_id, NULL
FROM offer_range_classes WHERE range_id = ANY(%(ranges)s)
UNION ALL
SELECT range_id, 'categories', NULL, path
FROM offer_range_included_categories JOIN catalogue_category AS category ON category.id = category_id
WHERE range_id = ANY(%(ranges)s)
UNION ALL
SELECT range_id, 'not_categories', NULL, path
FROM offer_range_excluded_categories JOIN catalogue_category AS category ON category.id = category_id
WHERE range_id = ANY(%(ranges)s)
"""


@dataclass
class _Rules:
    """What stands in the tables about one range, as far as it touches the products in question."""

    included: set[int] = field(default_factory=set)
    excluded: set[int] = field(default_factory=set)
    classes: set[int] = field(default_factory=set)
    categories: set[str] = field(default_factory=set)
    not_categories: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Facts:
    """A product and what counts for it: itself and its parent, their classes, their categories' paths."""

    id: int
    family: frozenset[int]
    classes: frozenset[int]
    paths: tuple[str, ...]


def know_members(ranges: Iterable[Any], products: Sequence[Any]) -> None:
    """Let each range know which of the products it contains: two queries for any number of either.

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


def _is_below(paths: tuple[str, ...], tops: set[str]) -> bool:
    """Whether one of the categories is one of `tops` or below it: a path begins with the path of what is above."""
    return any(path.startswith(tuple(tops)) for path in paths)


def _rules_of(ranges: Iterable[Any], product_ids: set[int]) -> dict[int, _Rules]:
    rules: dict[int, _Rules] = defaultdict(_Rules)
    with connection.cursor() as cursor:
        cursor.execute(RULES, {"ranges": [entry.pk for entry in ranges], "products": [*product_ids]})
        for range_id, rule, key, path in cursor.fetchall():
            getattr(rules[range_id], rule).add(key or path)
    return rules


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
