"""Habits of the texts that shoppers read, in both languages."""

import re

from config.translations import ROOT, said, written

STAFFS = re.compile(
    r"crm/events|backoffice|/models|support/admin|returns/admin|templates/shop/admin|templates/support/desk"
)


def test_english_calls_an_e_mail_an_e_mail() -> None:
    """What comes "by mail" comes with the postman."""
    texts = said(ROOT).values()
    assert [
        text.singular
        for text in texts
        if re.search(r"(?<!e-)\bmails?\b", text.singular, re.IGNORECASE)
        and not all(STAFFS.search(file) for file in text.files)
    ] == []


def test_turkish_suffixes_hang_on_a_real_apostrophe() -> None:
    texts = written(ROOT).values()
    assert [text.turkish for text in texts if any(re.search(r"\w'\w", turkish) for turkish in text.turkish)] == []
