"""The shop's search: both languages, typos, missing dots, half words, and rubbish."""

import re
from datetime import datetime
from typing import Any

import pytest

from crm import api as crm
from knowledgebase import api as knowledgebase
from shop.index.refresh import current_version
from shop.models import ProductText
from shop.oscar import Product
from shop.search.selectors import search_products
from tests.shop import shelves

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf() -> dict[str, int]:
    made = [
        shelves.product("Hammered copper cezve", "Dövme bakır cezve", facts=[["Brand", "Tokmakçı"]], sku="COF-001"),
        shelves.product("Tulip coffee cups, set of 2", "Lale desenli kahve fincanı, 2’li", sku="COF-002"),
        shelves.product("Merino wool yarn", "Merinos yün ip", variants={"Indigo": 3, "Mustard": 2}, sku="KNI-001"),
        shelves.product("Watercolour pad", "Suluboya defteri", sku="PAI-003"),
        shelves.product("Şile cloth bathrobe", "Şile bezi bornoz", sku="TEX-009"),
    ]
    current_version()
    return {entry.title: entry.pk for entry in made}


@pytest.mark.parametrize(
    ("query", "language", "title"),
    [
        ("cezve", "en", "Hammered copper cezve"),
        ("cezbe", "tr", "Hammered copper cezve"),
        ("bakir cezve", "tr", "Hammered copper cezve"),
        ("BAKIR CEZVE", "tr", "Hammered copper cezve"),
        ("ceket cezve askısı", "tr", "Hammered copper cezve"),
        ("tokmakci", "tr", "Hammered copper cezve"),
        ("cof-001", "en", "Hammered copper cezve"),
        ("kahve fincanları", "tr", "Tulip coffee cups, set of 2"),
        ("kahve fincani", "en", "Tulip coffee cups, set of 2"),
        ("merin", "en", "Merino wool yarn"),
        ("indigo wool", "en", "Merino wool yarn"),
        ("sulu boya defteri", "tr", "Watercolour pad"),
        ("watercolor pad", "en", "Watercolour pad"),
        ("SILE bornoz", "tr", "Şile cloth bathrobe"),
        ("çezve'yi", "tr", "Hammered copper cezve"),
    ],
)
def test_the_right_product_comes_first(shelf: dict[str, int], query: str, language: str, title: str) -> None:
    assert search_products(query, language=language).ids[:1] == [shelf[title]]


@pytest.mark.parametrize("query", ["", " ", "\x00\x00", "!?%_", "qqqqqxxxx", "'; DROP TABLE shop_producttext; --"])
def test_rubbish_finds_nothing_and_breaks_nothing(shelf: dict[str, int], client: Any, query: str) -> None:
    assert search_products(query, language="en").ids == []
    response = client.get("/en/search/", {"q": query})
    assert response.status_code == 200
    assert ProductText.objects.exists()


def test_ten_thousand_characters_and_nuls_are_cut_and_searched(shelf: dict[str, int], client: Any) -> None:
    response = client.get("/tr/search/", {"q": "cezve\x00 " + "a" * 10_000})
    assert response.status_code == 200
    assert len(response.context["query"]) <= 200
    assert "\x00" not in response.content.decode()
    assert client.get("/tr/search/suggest/", {"q": "cez\x00ve" * 2000}).status_code == 200


def test_hidden_products_are_not_found(shelf: dict[str, int]) -> None:
    Product.objects.filter(pk=shelf["Hammered copper cezve"]).update(is_public=False)
    current_version()
    assert shelf["Hammered copper cezve"] not in search_products("cezve", language="tr").ids


def test_nothing_found_shows_ways_on(shelf: dict[str, int], client: Any) -> None:
    shelves.department("Coffee and tea", "Kahve ve çay")
    page = client.get("/en/search/?q=qqqqqxxxx").content.decode()
    assert "We found nothing like that" in page
    assert "Coffee and tea" in page


def test_a_search_leaves_a_trace_with_its_results_and_suggestions_leave_none(ada: crm.Customer, login: Any) -> None:
    shelves.product("Hammered copper cezve", "Dövme bakır cezve")
    client = login(ada)
    client.get("/tr/search/?q=cezve")
    client.get("/tr/search/suggest/?q=cezv")
    client.get("/tr/search/?q=")
    crm.copy_traces()
    rows = crm.Interaction.objects.filter(kind="shop.catalogue.searched", customer=ada)
    assert [row.data for row in rows] == [{"query": "cezve", "results": 1}]


def test_suggestions_name_products_and_departments(shelf: dict[str, int], client: Any) -> None:
    shelves.department("Coffee and tea", "Kahve ve çay")
    fragment = client.get("/tr/search/suggest/?q=kahv").content.decode()
    assert "Lale desenli kahve fincanı" in fragment
    assert "Kahve ve çay" in fragment
    assert "<html" not in fragment


def test_suggestions_name_help_articles(client: Any, now: datetime) -> None:
    draft = knowledgebase.Draft("send-back", "tr", "Ürünü nasıl iade ederim?", "Bizim etiketimizle.")
    knowledgebase.save_article(draft, actor=crm.Actor.system("test"), now=now)
    fragment = client.get("/tr/search/suggest/?q=iade").content.decode()
    assert 'role="listbox"' in fragment
    assert re.search(r'<a role="option"[^>]*href="/tr/help/[^"]+">Ürünü nasıl iade ederim\?</a>', fragment)


def test_nothing_to_suggest_is_said_and_a_letter_alone_says_nothing(client: Any) -> None:
    assert "No suggestions; Enter searches." in client.get("/en/search/suggest/?q=zzqxw").content.decode()
    assert "Öneri yok; Enter’a basınca aranır." in client.get("/tr/search/suggest/?q=zzqxw").content.decode()
    assert "No suggestions" not in client.get("/en/search/suggest/?q=z").content.decode()


def test_a_script_in_the_query_stays_text(client: Any) -> None:
    page = client.get("/en/search/", {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in page


def test_a_variants_title_is_found_through_its_product_and_a_new_title_at_once(shelf: dict[str, int]) -> None:
    product_id = shelf["Merino wool yarn"]
    child = ProductText.objects.get(title="Mustard")
    child.title = "Turmeric"
    child.save(update_fields=["title"])
    current_version()
    assert search_products("turmeric", language="en").ids == [product_id]


def test_one_of_four_thousand_is_found_in_few_queries(client: Any, django_assert_max_num_queries: Any) -> None:
    shelves.many_products(4000)
    with django_assert_max_num_queries(16):
        response = client.get("/en/search/?q=thing+numbr+3999")
    assert response.context["listing"].cards[0].title == "THING NUMBER 3999"


@pytest.mark.parametrize(
    ("query", "language", "meant"),
    [
        ("cezbe", "tr", "cezve"),
        ("bakır cezbe", "tr", "bakır cezve"),
        ("yarm", "en", "yarn"),
        ("sulubaya", "tr", "suluboya"),
        ("coper cezve", "en", "copper cezve"),  # a letter left out in the middle
        ("cofee cups", "en", "coffee cups"),  # and not the "cof" of an item number
        ("mernio", "en", "merino"),
        ("şilee", "tr", ""),
        ("cups set", "en", ""),
        ("cezve", "tr", ""),
        ("cezveler", "tr", ""),
        ("fincanları", "tr", ""),
        ("BAKIR", "tr", ""),
        ("bakir", "en", ""),
        ("qqqqqxxxx", "en", ""),
    ],
)
def test_a_slip_is_put_right_as_others_write_it_and_an_ending_is_none(
    shelf: dict[str, int], query: str, language: str, meant: str
) -> None:
    assert search_products(query, language=language).meant == meant


def test_the_page_says_what_it_took_the_slip_for(shelf: dict[str, int], client: Any) -> None:
    page = client.get("/tr/search/?q=cezbe").content.decode()
    assert 'href="?q=cezve"' in page
    assert "Dövme bakır cezve" in page
    assert 'href="?q=' not in client.get("/tr/search/?q=cezve").content.decode()


def test_what_has_all_the_words_comes_alone_and_what_has_most_comes_if_nothing_has_all(shelf: dict[str, int]) -> None:
    both = shelves.product("Copper coffee cups", "Bakır kahve fincanı")
    current_version()
    assert search_products("copper cups", language="en").ids == [both.pk]
    assert shelf["Tulip coffee cups, set of 2"] in search_products("silver cups", language="en").ids


def test_while_typing_half_a_word_finds_and_is_no_slip(shelf: dict[str, int]) -> None:
    found = search_products("bakir cez", language="tr", as_typed=True)
    assert (found.ids[:1], found.meant) == ([shelf["Hammered copper cezve"]], "")
