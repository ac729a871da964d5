"""Turkish nouns are found in all their forms; what is called otherwise is not found in their place."""

from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from crm import api as crm
from shop.demo.products import ensure_catalogue, read_catalogue
from shop.index.refresh import current_version, refresh_index
from shop.questions.words import is_same
from shop.search.forms import Meant, forms_of
from shop.search.inflections import are_forms, is_of_noun, noun_of
from shop.search.nouns import NOUNS
from shop.search.selectors import search_products
from tests.shop import shelves
from tests.shop.turkish import forms_of_noun

# What the demo shop's titles are made of: (noun, as it stands before a vowel). Most stand in one form only.
SOLD = [
    *[("lamba", ""), ("fincan", ""), ("bardak", "bardağ"), ("tabak", "tabağ"), ("kaşık", "kaşığ"), ("bornoz", "")],
    *[("battaniye", ""), ("mum", ""), ("defter", ""), ("dolmakalem", ""), ("masa", ""), ("kahve", ""), ("çay", "")],
    *[("cezve", ""), ("sepet", ""), ("saksı", ""), ("ayna", ""), ("vazo", ""), ("kilim", ""), ("ip", ""), ("oyun", "")],
    *[("makas", ""), ("fırça", ""), ("örtü", ""), ("mutfak", "mutfağ"), ("kavanoz", ""), ("mürekkep", "mürekkeb")],
    *[("kumaş", ""), ("topaç", "topac"), ("önlük", "önlüğ"), ("boncuk", "boncuğ"), ("ağaç", "ağac"), ("duvar", "")],
    *[("çaydanlık", "çaydanlığ"), ("renk", "reng"), ("kırlent", ""), ("eldiven", ""), ("mektup", "mektub")],
]
LIGHT = ("saat", "tuval")
NOT_SOLD = {
    "tr": """kutu köpek araba telefon kask çap ayakkabı gömlek çanta kazak ceket halı kitap kol kapı koltuk yatak kasa
        para elma ekmek süt şapka gözlük bisiklet yüzük küpe sabun havlu çarşaf yastık bebek dolap sandalye kül kale
        soba tava tencere bıçak çatal kürek kutular kapıya tavanın cable soap""",
    "en": """cap car dog cat shoe phone box shirt sock ring watch bike book hat belt chair bed sofa knife fork soap
        pillow toy ball doll cable camera dress jeans boot scarf key door tent rope nail drill bottle dogs chairs""",
}


@pytest.fixture(scope="module")
def demo(shared_db: None, now: datetime) -> None:
    ensure_catalogue(read_catalogue(), {}, now=now)
    refresh_index()


def test_the_forms_are_those_of_grammar() -> None:
    assert len(set(forms_of_noun("bebek", "bebeğ"))) >= 60
    for noun, soft, some in [
        ("bebek", "bebeğ", "bebeğe bebeği bebeğin bebekte bebekten bebekle bebeğimiz bebekleriniz bebeklerinden"),
        ("lamba", "", "lambam lambasını lambaya lambanın lambayla lambalarımızdan lambalarıyla lambanızda"),
        ("çocuk", "çocuğ", "çocuğa çocuğun çocuklarımız çocuğunu çocukta"),
        ("örtü", "", "örtüyü örtüsünde örtülerimiz örtüm örtünüzle"),
    ]:
        assert set(some.split()) <= set(forms_of_noun(noun, soft))
    assert {"saate", "saatim", "saatlerinde", "saatte"} <= set(forms_of_noun("saat", is_light=True))


def _found(meant: Meant) -> set[int]:
    if not meant.same:
        return set()
    statement = "SELECT product_id FROM shop_listedproduct WHERE language = 'tr' AND words @@ %s::tsquery"
    with connection.cursor() as cursor:
        cursor.execute(statement, [" | ".join(meant.same)])
        return {product_id for (product_id,) in cursor.fetchall()}


def test_nouns_are_found_in_all_their_forms_without_a_guess(demo: None) -> None:
    missed, forms = [], 0
    for noun, soft in [*SOLD, *((noun, "") for noun in LIGHT)]:
        written = [crm.fold(form) for form in forms_of_noun(noun, soft, is_light=noun in LIGHT)]
        meant = forms_of(written, "tr")
        wanted = _found(meant[crm.fold(noun)])
        assert wanted, noun
        missed += [form for form in written if _found(meant[form]) != wanted]
        forms += len(written)
    assert len(missed) <= forms * 0.005, missed


@pytest.mark.parametrize("language", NOT_SOLD)
def test_what_is_not_sold_is_not_taken_for_what_is(demo: None, language: str) -> None:
    found = {word: search_products(word, language=language).ids for word in NOT_SOLD[language].split()}
    assert {word for word, ids in found.items() if ids} == set()


@pytest.mark.parametrize(
    ("title", "queries"),
    [
        ("Bebek battaniyesi", "bebeğe bebeği bebeğin bebekten bebeklerimize battaniyem"),
        ("Çocuk masası", "çocuğa çocuğunu çocuğumuzun masam masasını masalarında masaya"),
        ("Mutfağa raf", "mutfak mutfağa mutfağın mutfakta raflar"),
        ("Resim defteri", "resme resmi resmini resimler"),
        ("Örgü şişi", "şiş şişler şişten şişle"),
    ],
)
def test_a_title_is_found_by_its_nouns_in_other_forms(db: None, title: str, queries: str) -> None:
    made = shelves.product("Thing", title)
    current_version()
    found = {query: search_products(query, language="tr") for query in queries.split()}
    assert {query: (each.ids, each.meant) for query, each in found.items()} == dict.fromkeys(found, ([made.pk], ""))


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        *[("kalem", "kale"), ("kilimi", "kil"), ("masa", "mas"), ("cami", "cam"), ("dog", "doğu"), ("team", "tea")],
        *[("kapı", "kap"), ("su", "sun"), ("at", "ata"), ("panda", "pan"), ("topla", "toplu"), ("bez", "bezle")],
        *[("hata", "hat"), ("mide", "mid"), ("bakım", "bak"), ("mangal", "mangala")],
    ],
)
def test_a_word_is_no_form_of_another(typed: str, word: str) -> None:
    typed, word = crm.fold(typed), crm.fold(word)
    assert not are_forms(typed, word, is_used=False, used_stems=frozenset({word}))


def test_a_turkish_word_made_of_another_is_no_english_form_of_it(db: None) -> None:
    shelves.product("Thing", "Çerçeveli ayna")
    current_version()
    assert forms_of(["cerceve"], "tr")["cerceve"] == Meant(longer=("cerceveli",))


@pytest.fixture(scope="module")
def bowls(shared_db: None) -> None:
    for one, other in [
        ("Tile bowl", "Çini kase"),
        ("Copper cezve", "Bakır cezve"),
        ("Knitting needles", "Örgü şişi"),
        ("Sewing basket", "Dikiş sepeti"),
        ("Coffee cup", "Kahve fincanı"),
        ("Water glass", "Su bardağı"),
        ("Cloth", "Tepsi için bez"),
        ("Tea glass", "Çay bardağı"),
        ("Watering can", "Sulama kabı"),
        ("Desk stand", "Kalemlik"),
    ]:
        shelves.product(one, other, facts=[["Malzeme", "toprak"]] if other == "Çini kase" else None)
    current_version()


@pytest.mark.parametrize(
    ("query", "language", "title", "meant"),
    [
        ("kasa", "tr", "", "kase"),  # asked, not shown
        ("kse", "tr", "", ""),
        ("kasw", "tr", "Çini kase", "kase"),  # no word at all
        ("kasa çini", "tr", "Çini kase", "kase çini"),  # a title has both
        ("kasa bakır", "tr", "Bakır cezve", ""),
        ("kasa toprak", "tr", "Çini kase", ""),  # as "toprak" is no part of the title
        ("needlees", "en", "Knitting needles", "needles"),
        ("swing", "en", "", "sewing"),
        ("swing basket", "en", "Sewing basket", "sewing basket"),
        ("fincan için", "tr", "Kahve fincanı", ""),
        ("çocuk için bir fincan", "tr", "Kahve fincanı", ""),
        ("su bardağı", "tr", "Su bardağı", ""),  # although "su" is "this", too
        ("watering can", "en", "Watering can", ""),
        ("kalem", "tr", "Kalemlik", ""),
        ("kale", "tr", "", ""),
    ],
)
def test_a_noun_is_a_slip_only_beside_other_words(
    bowls: None, query: str, language: str, title: str, meant: str
) -> None:
    found = search_products(query, language=language)
    shown = [crm.fold(title) for title in _titles(found.ids, language)]
    assert (shown[:1], found.meant) == ([crm.fold(title)] if title else [], meant)


def _titles(ids: list[int], language: str) -> list[str]:
    with connection.cursor() as cursor:
        statement = "SELECT title FROM shop_listedproduct WHERE language = %s AND product_id = ANY(%s)"
        cursor.execute(f"{statement} ORDER BY array_position(%s, product_id)", [language, ids, ids])
        return [title for (title,) in cursor.fetchall()]


def test_the_page_asks_whether_another_word_was_meant(db: None, client: Any) -> None:
    shelves.product("Bowl", "Çini kase")
    page = client.get("/tr/search/?q=kasa").content.decode()
    assert 'href="?q=kase"' in page and "Bu adla bir ürünümüz yok" in page
    assert "Elimizdekiler" not in page and "Çini kase" not in page


@pytest.mark.parametrize(
    ("word", "noun"),
    [("kutular", "kutu"), ("kapağı", "kapak"), ("boxes", "box"), ("puppies", "puppy"), ("needlees", ""), ("elm", "")],
)
def test_a_noun_is_known_in_its_forms(word: str, noun: str) -> None:
    assert noun_of(crm.fold(word)) == noun


@pytest.mark.parametrize(
    ("word", "noun", "is_of"),
    [
        *[("kalemlik", "kalem", True), ("kalemlik", "kale", False), ("balmumu", "bal", True), ("kulp", "kul", False)],
        *[("pencil", "pen", False), ("tablecloth", "table", True), ("mumlu", "mum", True), ("topac", "top", False)],
    ],
)
def test_a_longer_word_may_be_of_a_noun(word: str, noun: str, is_of: bool) -> None:
    assert is_of_noun(word, noun) is is_of


@pytest.fixture(scope="module")
def kinds(shared_db: None) -> None:
    for english, turkish in [
        ("Fountain pen", "Dolmakalem"),
        ("Waffle bathrobe", "Bornoz"),
        ("Oak wardrobe", "Dolap"),
        ("Enamel teapot", "Demlik"),
        ("Earring", "Sandalet"),
    ]:
        shelves.product(english, turkish, facts=[["Size", "L"]])
    current_version()


@pytest.mark.parametrize(
    ("query", "language", "title"),
    [
        *[("kalem", "tr", "Fountain pen"), ("kalemler", "tr", "Fountain pen"), ("robe", "en", "Waffle bathrobe")],
        *[("robe L", "en", "Waffle bathrobe"), ("pot", "en", ""), ("ring", "en", ""), ("alet", "tr", "")],
    ],
)
def test_a_kind_of_a_thing_is_found_by_what_it_is_a_kind_of(kinds: None, query: str, language: str, title: str) -> None:
    found = search_products(query, language=language)
    assert (_titles(found.ids, "en"), found.meant) == ([title] if title else [], "")


def test_nouns_are_folded_words() -> None:
    assert all(word.isalpha() and word == crm.fold(word) for nouns in NOUNS.values() for word in nouns)


@pytest.mark.parametrize(
    ("asked", "word", "is_the_same"),
    [("kaşığa", "kaşık", True), ("renge", "renk", True), ("kullanılan", "kullanım", True), ("bakır", "bakımı", False)],
)
def test_questions_know_the_same_endings_of_nouns(asked: str, word: str, is_the_same: bool) -> None:
    assert bool(is_same(crm.fold(asked), crm.fold(word), "tr")) is is_the_same
