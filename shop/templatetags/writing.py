"""How words and numbers are set."""

from decimal import ROUND_HALF_UP, Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()


@register.filter
def capital(text: object) -> str:
    """Its first letter big, as the active language writes it: "iade" is "İade" in Turkish, where "Iade" is no word."""
    words = str(text)
    first = "İ" if words[:1] == "i" and (get_language() or "").startswith("tr") else words[:1].upper()
    return first + words[1:]


@register.filter
def unbroken(text: object) -> SafeString:
    """Kept on one line on a page: a number that is read out or copied."""
    return format_html('<span class="nowrap">{}</span>', text)


@register.filter
def unbroken_in_mail(text: object) -> SafeString:
    """The same in a mail, which knows no class (and which no policy forbids a style)."""
    return format_html('<span style="white-space:nowrap">{}</span>', text)


@register.filter
def half_stars(rating: float | Decimal | None) -> int:
    """For the class of a row of stars: 4.3 is 45, four and a half of five; no rating is 0."""
    halves = (Decimal(str(rating or 0)) * 2).quantize(Decimal(1), ROUND_HALF_UP)
    return int(min(max(halves, Decimal(0)), Decimal(10))) * 5
