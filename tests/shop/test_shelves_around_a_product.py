"""Under a product: what the same customers bought, what is like it, what was looked at; all of it for sale now."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import gettext as _

from crm import api as crm
from shop.catalogue.seen import COOKIE, MOST
from shop.events import BOUGHT
from shop.index.refresh import current_version, refresh_index
from shop.models import ProductInterest
from shop.oscar import ProductRecommendation, StockRecord
from shop.personal import around as room
from tests.shop import shelves

pytestmark = pytest.mark.django_db

TITLE = re.compile(r'<h3 class="product__title"><a [^>]*>([^<]*)')


@pytest.fixture
def shop(db: None, make_product: Callable[..., Any], now: datetime) -> dict[str, Any]:
    """Everybody who bought the cezve bought cups; tray and lamp share its department, the tray its interest too."""
    products = {name: make_product(name.title()) for name in ("cezve", "cups", "lamp", "tray", "yarn")}
    shelves.department("Table", "Sofra", *(products[name] for name in ("cezve", "lamp", "tray", "cups")))
    for name in ("cezve", "tray"):
        ProductInterest.objects.create(product=products[name], interest="coffee")
    at = now - timedelta(days=30)
    customers = crm.Customer.objects.bulk_create(crm.Customer(created_at=at) for _ in range(3))
    crm.record_many(
        crm.Interaction(
            kind=BOUGHT,
            customer_id=customer.pk,
            actor="system:test",
            subject=f"shop.product:{products[name].pk}",
            occurred_at=at,
        )
        for customer in customers
        for name in ("cezve", "cups")
    )
    crm.rebuild_affinities(as_of=now)
    return products


def around(product: Any, *seen: Any) -> dict[str, list[str]]:
    refresh_index()
    version = current_version()
    found = room.shelves_of(room.around(product.pk), version=version, language="en")
    shown = {product.pk, *(card.id for shelf in found for card in shelf.cards)}
    last = room.seen_shelf([each.pk for each in seen], but=shown, version=version, language="en")
    return {shelf.name: [card.title for card in shelf.cards] for shelf in [*found, last] if shelf}


def look(client: Client, product: Any, **headers: str) -> Any:
    return client.get(f"/en/catalogue/{product.slug}_{product.pk}/", **headers)


def seen_on(response: Any) -> list[str]:
    """The titles on the shelf of what was looked at lately."""
    _before, _title, shelf = response.content.decode().partition('id="shelf-seen"')
    return TITLE.findall(shelf)


def test_each_product_stands_on_one_shelf_the_most_alike_first(shop: dict[str, Any]) -> None:
    assert around(shop["cezve"], shop["yarn"], shop["lamp"], shop["cezve"]) == {
        "together": ["Cups"],
        "alike": ["Tray", "Lamp"],
        "seen": ["Yarn"],
    }


def test_what_we_say_goes_with_it_stands_after_what_is_bought(shop: dict[str, Any]) -> None:
    ProductRecommendation.objects.create(primary=shop["cezve"], recommendation=shop["yarn"])
    refresh_index()
    found = room.shelves_of(room.around(shop["cezve"].pk), version=current_version(), language="en")[0]
    assert (found.title, [card.title for card in found.cards]) == (_("Customers also bought"), ["Cups", "Yarn"])
    StockRecord.objects.filter(product=shop["cups"]).update(num_in_stock=0)
    refresh_index()
    found = room.shelves_of(room.around(shop["cezve"].pk), version=current_version(), language="en")[0]
    assert (found.title, [card.title for card in found.cards]) == (_("Goes well with it"), ["Yarn"])


def test_what_cannot_be_bought_is_not_shown(shop: dict[str, Any]) -> None:
    StockRecord.objects.exclude(product=shop["cezve"]).update(num_in_stock=0)
    assert around(shop["cezve"], shop["yarn"]) == {}


def test_a_product_alone_in_the_shop_has_no_shelves(make_product: Callable[..., Any]) -> None:
    assert around(make_product()) == {}


def test_a_guest_sees_what_they_looked_at_the_last_first(client: Client, shop: dict[str, Any]) -> None:
    assert seen_on(look(client, shop["yarn"])) == []
    look(client, shop["lamp"])
    look(client, shop["yarn"])
    made = shelves.product("Alone")
    assert seen_on(look(client, made)) == ["Yarn", "Lamp"]
    assert seen_on(look(client, made)) == ["Yarn", "Lamp"], "not itself"
    cookie = client.cookies[COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"


def test_no_more_than_a_dozen_are_remembered(client: Client) -> None:
    for entry in shelves.many_products(MOST + 5):
        look(client, entry)
    assert len(client.cookies[COOKIE].value) < 200


@pytest.mark.parametrize("header", ["HTTP_DNT", "HTTP_SEC_GPC"])
def test_who_objects_to_being_followed_is_forgotten(client: Client, shop: dict[str, Any], header: str) -> None:
    look(client, shop["yarn"])
    response = look(client, shop["lamp"], **{header: "1"})
    assert seen_on(response) == []
    assert client.cookies[COOKIE].value == ""
    stranger = Client()
    look(stranger, shop["yarn"], **{header: "1"})
    assert COOKIE not in stranger.cookies


@pytest.mark.parametrize("cookie", ["x", "", "[1,2]:forged:forged", "\x7f", "W10:1:" + "x" * 5000])
def test_a_cookie_that_is_none_of_ours_is_ignored(client: Client, shop: dict[str, Any], cookie: str) -> None:
    client.cookies[COOKIE] = cookie
    assert seen_on(look(client, shop["lamp"])) == []
