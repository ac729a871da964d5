"""What a shopper asked a listing for: parsed from an address, and written into one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.http import urlencode
from django.utils.translation import gettext as _

from crm import api as crm
from shop.index.rows import BETWEEN
from shop.requests import whole_number
from shop.templatetags.money import round_money

SORTS = ("popular", "new", "price", "-price")
RATINGS = (4, 3)
MOST_VALUES = 20
MOST_MONEY = 1_000_000_000


@dataclass(frozen=True)
class Wish:
    """`from_query` takes anything and makes sense of it. `sort` is "" where a search goes by what fits best; `facts`
    are "name\\x1fvalue"; prices from `lowest` to less than `highest`, whole amounts of money, None for no end."""

    sort: str = SORTS[0]
    only_available: bool = False
    only_offers: bool = False
    brands: tuple[str, ...] = ()
    lowest: int | None = None
    highest: int | None = None
    rating: int = 0
    facts: tuple[str, ...] = ()
    category: int = 0
    page: int = 1

    @classmethod
    def from_query(cls, query: Any, *, default_sort: str = SORTS[0]) -> "Wish":
        sort, rating = query.get("sort", ""), whole_number(query.get("rating", ""), default=0)
        facts = [text.partition(":") for text in _texts(query, "fact")]
        lowest, _, highest = query.get("price", "").partition("-")
        return cls(
            sort=sort if sort in SORTS else default_sort,
            only_available=query.get("available") == "1",
            only_offers=query.get("offers") == "1",
            brands=tuple(_texts(query, "brand")),
            lowest=_money(lowest),
            highest=_money(highest),
            rating=rating if rating in RATINGS else 0,
            facts=tuple(f"{name}{BETWEEN}{value}" for name, _, value in facts if value),
            category=whole_number(query.get("category", ""), default=0),
            page=whole_number(query.get("page", ""), default=1),
        )

    @property
    def is_narrowed(self) -> bool:
        return replace(self, sort="", page=1) != Wish(sort="")

    @property
    def price(self) -> str:
        """ "100-250", "5000-"; "" for any."""
        if self.lowest is None and self.highest is None:
            return ""
        return f"{self.lowest or 0}-{'' if self.highest is None else self.highest}"

    def narrowing(self) -> "Wish":
        """The wish without its order and page: whatever is counted is the same for all of those."""
        return replace(self, sort="", page=1)

    def pairs(self) -> list[tuple[str, str]]:
        """The parameters of an address that says all of this but the page."""
        found = [("sort", self.sort)] if self.sort not in ("", SORTS[0]) else []
        found += [("available", "1")] if self.only_available else []
        found += [("offers", "1")] if self.only_offers else []
        found += [("brand", brand) for brand in self.brands]
        found += [("price", self.price)] if self.price else []
        found += [("rating", str(self.rating))] if self.rating else []
        found += [("fact", fact.replace(BETWEEN, ":", 1)) for fact in self.facts]
        return found + ([("category", str(self.category))] if self.category else [])


@dataclass(frozen=True)
class Chip:
    """One thing that was chosen; `query` is the address's without it."""

    label: str
    query: str


def chips(wish: Wish, *, hidden: Sequence[tuple[str, str]] = ()) -> list[Chip]:
    """Everything that narrows the list, each to be taken away; `hidden` is what the address keeps anyway."""
    pairs = wish.pairs()
    return [
        Chip(_label(name, value), urlencode([*hidden, *(other for other in pairs if other != (name, value))]))
        for name, value in pairs
        if name not in ("sort", "category")  # a department has its own "all of them"
    ]


def _label(name: str, value: str) -> str:
    if name == "price":
        lowest, _dash, highest = value.partition("-")
        if not highest:
            return _("from %(price)s") % {"price": round_money(int(lowest))}
        return f"{round_money(int(lowest))} – {round_money(int(highest))}"
    if name == "rating":
        return _("%(stars)s stars and more") % {"stars": value}
    return {"available": _("In stock"), "offers": _("Reduced")}.get(name) or value.replace(":", ": ", 1)


def _texts(query: Any, name: str) -> list[str]:
    values = query.getlist(name) if hasattr(query, "getlist") else []
    return list(dict.fromkeys(filter(None, (crm.clean_line(value[:200]) for value in values[:MOST_VALUES]))))


def _money(text: str) -> int | None:
    amount = whole_number(text.strip(), default=-1)
    return amount if 0 <= amount <= MOST_MONEY else None
