"""Days with their weekday, as each language writes them."""

from datetime import date

from django import template
from django.utils.formats import date_format
from django.utils.translation import gettext

register = template.Library()


@register.filter
def weekday(day: date | None) -> str:
    """ "Friday, 20 November"; "" for no day."""
    # Translators: Django's letters for a day in the order of the language: l is Friday, j is 20, F is November.
    return date_format(day, gettext("l, j F")) if day else ""


@register.filter
def short_weekday(day: date | None) -> str:
    """ "Fri 20 Nov"; "" for no day."""
    return date_format(day, gettext("D j M")) if day else ""
