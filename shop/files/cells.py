"""What stands in a cell, understood or refused with a word what to write instead."""

import json
import re
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from crm import api as crm

_SCIENTIFIC = re.compile(r"\d([.,]\d+)?E\+?\d+", re.IGNORECASE)
YES = {"1", "true", "yes", "evet", "doğru", "x"}
NO = {"0", "false", "no", "hayır", "yanlış"}
BETWEEN = re.compile(r"\s*[\n|]\s*")


class BadCell(ValueError):
    """The text says what is wrong and what to write."""


def line_of(text: str, longest: int) -> str:
    text = crm.clean_line(text)
    if len(text) > longest:
        raise BadCell(_("longer than %(count)d characters") % {"count": longest})
    return text


def text_of(text: str, longest: int = 20_000) -> str:
    text = crm.clean_text(text)
    if len(text) > longest:
        raise BadCell(_("longer than %(count)d characters") % {"count": longest})
    return text


def sku_of(text: str) -> str:
    text = line_of(text, 64)
    if _SCIENTIFIC.fullmatch(text):
        raise BadCell(_("%(text)s was made a number by the spreadsheet: format the column as text") % {"text": text})
    return text


def number_of(text: str, *, has_decimal_commas: bool) -> Decimal:
    """349.00, 349,00, 1.234,50 and 1,234.50: the last sign is the decimal one. Three digits after a single sign may be
    thousands: only the sign that this file does not use for decimals can be those; the other is refused."""
    text = re.sub(r"[\s\u00a0₺€£$]|TRY|TL", "", text)
    signs = [letter for letter in text if letter in ".,"]
    if not re.fullmatch(r"\d{1,12}([.,]\d{1,12})*", text):
        raise BadCell(_("“%(text)s” is no number like 349.00") % {"text": text[:40]})
    if not signs:
        return Decimal(text)
    last = signs[-1]
    *groups, part = re.split("[.,]", text)
    is_grouped = len(part) == 3 and len(set(signs)) == 1
    if is_grouped and len(signs) == 1 and (last == ",") == has_decimal_commas:
        raise BadCell(_("“%(text)s” can be read in two ways: write it like 1234.00") % {"text": text[:40]})
    well_grouped = len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
    if is_grouped:
        if not well_grouped:
            raise BadCell(_("“%(text)s” is no number like 349.00") % {"text": text[:40]})
        return Decimal("".join([*groups, part]))
    if len(signs) > 1 and (last in signs[:-1] or len(set(signs[:-1])) > 1 or not well_grouped):
        raise BadCell(_("“%(text)s” is no number like 349.00") % {"text": text[:40]})
    return Decimal(f"{''.join(groups)}.{part}")


def price_of(text: str, *, has_decimal_commas: bool) -> Decimal:
    price = amount_of(text, has_decimal_commas=has_decimal_commas)
    if price <= 0:
        raise BadCell(_("a price is more than nothing"))
    return price


def amount_of(text: str, *, has_decimal_commas: bool) -> Decimal:
    """Like a price, but it may be nothing."""
    price = number_of(text, has_decimal_commas=has_decimal_commas)
    if price != round(price, 2):
        raise BadCell(_("a price has two decimals"))
    if price >= Decimal(10) ** 9:
        raise BadCell(_("too much for a price"))
    return price.quantize(Decimal("0.01"))


def whole_of(text: str, *, most: int = 10_000_000) -> int:
    if not re.fullmatch(r"\d{1,9}([.,]0+)?", text):
        raise BadCell(_("“%(text)s” is no whole number from 0 up") % {"text": text[:40]})
    number = int(re.split("[.,]", text)[0])
    if number > most:
        raise BadCell(_("more than %(count)d") % {"count": most})
    return number


def yes_or_no(text: str) -> bool:
    folded = text.strip().lower()
    if folded in YES:
        return True
    if folded in NO:
        return False
    raise BadCell(_("“%(text)s” is neither yes nor no: write 1 or 0") % {"text": text[:40]})


def facts_of(text: str) -> list[list[str]]:
    """ "Material: copper" a line each, or between bars; or as JSON, which holds anything."""
    if text.startswith("[["):
        return _facts_of_json(text)
    facts = []
    for part in BETWEEN.split(text_of(text)):
        name, colon, value = (crm.clean_line(piece) for piece in part.partition(":"))
        if not part:
            continue
        if not (colon and name and value):
            raise BadCell(_("“%(text)s” is no fact: write “Material: copper”") % {"text": part[:40]})
        facts.append([name, value])
    return facts


def _facts_of_json(text: str) -> list[list[str]]:
    try:
        facts: Any = json.loads(text)
    except (ValueError, RecursionError):
        facts = None
    is_right = isinstance(facts, list) and all(
        isinstance(fact, list) and len(fact) == 2 and all(isinstance(part, str) for part in fact) for fact in facts
    )
    if not is_right:
        raise BadCell(_("“%(text)s” is no fact: write “Material: copper”") % {"text": text[:40]})
    return [[crm.clean_line(name), crm.clean_line(value)] for name, value in facts]


def paths_of(text: str) -> list[list[str]]:
    """ "Kitchen > Coffee" a line each, or between bars."""
    paths = []
    for part in BETWEEN.split(text_of(text)):
        names = [line_of(name, 255) for name in part.split(">")]
        if not part:
            continue
        if not all(names):
            raise BadCell(_("“%(text)s” has an empty category: write “Kitchen > Coffee”") % {"text": part[:40]})
        if len(names) > 6:
            raise BadCell(_("categories are six deep at most"))
        paths.append(names)
    return paths


def names_of(text: str) -> list[str]:
    return [name for name in BETWEEN.split(text_of(text)) if name]
