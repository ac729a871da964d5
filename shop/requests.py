"""The request as the shop's views get it, and numbers as shoppers type them."""

from typing import Any

from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from crm import api as crm


class ShopRequest(crm.Request):
    """`basket` and `strategy` are put on it by Oscar's middleware."""

    basket: Any
    strategy: Any


def whole_number(text: str, *, default: int) -> int:
    """What was typed, or `default` where that is no number, or one that nobody means."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default


def address_within(request: ShopRequest, wanted: str, *, or_else: str) -> str:
    """An address of ours that a form wants to go back to; the page named `or_else` where it is none."""
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return wanted
    return reverse(or_else)
