"""The kinds of interaction. Each app declares its own in `<app>/events.py`; an undeclared one cannot be recorded."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Describe = Callable[[dict[str, Any]], str]


class UnknownKind(LookupError):
    """An interaction of a kind that no app declared."""


@dataclass(frozen=True)
class Kind:
    """One kind of interaction.

    `name` is app.noun.past ("shop.order.placed"); `label` is what the timeline says; `describe` makes a short text
    of the row's data; traces (page views, searches) may be lost, facts never; unlisted kinds feed computations
    and are left out of the timeline.
    """

    name: str
    label: Any
    is_trace: bool = False
    is_listed: bool = True
    icon: str = "circle"
    describe: Describe | None = None


_kinds: dict[str, Kind] = {}


def register_kinds(*kinds: Kind) -> None:
    """Declare kinds; call it from AppConfig.ready(). Declaring one name twice is a mistake and raises ValueError."""
    for kind in kinds:
        if _kinds.get(kind.name, kind) != kind:
            raise ValueError(f"interaction kind {kind.name} is declared twice")
        _kinds[kind.name] = kind


def get_kind(name: str) -> Kind:
    """:raises UnknownKind: with what to do about it"""
    try:
        return _kinds[name]
    except KeyError:
        app = name.split(".")[0]
        raise UnknownKind(f"{name!r} is not declared: add it to {app}/events.py (docs/add-an-interaction.md)") from None


def all_kinds() -> list[Kind]:
    return sorted(_kinds.values(), key=lambda kind: kind.name)


def listed_kinds() -> list[str]:
    return [kind.name for kind in _kinds.values() if kind.is_listed]
