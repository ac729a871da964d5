"""A wish list for everybody: a guest's is known by a cookie and joins the account at login; it can be shown around."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from crm import api as crm
from shop.models import Wish, WishList
from shop.wishlist import services
from shop.wishlist.selectors import COOKIE, wished_ids
from tests.conftest import PASSWORD
from tests.shop import shelves

pytestmark = pytest.mark.django_db


def add(client: Client, product: Any, **more: Any) -> Any:
    return client.post(f"/en/wishes/{product.pk}/add/", {"next": "/en/catalogue/"}, **more)


def on_list(client: Client) -> list[str]:
    return [card.title for card in client.get("/en/wishes/").context["cards"]]


def test_a_guest_saves_and_takes_off_without_an_account(client: Client, make_product: Callable[..., Any]) -> None:
    cezve, cups = make_product("Cezve"), make_product("Cups")
    assert add(client, cezve).url == "/en/catalogue/"
    add(client, cups)
    add(client, cups)
    assert on_list(client) == ["Cups", "Cezve"]
    assert WishList.objects.count() == 1
    page = client.get(f"/en/catalogue/{cups.slug}_{cups.pk}/")
    assert page.context["is_wished"]
    assert 'aria-pressed="true"' in page.content.decode()
    client.post(f"/en/wishes/{cups.pk}/remove/")
    client.post(f"/en/wishes/{cups.pk}/remove/")
    assert on_list(client) == ["Cezve"]
    assert COOKIE in client.cookies and client.cookies[COOKIE]["httponly"]


def test_one_guest_never_sees_anothers(client: Client, make_product: Callable[..., Any]) -> None:
    add(client, make_product())
    stranger = Client()
    assert on_list(stranger) == []
    stranger.cookies[COOKIE] = "1:forged"
    assert on_list(stranger) == []
    stranger.cookies[COOKIE] = str(WishList.objects.get().pk)
    assert on_list(stranger) == []
    assert stranger.post(f"/en/wishes/{Wish.objects.get().product_id}/remove/").status_code == 302
    assert Wish.objects.count() == 1


def test_the_empty_list_says_how_to_fill_it(client: Client) -> None:
    assert "Nothing on it yet" in client.get("/en/wishes/").content.decode()
    assert WishList.objects.count() == 0


def test_the_heart_answers_htmx_with_itself(client: Client, make_product: Callable[..., Any]) -> None:
    cezve = make_product()
    answer = add(client, cezve, HTTP_HX_REQUEST="true").content.decode()
    assert f"/en/wishes/{cezve.pk}/remove/" in answer
    assert "<html" not in answer


def test_a_login_joins_the_lists_without_doubles(
    client: Client, ada: crm.Customer, make_product: Callable[..., Any], now: Any
) -> None:
    cezve, cups, yarn = make_product("Cezve"), make_product("Cups"), make_product("Yarn")
    who = crm.Who(ada.pk, None)
    for product in (cezve, yarn):
        services.add_wish(product.pk, list_id=None, customer_id=ada.pk, who=who, now=now)
    add(client, cezve)
    add(client, cups)
    client.post("/en/account/login/", {"username": "ada@example.com", "password": PASSWORD})
    assert sorted(on_list(client)) == ["Cezve", "Cups", "Yarn"]
    assert [row.customer_id for row in WishList.objects.all()] == [ada.pk]
    client.post("/en/account/logout/")
    assert on_list(client) == []
    add(client, cups)
    assert on_list(client) == ["Cups"]
    assert Wish.objects.filter(wish_list__customer=ada).count() == 3


def test_staff_who_never_shopped_can_log_in_with_a_list(client: Client, grace: crm.User, make_product: Any) -> None:
    add(client, make_product("Cezve"))
    client.force_login(grace)
    assert on_list(client) == ["Cezve"]


def test_a_list_is_bounded_and_says_so(
    client: Client, ada: crm.Customer, make_product: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, now: Any
) -> None:
    monkeypatch.setattr(services, "MOST", 2)
    products = [make_product(f"Thing {n}") for n in range(4)]
    for product in products[:2]:
        services.add_wish(product.pk, list_id=None, customer_id=ada.pk, who=crm.Who(ada.pk, None), now=now)
    add(client, products[2])
    client.post("/en/account/login/", {"username": "ada@example.com", "password": PASSWORD})
    assert len(on_list(client)) == 2
    page = client.post(f"/en/wishes/{products[3].pk}/add/", follow=True).content.decode()
    assert "Your wish list is full: 2 things are on it." in page
    assert Wish.objects.count() == 2


@pytest.mark.parametrize("id", ["4711", "99999999999999999999"])
def test_what_is_not_sold_cannot_be_wished_for(client: Client, id: str) -> None:
    for step in ("add", "remove", "basket"):
        assert client.post(f"/en/wishes/{id}/{step}/").status_code in (302, 404)
    assert client.post(f"/en/wishes/{id}/add/").status_code == 404
    assert WishList.objects.count() == 0


def test_variants_and_hidden_things_cannot_be_wished_for(client: Client) -> None:
    yarn, hidden = shelves.product("Yarn", variants={"Blue": 1}), shelves.product("Hidden")
    type(hidden).objects.filter(pk=hidden.pk).update(is_public=False)
    assert add(client, yarn.children.get()).status_code == 404
    assert add(client, hidden).status_code == 404
    assert WishList.objects.count() == 0


def test_a_wish_goes_into_the_basket_and_off_the_list(client: Client, make_product: Callable[..., Any]) -> None:
    cezve = make_product("Cezve")
    add(client, cezve)
    client.post(f"/en/wishes/{cezve.pk}/basket/")
    assert on_list(client) == []
    assert [line.title for line in client.get("/en/basket/").context["page"].lines] == ["Cezve"]


def test_what_cannot_go_into_the_basket_stays_on_the_list(client: Client, make_product: Callable[..., Any]) -> None:
    gone, yarn = make_product("Gone", stock=0), shelves.product("Yarn", variants={"Blue": 1})
    for product in (gone, yarn):
        add(client, product)
        page = client.post(f"/en/wishes/{product.pk}/basket/", follow=True).content.decode()
        assert "notice--" in page
    assert sorted(on_list(client)) == ["Gone", "Yarn"]
    assert "Tell me when it is back" in page
    assert "Choose a variant" in page


def test_a_list_is_shared_by_an_address_nobody_can_guess_and_shows_no_name(
    client: Client, login: Any, ada: crm.Customer, make_product: Callable[..., Any]
) -> None:
    shopper = login(ada)
    add(shopper, make_product("Cezve"))
    shopper.post("/en/wishes/share/", {"share": "yes"})
    key = WishList.objects.get().share_key
    assert key and len(key) >= 20
    address = reverse("shop:wishes_shared", args=[key])
    assert address in shopper.get("/en/wishes/").context["shared_url"]
    page = Client().get(address).content.decode()
    assert "Cezve" in page and "noindex" in page
    assert "Ada" not in page
    shopper.post("/en/wishes/share/", {"share": "yes", "shows_name": "on"})
    page = Client().get(address).content.decode()
    assert "Wish list of Ada" in page and "Yılmaz" not in page
    shopper.post("/en/wishes/share/", {"share": "no"})
    assert Client().get(address).status_code == 404
    shopper.post("/en/wishes/share/", {"share": "yes"})
    assert WishList.objects.get().share_key != key


def test_who_has_the_address_changes_nothing(client: Client, make_product: Callable[..., Any]) -> None:
    add(client, make_product("Cezve"))
    client.post("/en/wishes/share/", {"share": "yes"})
    address = reverse("shop:wishes_shared", args=[WishList.objects.get().share_key])
    assert "/remove/" not in Client().get(address).content.decode()
    assert Client().post(address).status_code == 405
    for key in ("x", "-", "0" * 500):
        assert Client().get(f"/en/wishes/shared/{key}/").status_code == 404


def test_saving_only_by_post(client: Client, make_product: Callable[..., Any]) -> None:
    cezve = make_product()
    for step in ("add", "remove", "basket"):
        assert client.get(f"/en/wishes/{cezve.pk}/{step}/").status_code == 405
    assert client.get("/en/wishes/share/").status_code == 405


def test_the_way_back_leads_nowhere_else(client: Client, make_product: Callable[..., Any]) -> None:
    answer = client.post(f"/en/wishes/{make_product().pk}/add/", {"next": "//evil.example/"})
    assert answer.url == "/en/wishes/"


def test_the_shop_learns_of_wishes(login: Any, ada: crm.Customer, make_product: Callable[..., Any]) -> None:
    cezve = make_product()
    add(login(ada), cezve)
    crm.copy_traces()
    wished = crm.Interaction.objects.filter(kind="shop.wish.added", customer=ada)
    assert [row.subject for row in wished] == [f"shop.product:{cezve.pk}"]


def test_a_list_of_cards_learns_at_once_which_are_wished_for(
    client: Client, make_product: Callable[..., Any], django_assert_num_queries: Any
) -> None:
    wished, other = make_product("Cezve"), make_product("Cups")
    stranger: Any = client.get("/en/wishes/").wsgi_request
    with django_assert_num_queries(0):
        assert wished_ids(stranger, [wished.pk, other.pk]) == set()
    add(client, wished)
    guest: Any = client.get("/en/wishes/").wsgi_request
    with django_assert_num_queries(1):
        assert wished_ids(guest, [wished.pk, other.pk]) == {wished.pk}
