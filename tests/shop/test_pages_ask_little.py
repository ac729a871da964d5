"""How many questions a page puts to the database. The numbers are promises: see docs/decisions/0018-the-index.md."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shop.index.refresh import refresh_index
from tests.shop import shelves
from tests.shop.test_placing_stays_quick import ten_offers

pytestmark = pytest.mark.django_db

LISTING, PRODUCT, ANY_WITH_A_FULL_BASKET = 6, 8, 10


def queries_of(client: Client, address: str) -> list[str]:
    """Of the second look: the first fills what is kept."""
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200, address
    return [query["sql"] for query in captured.captured_queries]


@pytest.fixture
def products() -> list[Any]:
    made = [
        shelves.product(f"Thing {number}", price=f"{10 + number}.90", facts=[["Colour", ["Blue", "Red"][number % 2]]])
        for number in range(30)
    ]
    shelves.department("Coffee and tea", "Kahve ve çay", *made)
    refresh_index()
    return made


@pytest.fixture
def full(client: Client, products: list[Any]) -> Client:
    """A browser with twenty different things in its basket, while ten offers are live."""
    ten_offers(products)
    for product in products[:20]:
        assert client.post(f"/en/basket/add/{product.pk}/", {"quantity": 2}).status_code == 302
    return client


@pytest.mark.parametrize(
    "address", ["/en/catalogue/", "/tr/catalogue/?sort=-price&page=2", "/en/catalogue/?available=1&fact=Colour:Blue"]
)
def test_a_listing(client: Client, products: list[Any], address: str) -> None:
    queries = queries_of(client, address)
    assert len(queries) <= LISTING, "\n".join(queries)


def test_the_first_look_at_a_listing_after_a_change(client: Client, products: list[Any]) -> None:
    with CaptureQueriesContext(connection) as captured:
        client.get("/en/catalogue/")
    assert len(captured) <= LISTING


@pytest.mark.parametrize("variants", [None, {"Blue": 2, "Red": 0, "Green": 4}])
def test_a_product(client: Client, products: list[Any], variants: dict[str, int] | None) -> None:
    made = shelves.product("Copper cezve", variants=variants)
    queries = queries_of(client, f"/en/catalogue/copper-cezve_{made.pk}/")
    assert len(queries) <= PRODUCT, "\n".join(queries)


def test_a_product_that_campaigns_are_about(ada: Any, login: Any, client: Client, products: list[Any]) -> None:
    ten_offers(products)
    page = f"/en/catalogue/thing-3_{products[3].pk}/"
    for shopper in (client, login(ada)):
        queries = queries_of(shopper, page)
        assert len(queries) <= PRODUCT, "\n".join(queries)
        assert "campaigns" in shopper.get(page).content.decode()


@pytest.mark.parametrize(
    "address",
    [
        *(
            "/en/",
            "/en/catalogue/",
            "/en/search/?q=thing",
            "/en/search/suggest/?q=thin",
            "/en/basket/",
            "/en/checkout/",
        ),
        *("/en/help/", "/en/wishes/", "/en/contact/", "/en/track/"),
    ],
)
def test_any_page_with_a_full_basket(full: Client, address: str) -> None:
    queries = queries_of(full, address)
    assert len(queries) <= ANY_WITH_A_FULL_BASKET, "\n".join(queries)


def test_a_product_and_a_department_with_a_full_basket(full: Client, products: list[Any]) -> None:
    for address in (f"/en/catalogue/thing-3_{products[3].pk}/", "/en/catalogue/?sort=price"):
        queries = queries_of(full, address)
        assert len(queries) <= ANY_WITH_A_FULL_BASKET, "\n".join(queries)


def test_pages_of_a_regular_with_a_full_basket(ada: Any, login: Any, products: list[Any]) -> None:
    client = login(ada)
    ten_offers(products)
    for product in products[:20]:
        assert client.post(f"/en/basket/add/{product.pk}/", {"quantity": 2}).status_code == 302
    client.post(f"/en/wishes/{products[3].pk}/add/")
    made = []
    for address in (
        *("/en/catalogue/?sort=price", f"/en/catalogue/thing-3_{products[3].pk}/", "/en/search/?q=thing"),
        *("/en/basket/", "/en/checkout/", "/en/wishes/", "/en/"),
    ):
        queries = queries_of(client, address)
        if len(queries) > ANY_WITH_A_FULL_BASKET:
            made.append("\n  ".join([f"{address}: {len(queries)}", *(query[:160] for query in queries)]))
    assert not made, "\n".join(made)
