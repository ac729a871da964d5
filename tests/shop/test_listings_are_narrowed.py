"""Filters show what they promise, and the number beside each choice is what ticking it shows."""

import random
import re
from typing import Any

import pytest
from django.http import QueryDict

from shop.catalogue.facets import EVERYTHING, PRICES, Choice
from shop.catalogue.listings import MOST_PAGES, PAGE_SIZE, Listing, listing
from shop.catalogue.wishes import SORTS, Wish, chips
from shop.index.refresh import current_version, refresh_index
from shop.models import ListedProduct, ProductPlace
from tests.shop import shelves

pytestmark = pytest.mark.django_db

BRANDS, COLOURS, SIZES = ["Tokmakçı", "İznik", "Şile"], ["Blue", "Red", "Ochre"], ["S", "L"]


@pytest.fixture(scope="module")
def shop(shared_db: None) -> list[Any]:
    """Forty things of three brands, some sold out, some reduced; drawn by lot, always the same."""
    dice = random.Random(7)
    made = []
    for number in range(40):
        price = dice.choice([20, 80, 150, 700])
        facts = [["Brand", dice.choice(BRANDS)], ["Colour", dice.choice(COLOURS)], ["Size", dice.choice(SIZES)]]
        stock, reduced = dice.choice([0, 3]), dice.random() < 0.3
        made.append(
            shelves.product(
                f"Thing {number}",
                price=f"{price}.00",
                before=f"{price + 10}.00" if reduced else None,
                stock=stock,
                facts=facts,
            )
        )
    refresh_index()
    return made


def ask(query: str, **options: Any) -> Listing:
    return listing(Wish.from_query(QueryDict(query)), version=current_version(), language="en", **options)


def with_choice(query: str, name: str, choice: Choice) -> str:
    """The address after one more tick."""
    asked = QueryDict(query, mutable=True)
    if name in ("price", "rating"):
        asked[name] = choice.value
    else:
        asked.appendlist(name, choice.value)
    return asked.urlencode()


@pytest.mark.parametrize(
    "query",
    [
        "",
        "available=1",
        "brand=%C5%9Eile",
        "fact=Colour:Blue&offers=1",
        "price=50-100&fact=Size:S",
        "fact=Colour:Blue&fact=Colour:Red",
    ],
)
def test_the_number_beside_a_choice_is_what_ticking_it_adds_or_shows(shop: list[Any], query: str) -> None:
    here = ask(query)
    groups = [("brand", here.facets.brands.choices), *(("fact", facet.choices) for facet in here.facets.facts)]
    checked = 0
    for name, choices in groups:
        chosen = [choice for choice in choices if choice.is_chosen]
        for choice in choices:
            if not choice.is_chosen:
                there = ask(with_choice(query, name, choice))
                assert there.count == choice.count + (here.count if chosen else 0), (query, choice)
                checked += 1
    for entry in here.facets.prices:
        other = QueryDict(query, mutable=True)
        other["price"] = entry.value
        assert ask(other.urlencode()).count == entry.count
    assert ask(f"{query}&available=1").count == here.facets.available
    assert ask(f"{query}&offers=1").count == here.facets.reduced
    assert checked


def things(brands: dict[str, int], **facts: list[str]) -> None:
    """So many things of each brand, each with a value of each fact, in turn."""
    number = 0
    for brand, count in brands.items():
        for _ in range(count):
            more = [[name, values[number % len(values)]] for name, values in facts.items()]
            shelves.product(f"Thing {number}", facts=[["Brand", brand], *more])
            number += 1
    refresh_index()


def test_every_brand_is_offered_those_of_most_products_first(client: Any) -> None:
    things({**{f"Brand {letter}": 1 for letter in "HGFEDCBAKJI"}, "Çini": 2, "Deniz": 2, "Zümrüt": 3})
    brands = ask("").facets.brands
    labels = [choice.label for choice in brands.choices]
    assert labels == ["Zümrüt", "Çini", "Deniz", *(f"Brand {letter}" for letter in "ABCDEFGHIJK")]
    assert [choice.label for choice in brands.first] == labels[:6]
    assert [choice.label for choice in brands.rest] == labels[6:]
    page = client.get("/en/catalogue/").content.decode()
    seen, _, folded = page.partition('<details class="facet__more"><summary>8 more</summary>')
    folded = folded.partition("</details>")[0]
    for part, brands_in_it in ((seen, labels[:6]), (folded, labels[6:])):
        assert re.findall(r'name="brand" value="([^"]+)"', part) == brands_in_it
    # What is ticked is seen, and nothing changes its place.
    narrowed = ask("brand=Brand+K").facets.brands
    assert [choice.label for choice in narrowed.choices] == labels
    assert narrowed.is_rest_chosen
    assert '<details class="facet__more" open>' in client.get("/en/catalogue/?brand=Brand+K").content.decode()


def test_one_value_alone_is_not_put_behind_more(client: Any) -> None:
    things({f"Brand {letter}": 1 for letter in "ABCDEFG"})
    brands = ask("").facets.brands
    assert (len(brands.first), brands.rest) == (7, [])
    page = client.get("/en/catalogue/").content.decode()
    assert "facet__more" not in page
    assert page.count("<details") == page.count("</details>")


def test_what_was_chosen_is_offered_however_many_there_are() -> None:
    things({**{f"Brand {number:03}": 1 for number in range(65)}})
    labels = [choice.label for choice in ask("brand=Brand+064").facets.brands.choices]
    assert labels == [*(f"Brand {number:03}" for number in range(60)), "Brand 064"]


def test_groups_that_lead_to_a_product_each_are_folded_and_almost_all_alike_left_out(client: Any) -> None:
    things(
        {"Tokmakçı": 10},
        Colour=["Blue", "Red"],
        Care=["Wash", "Wash", "Iron", "Dry", "Brush", "Wash", "Air", "Wash", "Steam", "Wax"],
        Material=["Oak", "Oak", *(f"Wood {number}" for number in range(8))],
    )
    facets = {facet.name: facet for facet in ask("").facets.facts}
    assert {name: facet.is_folded for name, facet in facets.items()} == {"Colour": False, "Care": True}
    page = client.get("/en/catalogue/").content.decode()
    assert '<details class="facet" aria-label="Colour" open>' in page
    assert '<details class="facet" aria-label="Care">' in page
    chosen = {facet.name: facet.is_folded for facet in ask("fact=Care:Iron&fact=Material:Oak").facets.facts}
    assert (chosen["Care"], chosen["Material"]) == (False, False)


def test_a_search_with_one_hit_has_nothing_to_be_narrowed_by(shop: list[Any], client: Any) -> None:
    shelves.product("Kaleidoscope")
    kitchen = shelves.department("Kitchen", "Mutfak", shop[0])
    page = client.get("/en/search/?q=kaleidoscope").content.decode()
    assert "Kaleidoscope" in page
    assert 'id="facets"' not in page
    assert 'id="sort"' not in page
    # But whoever has narrowed it to one finds the way back.
    narrowed = client.get(f"/en/search/?q=thing&category={kitchen.pk}")
    assert narrowed.context["listing"].count == 1
    assert 'id="facets"' in narrowed.content.decode()


def test_every_card_fits_what_was_asked(shop: list[Any]) -> None:
    found = ask("available=1&brand=Tokmak%C3%A7%C4%B1&price=50-250")
    assert found.count
    rows = ListedProduct.objects.filter(product_id__in=[card.id for card in found.cards], language="en")
    assert {row.brand for row in rows} == {"Tokmakçı"}
    assert all(card.is_available and card.price and 50 <= card.price < 250 for card in found.cards)


@pytest.mark.parametrize("sort", SORTS)
def test_pages_of_any_order_hold_each_product_once(shop: list[Any], sort: str) -> None:
    first, second = ask(f"sort={sort}"), ask(f"sort={sort}&page=2")
    ids = [card.id for card in [*first.cards, *second.cards]]
    assert sorted(ids) == sorted(product.pk for product in shop)


def test_what_was_chosen_stands_above_the_list_and_can_be_taken_away(shop: list[Any], client: Any) -> None:
    page = client.get("/en/catalogue/?brand=%C5%9Eile&available=1&price=50-100").content.decode()
    assert "brand=%C5%9Eile&amp;price=50-100" in page  # without "in stock"
    wish = Wish.from_query(QueryDict("brand=A&brand=B&rating=4"))
    assert [(chip.label, chip.query) for chip in chips(wish)] == [
        ("A", "brand=B&rating=4"),
        ("B", "brand=A&rating=4"),
        ("4 stars and more", "brand=A&brand=B"),
    ]


@pytest.mark.parametrize(
    "query",
    [
        *("price=x-y", "price=-", "price=5", "price=99999999999999999999-", "price=250-100", "rating=9", "fact=:"),
        *("brand=%00", "brand='--", "brand=%25s%25%28x%29s", "fact=Colour:", "fact=Colour%1fBlue:x", "category=0x1"),
        *("fact=" + "a" * 5000 + ":b", "&".join(f"brand={n}" for n in range(500))),
    ],
)
def test_rubbish_in_the_address_is_a_list_and_no_error(shop: list[Any], client: Any, query: str) -> None:
    assert client.get(f"/en/catalogue/?{query}").status_code == 200
    assert client.get(f"/en/search/?q=thing&{query}").status_code == 200


def test_a_department_counts_its_own_only(shop: list[Any]) -> None:
    category = shelves.department("Kitchen", "Mutfak", *shop[:5])
    found = ask("", category_id=category.pk)
    assert found.count == 5
    assert ask("").facets.categories == {category.pk: 5}


def test_the_last_page_that_is_shown_is_the_hundredth(shop: list[Any]) -> None:
    first = max(product.pk for product in shop) + 1_000
    many = range(first, first + MOST_PAGES * PAGE_SIZE)
    example = ListedProduct.objects.filter(language="en").values().first()
    place = ProductPlace.objects.filter(category_id=EVERYTHING).values().first()
    assert example and place
    for row in (example, place):
        row.pop("id")
    ListedProduct.objects.bulk_create(ListedProduct(**{**example, "product_id": pk}) for pk in many)
    ProductPlace.objects.bulk_create(ProductPlace(**{**place, "product_id": pk}) for pk in many)
    shelves.product("One more")  # and with it a new version of the index
    found = ask("page=5000")
    assert (found.page, found.pages, len(found.cards)) == (MOST_PAGES, MOST_PAGES, PAGE_SIZE)
    assert found.count == len(shop) + len(many) + 1


def test_price_ranges_do_not_overlap() -> None:
    assert list(PRICES) == sorted(set(PRICES))


def test_a_search_is_narrowed_and_sorted_like_a_department(shop: list[Any], client: Any) -> None:
    all_of_it = client.get("/en/search/?q=thing").context["listing"]
    assert all_of_it.count == len(shop)
    blue = client.get("/en/search/?q=thing&fact=Colour:Blue&sort=price").context["listing"]
    facet = next(facet for facet in all_of_it.facets.facts if facet.name == "Colour")
    assert blue.count == next(choice.count for choice in facet.choices if choice.label == "Blue")
    prices = [card.price for card in blue.cards]
    assert prices == sorted(prices)


def test_a_search_is_narrowed_to_a_department(shop: list[Any], client: Any) -> None:
    kitchen = shelves.department("Kitchen", "Mutfak", *shop[:5])
    shelves.department("Paper", "Kâğıt", *shop[5:12])
    page = client.get("/en/search/?q=thing")
    assert {department.title: count for department, count in page.context["departments"]} == {"Kitchen": 5, "Paper": 7}
    assert client.get(f"/en/search/?q=thing&category={kitchen.pk}").context["listing"].count == 5
