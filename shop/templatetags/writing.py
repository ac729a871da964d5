"""How words and numbers are set."""

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
    """The same in a mail, which knows no class."""
    return format_html('<span style="white-space:nowrap">{}</span>', text)
