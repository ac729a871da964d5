"""How words begin and numbers stand, on pages and in mails."""

from decimal import Decimal

import pytest
from django.utils import translation

from shop.templatetags.writing import capital, half_stars, unbroken, unbroken_in_mail


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


@pytest.mark.parametrize(
    ("rating", "stars"), [(None, 0), (0, 0), (4.24, 40), (Decimal("4.25"), 45), (4.5, 45), (5, 50), (9, 50), (-1, 0)]
)
def test_stars_are_shown_in_halves(rating: float | Decimal | None, stars: int) -> None:
    assert half_stars(rating) == stars
