"""Of what has some of the words of a query, that which has the telling ones comes first."""

import pytest

from shop.index.refresh import count_words, current_version
from shop.oscar import Product
from shop.search.selectors import search_products
from shop.search.words import Word
from tests.shop import shelves

SETS = [
    ("Okey set", "Okey takımı"),
    ("Dominoes", "Domino takımı"),
    ("Brushes", "Fırça takımı"),
    ("Seal", "Mühür takımı"),
]


@pytest.fixture(autouse=True, scope="module")
def _goods(shared_db: None) -> None:
    for english, turkish in SETS:
        shelves.product(english, turkish)
    for number in "ABCDEFGH":
        shelves.product(f"Thing {number}", f"Şey {number}", facts=[["Yer", "bahçe"], ["Boy", "5 l"]])
    shelves.product("Speckled plates of stoneware", "Benekli taş seramik tabak")
    shelves.product("Tailor's scissors", "Terzi makası")
    shelves.product("Lamp", "Lamba", facts=[["Colour", "blue"]])
    shelves.product("Fountain pen ink, 50 ml", "Dolmakalem mürekkebi")
    shelves.product("Runner", "Yolluk", facts=[["Dye", "of plant"]])
    shelves.product("Macramé hanging pot", "Makrome saksı")
    shelves.product("Three herb pots on a tray", "Otluk saksı")
    shelves.product("Casserole with lids", "Kapaklı güveç")
    for name in ("Memory game", "Board games", "A game of dice"):
        shelves.product(name, "Oyun")
    current_version()
    count_words()


@pytest.mark.parametrize(
    ("query", "language", "first"),
    [
        ("tabak takımı", "tr", ["Speckled plates of stoneware"]),  # "takımı" is the longer word, but of many
        ("takımı tabak", "tr", ["Speckled plates of stoneware"]),
        ("blue ink", "en", ["Fountain pen ink, 50 ml", "Lamp"]),  # called so, not only described so
        # "kids" may be a slip for "lids"; the games were meant as they stand.
        ("kids game", "en", ["Memory game", "A game of dice", "Board games", "Casserole with lids"]),
        ("plant pot", "en", ["Macramé hanging pot", "Three herb pots on a tray", "Runner"]),
    ],
)
def test_rare_words_and_titles_come_first(query: str, language: str, first: list[str]) -> None:
    ids = search_products(query, language=language).ids
    assert [Product.objects.get(pk=pk).title for pk in ids[: len(first)]] == first


def test_what_only_lies_in_the_same_department_is_not_found(db: None) -> None:
    ids = search_products("bahçe makası", language="tr").ids
    assert [Product.objects.get(pk=pk).title for pk in ids] == ["Tailor's scissors"]


def test_a_letter_or_a_number_alone_is_no_reason_to_show_a_thing(db: None) -> None:
    assert search_products("bornoz L", language="tr").ids == []
    assert search_products("halı 5", language="tr").ids == []
    assert len(search_products("şey 5 l", language="tr").ids) == 8


def test_words_weigh_less_the_more_goods_have_them_and_never_nothing() -> None:
    weights = [Word("kilim", products=products).weight for products in (0, 1, 10, 100, 40_000)]
    assert weights[0] == weights[1] == 1
    assert sorted(weights, reverse=True) == weights
    assert 0.2 < weights[-1] < weights[-2] < 0.5
