"""Ten offers that are live at once, of the kinds that a shop has, for whichever goods a benchmark has loaded."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks._goods import Offer, RangeOfGoods


def ten_offers(*, departments: Sequence[str], skus: Sequence[str]) -> "list[Offer]":
    """On everything, on four departments (categories' names), on every eighth of the goods from four places on."""
    everything = _range(everything=True)
    chosen = [_range(products=skus[start::8]) for start in range(4)]
    ranges = [_range(categories=[name]) for name in departments[:4]]
    return [
        _offer("5 % on 500", 0, ("Value", "500", everything), ("Percentage", "5", everything)),
        _offer("20 off five things", 1, ("Count", "5", everything), ("Absolute", "20", everything)),
        *(
            _offer(f"10 % on department {number}", 2, ("Count", "1", entry), ("Percentage", "10", entry))
            for number, entry in enumerate(ranges[:3])
        ),
        _offer("One of three for nothing", 3, ("Count", "3", ranges[3]), ("Multibuy", None, ranges[3])),
        *(
            _offer(f"5 off chosen goods {number}", 4, ("Count", "1", entry), ("Absolute", "5", entry))
            for number, entry in enumerate(chosen[:2])
        ),
        _offer("15 % on a choice of two", 5, ("Coverage", "2", chosen[2]), ("Percentage", "15", chosen[2])),
        _offer("8 off from 100", 6, ("Value", "100", chosen[3]), ("Absolute", "8", chosen[3])),
    ]


def _range(*, everything: bool = False, products: Sequence[str] = (), categories: Sequence[str] = ()) -> "RangeOfGoods":
    return {"everything": everything, "products": [*products], "categories": [*categories], "excluded": []}


def _offer(name: str, priority: int, condition: tuple[str, str, Any], benefit: tuple[str, str | None, Any]) -> "Offer":
    return {
        "name": name,
        "priority": priority,
        "exclusive": True,
        "combines_with": [],
        "max_basket_applications": 1,
        "max_global_applications": None,
        "max_discount": None,
        "voucher": None,
        "condition": {"type": condition[0], "value": condition[1], "range": condition[2]},
        "benefit": {"type": benefit[0], "value": benefit[1], "range": benefit[2], "max_affected_items": None},
    }
