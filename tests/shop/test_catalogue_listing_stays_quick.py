"""Listings cost the same for any number of products, and make sense of whatever stands in the address."""

from typing import Any

import pytest

from shop.catalogue.cards import cards
from shop.index.refresh import refresh_index
from tests.shop import shelves

pytestmark = pytest.mark.django_db

LISTING_QUERIES = 6


@pytest.mark.parametrize("count", [1, 24, 300])
def test_a_listing_takes_the_same_queries_for_any_number_of_products(
    client: Any, django_assert_max_num_queries: Any, count: int
) -> None:
    shelves.department("Coffee and tea", "Kahve ve çay", *shelves.many_products(count))
    refresh_index()
    with django_assert_max_num_queries(LISTING_QUERIES):
        response = client.get("/en/catalogue/?sort=-price&available=1")
    assert response.status_code == 200


def test_a_department_takes_no_more_than_that(client: Any, django_assert_max_num_queries: Any) -> None:
    category = shelves.department("Coffee and tea", "Kahve ve çay", *shelves.many_products(60))
    refresh_index()
    with django_assert_max_num_queries(LISTING_QUERIES):
        response = client.get(f"/tr/catalogue/category/kahve-ve-cay_{category.pk}/")
    assert "Kahve ve çay" in response.content.decode()


def test_cards_take_one_query(django_assert_num_queries: Any) -> None:
    ids = [entry.pk for entry in shelves.many_products(50)]
    with django_assert_num_queries(1):
        assert [card.id for card in cards(ids[::-1], language="tr")] == ids[::-1]


def test_the_home_page_takes_a_dozen_queries(client: Any, django_assert_max_num_queries: Any) -> None:
    shelves.department("Coffee and tea", "Kahve ve çay", *shelves.many_products(60))
    refresh_index()
    with django_assert_max_num_queries(12):
        assert client.get("/en/").status_code == 200


@pytest.mark.parametrize("page", ["0", "-1", "99999999999999999999", "x", "", "²", "2'--"])
def test_a_page_that_is_none_shows_one_that_is(client: Any, page: str) -> None:
    shelves.many_products(30)
    response = client.get("/en/catalogue/", {"page": page, "sort": "nonsense"})
    assert response.status_code == 200
    assert "THING NUMBER" in response.content.decode()


def test_the_page_after_the_last_is_the_last(client: Any) -> None:
    shelves.many_products(30)
    listing = client.get("/en/catalogue/?page=7").context["listing"]
    assert (listing.page, listing.pages, len(listing.cards)) == (2, 2, 6)


def test_sorting_by_price_uses_the_cheapest_variant(client: Any) -> None:
    shelves.product("Dear", price="900")
    shelves.product("Cheap", price="10", variants={"Blue": 1, "Red": 2})
    shelves.product("Middle", price="500")
    listing = client.get("/en/catalogue/?sort=price").context["listing"]
    assert [card.title for card in listing.cards] == ["Cheap", "Middle", "Dear"]
    listing = client.get("/en/catalogue/?sort=-price").context["listing"]
    assert [card.title for card in listing.cards] == ["Dear", "Middle", "Cheap"]


def test_what_is_sold_out_can_be_left_out(client: Any) -> None:
    shelves.product("Gone", stock=0)
    shelves.product("Here", stock=1)
    shelves.product("One colour left", variants={"Blue": 0, "Red": 1})
    shelves.product("No colour left", variants={"Blue": 0})
    listing = client.get("/en/catalogue/?available=1").context["listing"]
    assert {card.title for card in listing.cards} == {"Here", "One colour left"}


def test_hidden_products_and_variants_are_in_no_listing(client: Any) -> None:
    hidden = shelves.product("Hidden")
    hidden.is_public = False
    hidden.save(update_fields=["is_public"])
    shelves.product("Shown", variants={"Blue": 1})
    listing = client.get("/en/catalogue/").context["listing"]
    assert [card.title for card in listing.cards] == ["Shown"]
    assert cards([hidden.pk], language="en") == []


def test_an_empty_shop_and_an_unknown_department_are_friendly(client: Any) -> None:
    assert "Nothing on this shelf" in client.get("/en/catalogue/").content.decode()
    assert client.get("/en/").status_code == 200
    missing = client.get("/en/catalogue/category/nowhere_4711/")
    assert missing.status_code == 404
    assert "We do not sell this any more" in missing.content.decode()


def test_titles_fall_back_to_the_other_language(client: Any) -> None:
    shelves.product("Only English")
    listing = client.get("/tr/catalogue/").context["listing"]
    assert [card.title for card in listing.cards] == ["Only English"]
