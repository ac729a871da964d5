"""Prices as each language writes them: ₺1.234,50 and ₺1,234.50."""

from decimal import Decimal

from django import template
from django.conf import settings
from django.utils.translation import get_language

register = template.Library()

SYMBOLS = {"TRY": "₺", "EUR": "€", "GBP": "£", "USD": "$"}
_TO_COMMA = str.maketrans({",": ".", ".": ","})


@register.filter
def money(amount: Decimal | None, currency: str | None = None) -> str:
    """`amount` with its sign, two decimals and the thousands apart; "" for no amount."""
    if amount is None:
        return ""
    currency = currency or settings.OSCAR_DEFAULT_CURRENCY
    number = f"{abs(amount):,.2f}"
    if (get_language() or settings.LANGUAGE_CODE).startswith("tr"):
        number = number.translate(_TO_COMMA)
    symbol = SYMBOLS.get(currency, f"{currency}\u00a0")
    return f"{'−' if amount < 0 else ''}{symbol}{number}"


@register.filter
def round_money(amount: int) -> str:
    """A whole amount in the shop's currency, without its decimals: ₺1.000."""
    return money(Decimal(amount)).removesuffix(",00").removesuffix(".00")
