"""What the rooms to the left know of an order: they register it, since nothing here may import them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crm.api import Link
from shop.oscar import Order


@dataclass(frozen=True)
class Panel:
    """A box on the order's page."""

    title: Any
    links: list[Link]


LinksOf = Callable[[Order], list[Link]]

_panels: list[tuple[Any, LinksOf]] = []


def register_order_panel(title: Any, links_of: LinksOf) -> None:
    """Show a box with these links on the page of each order. Call it from AppConfig.ready()."""
    _panels.append((title, links_of))


def panels_of(order: Order) -> list[Panel]:
    return [Panel(title, links_of(order)) for title, links_of in _panels]
