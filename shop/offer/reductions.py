"""What offers and vouchers take off, told in one way from the basket to the last mail about the order."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Reduction:
    """What one offer, or one voucher with all of its offers, takes off. `code` is the voucher's, "" of an offer."""

    name: str
    code: str
    amount: Decimal


def reductions_of(parts: Iterable[tuple[str, str, Decimal]], *, whole: Decimal) -> list[Reduction]:
    """`parts` are (offer's name, code of its voucher or "", amount); `whole` is what they take off together.

    Oscar rounds each offer for itself and the total once more: the cent between them goes to the largest.
    """
    amounts: dict[tuple[str, str], Decimal] = {}
    for name, code, amount in parts:
        if amount > 0:
            key = ("" if code else name, code)
            amounts[key] = amounts.get(key, Decimal("0.00")) + amount
    if not amounts:
        return []
    largest = max(amounts, key=lambda key: amounts[key])
    amounts[largest] += whole - sum(amounts.values())
    return [Reduction(name, code, amount) for (name, code), amount in amounts.items()]
