"""A question to the help is not made into goods, and a slip that goods explain is no question to the help."""

from datetime import datetime
from typing import Any

import pytest

from crm import api as crm
from knowledgebase import api as knowledgebase
from shop.index.refresh import current_version
from shop.oscar import Product
from shop.search.inflections import root_of
from shop.search.selectors import search_products
from tests.shop import shelves


@pytest.fixture(scope="module")
def goods(shared_db: None, now: datetime) -> None:
    for english, turkish, facts in [
        ("Tile-border letters", "Çini harfler", [["Work", "forged, coating"], ["Yapımı", "elde yapımı"]]),
        ("Jute cord", "Jüt sicim", []),
        ("Willow basket", "Söğüt sepet", []),
        ("Olive wood board", "Zeytin tahta", []),
        ("Walnut backgammon", "Ceviz tavla", []),
        ("Beeswax candles", "Balmumu mum", []),
        ("Wool runner", "Kilim yolluk", [["Ön", "koyun yünü"]]),
        ("Hand tools", "El aleti", [["Yüzey", "mumlu"]]),
        ("Seeds", "Tohum", [["Soy", "melez değil"]]),
        ("Sewing basket", "Dikiş sepeti", []),
    ]:
        shelves.product(english, turkish, facts=facts)
    current_version()
    knowledgebase.load_demo(now=now)


def _titles(ids: list[int]) -> set[str]:
    return set(Product.objects.filter(pk__in=ids).values_list("title", flat=True))


@pytest.mark.parametrize(
    ("query", "language", "found"),
    [
        ("cancel my order", "en", set()),
        ("cancel my orders", "en", set()),
        ("forgot password", "en", set()),
        ("delivery time", "en", set()),
        ("gift card", "en", set()),
        ("pillow", "en", set()),
        ("cutting board", "en", {"Olive wood board"}),
        ("değişim", "tr", set()),
        ("iade nasıl yapılır", "tr", set()),
        ("yünlü kilim", "tr", {"Wool runner"}),
        ("mumluk", "tr", {"Beeswax candles", "Hand tools"}),
        ("mumluklarımız", "tr", {"Beeswax candles", "Hand tools"}),
    ],
)
@pytest.mark.parametrize("as_typed", [False, True])
def test_a_right_word_is_no_slip(goods: None, query: str, language: str, found: set[str], as_typed: bool) -> None:
    answer = search_products(query, language=language, as_typed=as_typed)
    assert (_titles(answer.ids), answer.meant) == (found, "")


def test_without_the_help_these_would_be_slips(goods: None) -> None:
    assert search_products("cords", language="en").ids
    for slip, meant in [("bordr", "border"), ("tole", "tile"), ("swing", "sewing"), ("yapmı", "yapımı")]:
        answer = search_products(slip, language="tr" if slip == "yapmı" else "en")
        assert answer.meant == meant, slip


def test_a_word_of_a_hidden_article_may_be_a_slip(db: None, now: datetime) -> None:
    pot = shelves.product("Copper teapot", "Bakır demlik")
    current_version()
    draft = knowledgebase.Draft("teapto", "en", "All about the teapto", "Text.")
    knowledgebase.save_article(draft, actor=crm.Actor.system("test"), now=now, is_published=False)
    assert search_products("teapto", language="en").ids == [pot.pk]
    knowledgebase.save_article(draft, actor=crm.Actor.system("test"), now=now, is_published=True)
    assert search_products("teapto", language="en").ids == []


@pytest.mark.parametrize(
    ("query", "answers"),
    [
        ("backgamon", []),
        ("candel", ["How do I burn candles properly?"]),
        ("checkers", []),
        ("cancel my order", ["How do I cancel my order?"]),
    ],
)
@pytest.mark.parametrize("path", ["/en/search/", "/en/search/suggest/"])
def test_the_help_is_asked_what_was_meant(goods: None, client: Any, path: str, query: str, answers: list[str]) -> None:
    response = client.get(path, {"q": query})
    is_half_typed = path.endswith("suggest/") and query == "candel"
    assert [answer.title for answer in response.context["answers"]][:1] == ([] if is_half_typed else answers)


def test_so_it_is_where_an_address_is_not_there(goods: None, client: Any) -> None:
    near = client.get("/en/backgamon/").context["near"]
    assert (len(near.cards), near.answers) == (1, [])


@pytest.mark.parametrize(
    ("word", "root"),
    [
        *[("yünlü", "yün"), ("mumluk", "mum"), ("mumlukları", "mum"), ("şekersiz", "şeker"), ("yünli", "")],
        *[("yün", ""), ("yünüm", ""), ("boncuksuz", "boncuk"), ("kalemlik", ""), ("hakli", "")],
    ],
)
def test_adjectives_are_of_their_noun(word: str, root: str) -> None:
    assert root_of(crm.fold(word)) == crm.fold(root)
