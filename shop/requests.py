"""The request as the shop's views get it, and numbers as shoppers type them."""

from typing import Any

from crm import api as crm


class ShopRequest(crm.Request):
    """`basket` and `strategy` are put on it by Oscar's middleware."""

    basket: Any
    strategy: Any


def whole_number(text: str, *, default: int) -> int:
    """What was typed, or `default` where that is no number, or one that nobody means."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default
