"""The code on the label: the return's number, to be read by a scanner at our door."""

import segno
from django.utils.safestring import SafeString, mark_safe


def code_of(number: str) -> SafeString:
    """A QR code of the number as inline SVG; `number` is ours, never what somebody typed."""
    # Made of numbers and fixed words by segno: there is nothing to escape.
    return mark_safe(segno.make(number, error="m", micro=False).svg_inline(scale=6, border=4, light="#fff"))
