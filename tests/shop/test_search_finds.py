"""The shop's search: both languages, typos, missing dots, half words, and rubbish."""

import re
from datetime import datetime
from typing import Any

import pytest

from crm import api as crm
from knowledgebase import api as knowledgebase
from shop.index.refresh import current_version
from shop.models import ProductText, SearchWord
from shop.oscar import Product
from shop.search.inflections import are_forms
from shop.search.selectors import search_products
from tests.shop import shelves

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def shelf(shared_db: None) -> dict[str, int]:
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


def test_what_fits_best_is_not_called_what_is_cheapest(client: Any) -> None:
    """Turkish shops call their lowest price "en uygun" as well."""
    for number in range(2):
        shelves.product(f"Cezve {number}", f"Cezve {number}")
    names = re.findall(r"<option[^>]*>([^<]+)</option>", client.get("/tr/search/?q=cezve").content.decode())
    assert names[0] == "En ilgili"
    assert "En uygun" not in names


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


@pytest.fixture(scope="module")
def goods(shared_db: None) -> dict[str, str]:
    """A small shop in which most nouns stand in one form only, as in titles; {English title: Turkish title}."""
    made = [
        ("Reading floor lamp", "Ayaklı okuma lambası", "LGT-004", [["Marka", "Pervane Işık"]]),
        ("Beeswax candles", "Balmumu mum", "LGT-006", []),
        ("Hand tools", "Üçlü el aleti", "GRD-003", [["Yüzey", "mumlu"]]),
        ("Coffee cups", "Kahve fincanı", "COF-002", []),
        ("Copper cezve", "Bakır cezve", "COF-001", [["Boy", "iki fincan"], ["Handle", "handle of brass"]]),
        ("Brass hand mill", "Pirinç el değirmeni", "COF-004", []),
        ("Enamel teapot", "Emaye çaydanlık", "COF-005", []),
        ("Tea glasses", "İnce belli çay bardağı", "COF-006", []),
        ("Black tea", "Siyah çayı", "COF-007", []),
        ("Blown glass tumbler", "Üfleme cam bardak", "TBL-005", []),
        ("Kilim cushion", "Kilim kırlent", "TEX-002", []),
        ("Reed basket", "Kulplu saz sepet", "DEC-006", []),
        ("Sewing basket", "Dikiş sepeti", "KNT-003", []),
        ("Knitting yarn", "Merinos örgü ipi", "KNT-001", []),
        ("Sewing threads", "Dikiş ipi", "KNT-006", []),
        ("Silk scarf", "İpek eşarp", "TEX-008", []),
        ("Stoneware plates", "Seramik tabak", "TBL-002", []),
        ("Wall plate", "Duvar tabağı", "DEC-001", []),
        ("Desk stand", "Ceviz kalemlik", "STA-005", [["Marka", "Ceviz Avlu"]]),
        ("Macramé hanging pot", "Makrome saksı", "GRD-008", []),
        ("Six brushes for paint", "Fırça takımı", "PNT-002", []),
        ("Wall clock", "Duvar saati", "DEC-003", []),
        ("Spinning top", "Ahşap topaç", "GAM-005", []),
        ("Board games", "Kutu oyunu", "GAM-006", []),
        ("Dried flowers", "Kuru çiçek", "DEC-002", []),
    ]
    for english, turkish, sku, facts in made:
        variants = {"Sky": 1, "Moss": 1} if sku == "GAM-005" else None
        shelves.product(english, turkish, sku=sku, facts=facts, variants=variants)
    for title in ("sky", "moss"):
        Product.objects.filter(slug=title).update(upc=f"GAM-005-{title}")
    current_version()
    return {english: turkish for english, turkish, *_ in made}


LAMP, CANDLES, CUPS, CEZVE = "Reading floor lamp", "Beeswax candles", "Coffee cups", "Copper cezve"
BASKETS, TEAPOT = {"Reed basket", "Sewing basket"}, "Enamel teapot"


@pytest.mark.parametrize(
    ("query", "language", "found", "meant"),
    [
        # Turkish nouns in every form, whichever the title has, with dots or without
        *[
            (query, "tr", {LAMP}, "")
            for query in ("lamba", "lambalar", "lambaları", "lambası", "lambalarımız", "lambalarimiz", "lambalarından")
        ],
        ("lambalar", "en", {LAMP}, ""),
        ("fincan", "tr", {CUPS, CEZVE}, ""),
        ("FİNCANLAR", "tr", {CUPS, CEZVE}, ""),
        ("fincanlarımız", "tr", {CUPS, CEZVE}, ""),
        ("fincanlarım", "tr", {CUPS, CEZVE}, ""),
        ("fincanı", "tr", {CUPS, CEZVE}, ""),
        ("bardaklarından", "tr", {"Tea glasses", "Blown glass tumbler"}, ""),
        ("bardak", "tr", {"Tea glasses", "Blown glass tumbler"}, ""),
        ("bardağımız", "tr", {"Tea glasses", "Blown glass tumbler"}, ""),
        ("kahvelerimiz", "tr", {CUPS}, ""),
        ("çaylarımız", "tr", {"Tea glasses", "Black tea"}, ""),
        ("kırlentlerimiz", "tr", {"Kilim cushion"}, ""),
        ("sepetlerimizin", "tr", BASKETS, ""),
        ("mumlar", "tr", {CANDLES}, ""),
        ("ip", "tr", {"Knitting yarn", "Sewing threads"}, ""),
        ("ipler", "tr", {"Knitting yarn", "Sewing threads"}, ""),
        ("tabak", "tr", {"Stoneware plates", "Wall plate"}, ""),
        ("tabaklar", "tr", {"Stoneware plates", "Wall plate"}, ""),
        ("tabağı", "tr", {"Stoneware plates", "Wall plate"}, ""),
        ("tabagi", "tr", {"Stoneware plates", "Wall plate"}, ""),
        ("saatler", "tr", {"Wall clock"}, ""),
        ("kilimler", "tr", {"Kilim cushion"}, ""),
        # English ones
        ("candle", "en", {CANDLES}, ""),
        ("baskets", "en", BASKETS, ""),
        ("cup", "en", {CUPS}, ""),
        ("brush", "en", {"Six brushes for paint"}, ""),
        ("glass", "en", {"Tea glasses", "Blown glass tumbler"}, ""),
        ("plate", "tr", {"Stoneware plates", "Wall plate"}, ""),
        # one wrong letter finds what the right word finds
        ("fincn", "tr", {CUPS, CEZVE}, "fincan"),
        ("fincnlar", "tr", {CUPS, CEZVE}, "fincan"),
        ("lamab", "tr", {LAMP}, "lamba"),
        ("tabka", "tr", {"Stoneware plates", "Wall plate"}, "tabak"),
        ("baskt", "en", BASKETS, "basket"),
        ("candel", "en", {CANDLES}, "candle"),
        ("teapt", "en", {TEAPOT}, "teapot"),
        ("teapto", "en", {TEAPOT}, "teapot"),
        ("lampp", "en", {LAMP}, "lamp"),
        ("yarm", "en", {"Knitting yarn"}, "yarn"),
        ("wal clokc", "en", {"Wall clock"}, "wal clock"),
        # right words of things that nobody sells
        ("kalemler", "tr", {"Desk stand"}, ""),
        ("havlu", "tr", set(), ""),
        ("kutu oyunları", "tr", {"Board games"}, ""),
        # parted and joined
        ("tea pot", "en", {TEAPOT}, ""),
        ("paintbrush", "en", {"Six brushes for paint"}, ""),
        ("paint brushes", "en", {"Six brushes for paint"}, ""),
        ("masa sepetsaz", "tr", {"Reed basket"}, ""),
        # item numbers
        ("COF-004", "tr", {"Brass hand mill"}, ""),
        ("cof004", "en", {"Brass hand mill"}, ""),
        ("cof-4", "en", {"Brass hand mill"}, ""),
        ("cof 4", "en", {"Brass hand mill"}, ""),
        ("gam-005-sky", "en", {"Spinning top"}, ""),
        ("knt", "tr", {"Sewing basket", "Knitting yarn", "Sewing threads"}, ""),
    ],
)
def test_a_word_finds_its_goods_in_every_form_and_a_slip_what_was_meant(
    goods: dict[str, str], query: str, language: str, found: set[str], meant: str
) -> None:
    answer = search_products(query, language=language)
    titles = Product.objects.filter(pk__in=answer.ids).values_list("title", flat=True)
    assert (set(titles), answer.meant) == (found, meant)


def test_forms_come_before_words_that_only_begin_alike(goods: dict[str, str]) -> None:
    ids = search_products("mum", language="tr").ids
    assert [Product.objects.get(pk=pk).title for pk in ids] == [CANDLES, "Hand tools"]


def test_an_item_number_is_found_while_it_is_typed_and_is_no_word(goods: dict[str, str]) -> None:
    def typed(query: str) -> set[str]:
        ids = search_products(query, language="en", as_typed=True).ids
        return set(Product.objects.filter(pk__in=ids).values_list("upc", flat=True))

    assert typed("cof-0") == {"COF-001", "COF-002", "COF-004", "COF-005", "COF-006", "COF-007"}
    assert typed("cof-004") == {"COF-004"}
    assert not SearchWord.objects.filter(word__in=["cof", "004", "gam"]).exists()


@pytest.mark.parametrize("query", ["COF-0", "cof-00", "cof0", "gam-0", "gam-005-s", "COF-004"])
def test_all_results_for_half_an_item_number_are_what_was_suggested(goods: dict[str, str], query: str) -> None:
    found = search_products(query, language="en").ids
    assert found and found == search_products(query, language="en", as_typed=True).ids
    assert query != "COF-004" or len(found) == 1


def test_a_name_becomes_a_word_as_soon_as_a_thing_is_called_so(goods: dict[str, str]) -> None:
    assert SearchWord.objects.get(language="tr", word="avlu").kind == SearchWord.Kind.NAME
    shelves.product("Yard lamp", "Avlu feneri", sku="LGT-009")
    current_version()
    assert SearchWord.objects.get(language="tr", word="avlu").kind == SearchWord.Kind.OWN
    assert search_products("avlo", language="tr").meant == "avlu"


@pytest.mark.parametrize(
    ("one", "other"),
    [("kalem", "kalemlik"), ("mum", "mumlu"), ("kilim", "kil"), ("altın", "alt"), ("candle", "handle"), ("ip", "ipek")],
)
def test_other_words_are_no_forms(one: str, other: str) -> None:
    one, other = crm.fold(one), crm.fold(other)
    assert not are_forms(one, other, is_used=True, used_stems=frozenset({other}))


@pytest.mark.parametrize(
    ("query", "queries"),
    [
        ("lambalarımız", 2),  # forms, goods
        ("reading lamp", 2),
        ("lamab", 4),  # and the slip, its forms
        ("b" * 30, 2),  # and nothing longer than words are is taken for a slip
        ("b" * 150, 1),
    ],
)
def test_what_is_right_is_asked_for_in_two_queries(
    goods: dict[str, str], query: str, queries: int, django_assert_num_queries: Any
) -> None:
    version = current_version()
    search_products("cezve", language="tr", version=version)  # reads the synonyms
    with django_assert_num_queries(queries):
        search_products(query, language="tr", version=version)
