"""Staff say which words mean the same, and who types one of them finds what is called by another."""

import json
from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm import api as crm
from shop.demo.products import ensure_catalogue, read_catalogue
from shop.demo.synonyms import FILE, ensure_synonyms
from shop.index.refresh import count_words, current_version, refresh_index
from shop.models import ProductText, Synonyms
from shop.search.selectors import search_products
from shop.search.synonyms import NotSynonyms, read_words, save_synonyms, synonyms_of
from shop.search.words import understand
from tests.shop import shelves

pytestmark = pytest.mark.django_db
ADD = "admin:shop_synonyms_add"


def group(text: str, language: str = "tr") -> Synonyms:
    return save_synonyms(Synonyms(language=language), read_words(text))


def found(query: str, language: str, **how: Any) -> list[str]:
    """English titles."""
    titles = dict(ProductText.objects.filter(language="en").values_list("product_id", "title"))
    return [titles[pk] for pk in search_products(query, language=language, **how).ids]


@pytest.fixture(scope="module")
def shelf(shared_db: None) -> None:
    shelves.product("Cotton peshtemal", "Pamuk peştemal")
    shelves.product("Coffee cups", "Kahve fincanı")
    shelves.product("Camping mug", "Kamp kupası", facts=[["Colour", "Red"]])
    shelves.product("Travel tumbler", "Seyahat termosu", facts=[["Kind", "mug"]])
    shelves.product("Wool runner", "Yün yolluk")
    shelves.product("Bosphorus jigsaw", "Boğaz yapbozu", facts=[["Kind", "puzzle"]])
    shelves.product("Chess", "Satranç", facts=[["Kind", "puzzle"]])
    shelves.product("Table", "Masa")
    group("Havlu, peştemal, peşkir")
    group("halı, yolluk")
    group("mug, cup", "en")
    group("rug, runner", "en")
    group("rug, jigsaw", "en")
    group("puzzle, jigsaw", "en")
    group("dishes, unicorn", "en")
    current_version()


@pytest.mark.parametrize(
    "query",
    [
        *("havlu", "HAVLU", "havlular", "havlusu", "havlularımız", "havluya", "pamuk havlu", "peşkir", "peşkirler"),
        *("peskirlerden", "beyaz pamuk havlu"),
    ],
)
@pytest.mark.parametrize("as_typed", [False, True])
def test_a_turkish_word_means_its_synonyms_in_any_form(shelf: None, query: str, as_typed: bool) -> None:
    answer = search_products(query, language="tr", as_typed=as_typed)
    assert found(query, "tr", as_typed=as_typed)[:1] == ["Cotton peshtemal"]
    assert answer.meant == ""


@pytest.mark.parametrize("query", ["rug", "rugs", "Rugs", "wool rugs"])
@pytest.mark.parametrize("as_typed", [False, True])
def test_an_english_word_too(shelf: None, query: str, as_typed: bool) -> None:
    assert found(query, "en", as_typed=as_typed)[:1] == ["Wool runner"]


def test_products_are_found_in_the_forms_that_they_use(shelf: None) -> None:
    group("kâse, yapboz")
    assert found("kase", "tr") == ["Bosphorus jigsaw"]  # "Yapbozu"


def test_what_has_the_word_itself_comes_first(shelf: None) -> None:
    assert found("mug", "en") == ["Camping mug", "Travel tumbler", "Coffee cups"]
    assert found("cups", "en") == ["Coffee cups", "Camping mug", "Travel tumbler"]


def test_and_first_of_these_what_is_called_by_a_synonym(shelf: None) -> None:
    assert found("puzzle", "en") == ["Bosphorus jigsaw", "Chess"]


def test_a_word_may_be_in_several_groups(shelf: None) -> None:
    assert set(found("rug", "en")) == {"Wool runner", "Bosphorus jigsaw"}


def test_half_a_word_means_nothing_yet(shelf: None) -> None:
    assert found("havl", "tr", as_typed=True) == []
    assert found("havlu", "tr", as_typed=True) == ["Cotton peshtemal"]


def test_groups_are_of_one_language(shelf: None) -> None:
    assert found("halı", "en") == found("rugs", "tr") == []


def test_a_word_with_synonyms_is_no_slip(shelf: None) -> None:
    group("tabla, yolluk")
    group("mig, runner", "en")
    answer = search_products("tabla", language="tr")
    assert (found("tabla", "tr"), answer.meant, answer.known) == (["Wool runner"], "", {"tabla"})
    assert (found("mig", "en"), search_products("mig", language="en").meant) == (["Wool runner"], "")


def test_a_word_that_means_something_is_none_of_grammar(shelf: None) -> None:
    assert found("need cups", "en") == ["Coffee cups", "Camping mug", "Travel tumbler"]
    group("need, jigsaw", "en")
    assert found("need", "en") == ["Bosphorus jigsaw"]
    assert set(found("need cups", "en")) > {"Bosphorus jigsaw", "Coffee cups"}


def test_a_word_that_nobody_uses_is_as_frequent_as_its_synonyms(shelf: None) -> None:
    for number in range(3):
        shelves.product(f"Vase {number}", "Vazo")
    group("saksı, vazo")
    version = current_version()
    count_words()
    [vase], [pot] = [understand([word], language="tr", version=version) for word in ("vazo", "saksi")]
    assert pot.products == vase.products == 3


def test_a_noun_whose_synonyms_nobody_sells_either_finds_nothing(shelf: None) -> None:
    assert found("dishes", "en") == found("unicorn", "en") == []


def test_suggestions_and_the_page_show_it(shelf: None, client: Client) -> None:
    for path in ("/tr/search/", "/tr/search/suggest/"):
        assert "Pamuk peştemal" in client.get(path, {"q": "havlu"}).content.decode()


def test_synonyms_cost_no_query(shelf: None) -> None:
    version = current_version()
    synonyms_of("masa", version=version, language="tr")
    for query, finds in (("masa", 1), ("havlu", 1), ("havlu halı", 2)):
        with CaptureQueriesContext(connection) as captured:
            ids = search_products(query, language="tr", version=version).ids
        # One for the words, one for the products; another where none has all words.
        assert (len(ids), len(captured)) == (finds, 1 + finds), captured.captured_queries


def test_a_change_is_searched_by_at_once(settings: Any, client: Client) -> None:
    settings.PAGE_CACHE_SECONDS = 0
    shelves.product("Cotton peshtemal", "Pamuk peştemal")

    def is_found() -> bool:
        return "Pamuk peştemal" in client.get("/tr/search/?q=havlu").content.decode()

    assert not is_found()
    known = group("havlu, peştemal")
    assert is_found()
    save_synonyms(known, ["havlu", "peşkir"])
    assert not is_found()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE shop_synonyms SET folded = 'havlu pestemal'")
    assert is_found()
    known.delete()
    assert not is_found()


def test_a_change_that_is_taken_back_changes_nothing() -> None:
    version = current_version()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        group("havlu, peştemal")
        raise ZeroDivisionError
    assert current_version() == version


# --- What staff write ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "This field is required"),
        ("havlu", "at least two words"),
        ("havlu, , ;", "at least two words"),
        ("havlu, peştemal, HAVLU", "“HAVLU” and “havlu” are the same word"),
        ("halı, hali", "“hali” and “halı” are the same word"),
        ("bez, masa örtüsü", "“masa örtüsü” is more than one word"),
        ("bez, t-shirt", "“t-shirt” is more than one word"),
        ("bez, !!!", "“!!!” is no word"),
        ("bez, 12", "“12” is no word"),
        (f"bez, {'a' * 41}", f"“{'a' * 40}…” is longer than 40 letters"),
        (", ".join(f"word{letter}" for letter in "abcdefghijklm"), "at most 12 words"),
    ],
)
def test_what_is_no_group_is_told_and_not_kept(login: Any, linus: crm.User, text: str, reason: str) -> None:
    page = login(linus).post(reverse(ADD), {"language": "tr", "words": text}, headers={"accept-language": "en"})
    [error] = page.context["adminform"].form.errors["words"]
    assert reason in error
    with pytest.raises(NotSynonyms):
        save_synonyms(Synonyms(language="tr"), [text])
    assert not Synonyms.objects.exists()


def test_the_reason_is_told_in_turkish(login: Any, linus: crm.User) -> None:
    page = login(linus).post(
        reverse(ADD), {"language": "tr", "words": "masa örtüsü, bez"}, headers={"accept-language": "tr"}
    )
    assert "“masa örtüsü” birden çok sözcük" in page.content.decode()


def test_the_database_takes_no_group_of_one_word() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Synonyms.objects.create(language="tr", words=["havlu"], folded="havlu")


def test_a_manager_writes_changes_finds_and_deletes_groups(login: Any, linus: crm.User) -> None:
    client = login(linus)
    assert reverse("admin:shop_synonyms_changelist") in client.get("/admin/").content.decode()
    client.post(reverse(ADD), {"language": "tr", "words": " Havlu,peştemal ;\nPeşkir,"})
    group("mug, cup", "en")
    made = Synonyms.objects.get(language="tr")
    assert (made.words, made.folded) == (["Havlu", "peştemal", "Peşkir"], "havlu pestemal peskir")
    address = reverse("admin:shop_synonyms_change", args=[made.pk])
    assert "Havlu, peştemal, Peşkir" in client.get(address).content.decode()
    for asked, shown in (({"q": "PEŞTEMAL"}, True), ({"q": "cup"}, False), ({"language__exact": "en"}, False)):
        page = client.get(reverse("admin:shop_synonyms_changelist"), asked).content.decode()
        assert ("Havlu, peştemal" in page, "mug, cup" in page) == (shown, not shown)
    client.post(address, {"language": "en", "words": "towel, peshtemal"})
    made.refresh_from_db()
    assert (made.language, made.words, made.folded) == ("en", ["towel", "peshtemal"], "towel peshtemal")
    client.post(reverse("admin:shop_synonyms_delete", args=[made.pk]), {"post": "yes"})
    assert not Synonyms.objects.filter(pk=made.pk).exists()


def test_an_agent_does_not_see_them(login: Any, grace: crm.User) -> None:
    made = group("havlu, peştemal")
    client = login(grace)
    assert "synonyms" not in client.get("/admin/").content.decode()
    data = {"language": "tr", "words": "bir, iki"}
    for name, ids in (("changelist", []), ("add", []), ("change", [made.pk]), ("delete", [made.pk])):
        address = reverse(f"admin:shop_synonyms_{name}", args=ids)
        assert client.get(address).status_code == client.post(address, data).status_code == 403
    assert list(Synonyms.objects.values_list("words", flat=True)) == [["havlu", "peştemal"]]


# --- The demo shop ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(shared_db: None, now: datetime) -> int:
    ensure_catalogue(read_catalogue(), {}, now=now)
    made = ensure_synonyms()
    refresh_index()
    count_words()
    return made


def test_the_demo_has_some_in_both_languages_and_each_word_finds_goods(demo: int) -> None:
    groups = json.loads(FILE.read_text(encoding="utf-8"))
    assert demo == Synonyms.objects.count() == sum(map(len, groups.values()))
    assert all(len(texts) >= 20 for texts in groups.values())
    words = [(word, one.language) for one in Synonyms.objects.all() for word in one.words]
    assert [word for word, language in words if not search_products(word, language=language).ids] == []


@pytest.mark.parametrize(
    ("language", "query", "title"),
    [
        *[("tr", "havlular", "Striped cotton peshtemal"), ("tr", "kupa", "Tulip coffee cups, set of 2")],
        *[
            ("tr", "halı", "Wool kilim runner"),
            ("tr", "abajur", "Gourd lamp"),
            ("tr", "oyuncak", "Wooden spinning top"),
        ],
        *[("tr", "puzzle", "Bosphorus jigsaw, 1000 pieces"), ("tr", "yastık", "Kilim cushion")],
        *[("tr", "iplik", "Merino knitting yarn, 100 g"), ("en", "towels", "Cotton tea towels, set of 3")],
        *[("en", "mug", "Tulip coffee cups, set of 2"), ("en", "rug", "Wool kilim runner")],
        *[("en", "carpets", "Wool kilim runner"), ("en", "toys", "Tile memory game")],
        *[("en", "puzzle", "Bosphorus jigsaw, 1000 pieces"), ("en", "blanket", "Four-layer muslin throw")],
        *[("en", "lampshade", "Gourd lamp"), ("en", "fairy lights", "Festoon lights, 10 m")],
    ],
)
def test_shoppers_of_the_demo_find_what_they_mean(demo: int, language: str, query: str, title: str) -> None:
    assert found(query, language)[:1] == [title]


def test_loading_the_demo_again_leaves_them_as_they_are(demo: int) -> None:
    Synonyms.objects.filter(language="tr").delete()
    save_synonyms(Synonyms.objects.first() or Synonyms(), ["towel", "shawl"])
    before = list(Synonyms.objects.order_by("pk").values_list("words", flat=True))
    assert ensure_synonyms() == 0
    assert list(Synonyms.objects.order_by("pk").values_list("words", flat=True)) == before
