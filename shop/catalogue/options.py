"""Variants that differ in more than one way, "Small / Blue", as a row of choices for each of the ways."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shop.catalogue.selectors import Choice

BETWEEN_OPTIONS = " / "  # as imports of Shopify's files write them (shop/files/shopify.py)


@dataclass(frozen=True)
class OptionValue:
    """`leads_to` is the variant with this value that is nearest to the chosen one; None where there is no such variant
    with what was chosen in the rows above."""

    title: str
    leads_to: "Choice | None"
    is_chosen: bool

    @property
    def is_available(self) -> bool:
        return self.leads_to is not None and self.leads_to.is_available


@dataclass(frozen=True)
class Option:
    """A way in which variants differ."""

    name: str
    chosen: str
    values: list[OptionValue]


def options_of(option_name: str, choices: "Sequence[Choice]", chosen: "Choice") -> list[Option]:
    """By size, by colour; empty where the variants do not all say as many values as the name has parts."""
    names = option_name.split(BETWEEN_OPTIONS)
    values = {choice.product_id: tuple(choice.title.split(BETWEEN_OPTIONS)) for choice in choices}
    if len(names) < 2 or any(len(own) != len(names) for own in values.values()):
        return []
    if len(set(values.values())) < len(choices):
        return []
    mine = values[chosen.product_id]
    options = []
    for row, name in enumerate(names):
        found = []
        for value in dict.fromkeys(own[row] for own in values.values()):
            wanted = (*mine[:row], value, *mine[row + 1 :])
            near = [choice for choice in choices if values[choice.product_id][: row + 1] == wanted[: row + 1]]
            # As much like the chosen one as can be; of those that are equally like it, one in stock.
            near.sort(
                key=lambda choice: (
                    -sum(one == other for one, other in zip(values[choice.product_id], wanted, strict=True)),
                    not choice.is_available,
                )
            )
            found.append(OptionValue(value, near[0] if near else None, value == mine[row]))
        options.append(Option(name, mine[row], found))
    return options
