"""What a file says of one product or variant, and what is wrong with it."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Problem:
    """Something that a person has to know about one line; `is_refusal`: the product of this line is not written."""

    line: int
    sku: str
    field: str
    reason: str
    is_refusal: bool = True


@dataclass
class Stated:
    """What is said in one language. None: nothing is said, so it stays as it is."""

    title: str | None = None
    slug: str | None = None
    description: str | None = None
    option_name: str | None = None
    facts: list[list[str]] | None = None


@dataclass
class Item:
    """One product or variant. Whatever is None stays as it is, or is as for any new product."""

    line: int
    sku: str
    parent_sku: str = ""
    words: dict[str, Stated] = field(default_factory=dict)
    brand: str | None = None
    # Paths of names from the top: [["Kitchen", "Coffee"]].
    categories: list[list[str]] | None = None
    price: Decimal | None = None
    currency: str | None = None
    vat_rate: Decimal | None = None
    stock: int | None = None
    grams: int | None = None
    is_public: bool | None = None
    pictures: list[str] | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        return any(problem.is_refusal for problem in self.problems)

    def refuse(self, field_name: str, reason: Any) -> None:
        self.problems.append(Problem(self.line, self.sku, field_name, str(reason)))

    def note(self, field_name: str, reason: Any) -> None:
        self.problems.append(Problem(self.line, self.sku, field_name, str(reason), is_refusal=False))
