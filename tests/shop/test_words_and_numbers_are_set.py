"""How words begin and numbers stand, on pages and in mails."""

import pytest
from django.utils import translation

from shop.templatetags.writing import capital, unbroken, unbroken_in_mail


@pytest.mark.parametrize(
    ("language", "text", "shown"),
    [("tr", "iade", "İade"), ("tr", "ılık", "Ilık"), ("en", "item", "Item"), ("tr", "İade", "İade"), ("en", "", "")],
)
def test_the_first_letter_is_big_as_the_language_writes_it(language: str, text: str, shown: str) -> None:
    with translation.override(language):
        assert capital(text) == shown


def test_a_number_stays_on_one_line_and_cannot_bring_markup() -> None:
    assert unbroken("E-AB<b>") == '<span class="nowrap">E-AB&lt;b&gt;</span>'
    assert unbroken_in_mail("E-AB<b>") == '<span style="white-space:nowrap">E-AB&lt;b&gt;</span>'
