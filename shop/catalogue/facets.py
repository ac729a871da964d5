"""What a listing can be narrowed by, and how many products each choice would show.

A choice is counted with all that was chosen elsewhere, but not in its own facet: "Brand: Tokmakçı (3)" beside a ticked
other brand says what ticking it too would add. One query for all of them.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from django.db import connection
from psycopg2.sql import SQL, Composable, Literal

from crm import api as crm
from shop.catalogue.wishes import RATINGS, Wish
from shop.index.rows import BETWEEN

EVERYTHING = 0  # the category of the whole shop
# Bounds of the price ranges that are offered; each is the first of the next.
PRICES = (0, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000)
MOST_FACTS = 5
SEEN_AT_ONCE = 6
# So that a shop of thousands of brands has no page of thousands of boxes: those of the fewest products are left out.
MOST_VALUES = 60


@dataclass(frozen=True)
class Choice:
    """`value` as it stands in the address, `label` as it is shown."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class PriceRange:
    """From `lowest` to less than `highest`; None: no end. `value` as it stands in the address."""

    lowest: int
    highest: int | None
    count: int
    is_chosen: bool

    @property
    def value(self) -> str:
        return f"{self.lowest}-{'' if self.highest is None else self.highest}"


@dataclass(frozen=True)
class Facet:
    """`choices` by how many products they have; the `first` are seen at once, the `rest` when it is asked for."""

    name: str
    choices: list[Choice]

    @property
    def first(self) -> list[Choice]:
        return self.choices[: self._seen]

    @property
    def rest(self) -> list[Choice]:
        return self.choices[self._seen :]

    @property
    def _seen(self) -> int:
        """One alone is not worth a click."""
        return SEEN_AT_ONCE if len(self.choices) > SEEN_AT_ONCE + 1 else SEEN_AT_ONCE + 1

    @property
    def is_rest_chosen(self) -> bool:
        return any(choice.is_chosen for choice in self.rest)

    @property
    def is_folded(self) -> bool:
        """Most of it leads to a single product each, and nothing of it was chosen."""
        if any(choice.is_chosen for choice in self.choices):
            return False
        return sum(choice.count == 1 for choice in self.choices) * 2 > len(self.choices)


@dataclass(frozen=True)
class Facets:
    """`count` is how many products there are with all that was chosen; `categories` how many in each category."""

    count: int = 0
    available: int = 0
    reduced: int = 0
    brands: Facet = field(default_factory=lambda: Facet("", []))
    prices: list[PriceRange] = field(default_factory=list)
    ratings: list[Choice] = field(default_factory=list)
    facts: list[Facet] = field(default_factory=list)
    categories: Mapping[int, int] = field(default_factory=dict)


def conditions(wish: Wish) -> dict[str, Composable]:
    """A condition on `listed` for each facet in which something was chosen; a fact's facet is "fact:<name>"."""
    found: dict[str, Composable] = {}
    if wish.only_available:
        found["available"] = SQL("listed.is_available")
    if wish.only_offers:
        found["reduced"] = SQL("listed.price_before IS NOT NULL")
    if wish.brands:
        found["brand"] = SQL("listed.brand = ANY({})").format(Literal([*wish.brands]))
    if wish.lowest is not None or wish.highest is not None:
        lowest = SQL("listed.price >= {}").format(Literal(wish.lowest or 0))
        highest = SQL("listed.price < {}").format(Literal(wish.highest))
        found["price"] = lowest if wish.highest is None else SQL(" AND ").join([lowest, highest])
    if wish.rating:
        found["rating"] = SQL("listed.rating >= {}").format(Literal(wish.rating))
    if wish.category:
        found["category"] = SQL("{} = ANY(listed.categories)").format(Literal(wish.category))
    by_name: dict[str, list[str]] = defaultdict(list)
    for fact in wish.facts:
        by_name[fact.partition(BETWEEN)[0]].append(fact)
    for name, facts in by_name.items():
        found[f"fact:{name}"] = SQL("listed.facts && {}::varchar[]").format(Literal(facts))
    return found


def in_category(category_id: int, language: str) -> Composable:
    """The rows of a category's listing: `FROM … WHERE …`, as `place` and `listed`."""
    return SQL(
        "shop_productplace place JOIN shop_listedproduct listed ON listed.product_id = place.product_id"
        " AND listed.language = {} WHERE place.category_id = {}"
    ).format(Literal(language), Literal(category_id))


@lru_cache(maxsize=1000)
def facets_of_category(version: int, category_id: int, language: str, narrowing: Wish) -> Facets:
    """`version` is that of the index: what was counted holds as long as it is the same."""
    return count_facets(in_category(category_id, language), narrowing)


_ALL = SQL("true")


def count_facets(source: Composable, wish: Wish) -> Facets:
    """The facets of the rows of `source` (`FROM … WHERE …` with `listed`)."""
    chosen = conditions(wish)
    column = {facet: SQL(f"ok_{number}") for number, facet in enumerate(chosen)}

    def but(facet: str) -> Composable:
        return SQL(" AND ").join([name for other, name in column.items() if other != facet] or [_ALL])

    facts_chosen = [facet for facet in chosen if facet.startswith("fact:")]
    beginnings = [Literal(facet.removeprefix("fact:") + BETWEEN) for facet in facts_chosen]
    of_other_names = [SQL("NOT starts_with(fact, {})").format(beginning) for beginning in beginnings]
    parts = [
        SQL("SELECT 'count', '', count(*) FROM rows WHERE {}").format(but("")),
        SQL("SELECT 'available', '', count(*) FROM rows WHERE is_available AND {}").format(but("available")),
        SQL("SELECT 'reduced', '', count(*) FROM rows WHERE is_reduced AND {}").format(but("reduced")),
        SQL("SELECT 'brand', brand, count(*) FROM rows WHERE brand <> '' AND {} GROUP BY 2").format(but("brand")),
        SQL(
            "SELECT 'price', width_bucket(price, {}::numeric[])::text, count(*) FROM rows"
            " WHERE price IS NOT NULL AND {} GROUP BY 2"
        ).format(Literal([*PRICES]), but("price")),
        SQL(
            "SELECT 'rating', stars::text, count(*) FROM rows JOIN unnest({}) AS stars ON rating >= stars"
            " WHERE {} GROUP BY 2"
        ).format(Literal([*RATINGS]), but("rating")),
        SQL(
            "SELECT 'category', category::text, count(*) FROM rows CROSS JOIN unnest(categories) AS category"
            " WHERE {} GROUP BY 2"
        ).format(but("category")),
        SQL("SELECT 'fact', fact, count(*) FROM rows CROSS JOIN unnest(facts) AS fact WHERE {} GROUP BY 2").format(
            SQL(" AND ").join([*of_other_names, but("")])
        ),
        *(
            SQL(
                "SELECT 'fact', fact, count(*) FROM rows CROSS JOIN unnest(facts) AS fact"
                " WHERE starts_with(fact, {}) AND {} GROUP BY 2"
            ).format(beginning, but(facet))
            for facet, beginning in zip(facts_chosen, beginnings, strict=True)
        ),
    ]
    selected = [SQL("{} AS {}").format(condition, column[facet]) for facet, condition in chosen.items()]
    statement = SQL(
        "WITH rows AS MATERIALIZED (SELECT listed.is_available, listed.price_before IS NOT NULL AS is_reduced,"
        " listed.brand, listed.price, listed.rating, listed.facts, listed.categories{} FROM {}) {}"
    ).format(SQL("").join(SQL(", {}").format(part) for part in selected), source, SQL(" UNION ALL ").join(parts))
    with connection.cursor() as cursor:
        cursor.execute(statement.as_string(cursor.cursor))
        counts: dict[str, dict[str, int]] = defaultdict(dict)
        for facet, value, count in cursor.fetchall():
            counts[facet][value] = count
    return _facets(counts, wish)


def _facets(counts: dict[str, dict[str, int]], wish: Wish) -> Facets:
    brands = _choices({**dict.fromkeys(wish.brands, 0), **counts["brand"]}, wish.brands)
    ratings = [
        Choice(str(stars), str(stars), counts["rating"].get(str(stars), 0), stars == wish.rating) for stars in RATINGS
    ]
    return Facets(
        count=counts["count"].get("", 0),
        available=counts["available"].get("", 0),
        reduced=counts["reduced"].get("", 0),
        brands=Facet("", brands),
        prices=_prices(counts["price"], wish),
        ratings=[choice for choice in ratings if choice.count or choice.is_chosen],
        facts=_facts(counts["fact"], wish),
        categories={int(category): count for category, count in counts["category"].items()},
    )


def _choices(counts: Mapping[str, int], chosen: tuple[str, ...]) -> list[Choice]:
    """Those of most products first; whatever was chosen is among them."""
    ranked = sorted(counts, key=lambda value: (-counts[value], crm.fold(value), value))  # Ç beside C, not behind Z
    return [
        Choice(value, value.rpartition(BETWEEN)[2], counts[value], value in chosen)
        for place, value in enumerate(ranked)
        if place < MOST_VALUES or value in chosen
    ]


def _prices(counts: Mapping[str, int], wish: Wish) -> list[PriceRange]:
    ranges = []
    for bucket, count in sorted((int(bucket), count) for bucket, count in counts.items()):
        lowest = PRICES[bucket - 1]
        highest = PRICES[bucket] if bucket < len(PRICES) else None
        ranges.append(PriceRange(lowest, highest, count, (wish.lowest, wish.highest) == (lowest, highest)))
    return ranges


def _facts(counts: Mapping[str, int], wish: Wish) -> list[Facet]:
    """The names that sort most products into groups."""
    by_name: dict[str, dict[str, int]] = defaultdict(dict)
    for fact, count in {**dict.fromkeys(wish.facts, 0), **counts}.items():
        by_name[fact.partition(BETWEEN)[0]][fact] = count
    chosen = {fact.partition(BETWEEN)[0] for fact in wish.facts}
    telling = [name for name, values in by_name.items() if name in chosen or _sorts(list(values.values()))]
    telling.sort(key=lambda name: (name not in chosen, -sum(by_name[name].values()), name))
    facets = []
    for name in telling[:MOST_FACTS]:
        choices = _choices(by_name[name], wish.facts)
        facets.append(Facet(name, [_as_parameter(choice) for choice in choices]))
    return facets


def _sorts(counts: list[int]) -> bool:
    """Not a single value, nor almost another one for each product (fewer than five products for four values)."""
    return len(counts) > 1 < max(counts) and sum(counts) * 4 >= len(counts) * 5


def _as_parameter(choice: Choice) -> Choice:
    return Choice(choice.value.replace(BETWEEN, ":", 1), choice.label, choice.count, choice.is_chosen)
