"""The basket: what goes in, what comes out, and what has changed in the meantime."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from crm import api as crm
from shop.oscar import BasketLine
from shop.partner.models import StockRecord
from tests.shop import shelves

pytestmark = pytest.mark.django_db


def put(client: Any, product: Any, quantity: Any = 1, **data: Any) -> Any:
    return client.post(f"/en/basket/add/{product.pk}/", {"quantity": quantity, **data}, follow=True)


def words(response: Any) -> str:
    return str(response.content.decode())


def test_adding_goes_back_to_the_page_and_says_how_many_there_are(client: Any) -> None:
    cezve = shelves.product("Cezve")
    response = put(client, cezve, next=f"/en/catalogue/cezve_{cezve.pk}/")
    assert response.redirect_chain == [(f"/en/catalogue/cezve_{cezve.pk}/", 302)]
    assert "Cezve is in your basket" in words(response)
    assert '<a href="/en/basket/">Go to the basket</a>' in response.content.decode()
    assert "2 pieces now" in words(put(client, cezve))
    assert BasketLine.objects.get().quantity == 2


@pytest.mark.parametrize(
    "next_page",
    ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil", "no address", "shop:home", "\0"],
)
def test_a_strange_way_back_leads_to_the_basket(client: Any, next_page: str) -> None:
    response = client.post(f"/en/basket/add/{shelves.product('Cezve').pk}/", {"next": next_page})
    assert response.url == "/en/basket/"


@pytest.mark.parametrize("quantity", ["", "x", "-5", "0", "1e9", "²", "99999999999999"])
def test_a_quantity_that_is_none_counts_as_one(client: Any, quantity: str) -> None:
    put(client, shelves.product("Cezve"), quantity)
    assert BasketLine.objects.get().quantity == 1


def test_more_than_there_is_becomes_what_there_is(client: Any) -> None:
    cezve = shelves.product("Cezve", stock=3)
    assert "That is all we have" in words(put(client, cezve, 10))
    assert BasketLine.objects.get().quantity == 3
    assert "in your basket already" in words(put(client, cezve, 1))
    assert BasketLine.objects.get().quantity == 3


def test_what_cannot_be_bought_is_refused_and_nothing_is_written(client: Any) -> None:
    hidden = shelves.product("Hidden")
    hidden.is_public = False
    hidden.save(update_fields=["is_public"])
    parent = shelves.product("Yarn", variants={"Blue": 1})
    sold_out = shelves.product("Gone", stock=0)
    unpriced = shelves.product("Unpriced", price=None)
    for product in (hidden, parent, sold_out, unpriced):
        assert put(client, product).status_code == 200
    assert client.post("/en/basket/add/999999/", follow=True).status_code == 200
    assert not BasketLine.objects.exists()
    crm.copy_traces()
    subjects = [f"shop.product:{product.pk}" for product in (hidden, parent, sold_out, unpriced)]
    assert not crm.Interaction.objects.filter(kind="shop.basket.added", subject__in=subjects).exists()


def test_only_post_changes_a_basket(client: Any) -> None:
    cezve = shelves.product("Cezve")
    assert client.get(f"/en/basket/add/{cezve.pk}/").status_code == 405
    assert client.get("/en/basket/lines/1/").status_code == 405
    assert not BasketLine.objects.exists()


def test_a_line_is_changed_and_taken_out_without_scripts(client: Any) -> None:
    put(client, shelves.product("Cezve", price="100"))
    line = BasketLine.objects.get()
    page = client.post(f"/en/basket/lines/{line.pk}/", {"quantity": "4"}, follow=True)
    assert page.context["page"].goods_total == Decimal("400.00")
    assert "₺350.00</strong> to free delivery" in words(page)
    page = client.post(f"/en/basket/lines/{line.pk}/", {"quantity": "0"}, follow=True)
    assert "Nothing in it yet" in words(page)
    assert not BasketLine.objects.exists()


def test_htmx_gets_the_basket_and_the_number_in_the_header(client: Any) -> None:
    put(client, shelves.product("Cezve"))
    line = BasketLine.objects.get()
    fragment = words(client.post(f"/en/basket/lines/{line.pk}/", {"quantity": "3"}, headers={"HX-Request": "true"}))
    assert "<html" not in fragment
    assert 'hx-swap-oob="true"' in fragment
    assert "</span>3</span>" in fragment


def test_the_link_of_the_header_is_answered_as_it_is_now_and_never_kept(client: Any) -> None:
    stranger = client.get("/en/basket/link/", headers={"HX-Request": "true"})
    assert "tool__count" not in words(stranger)
    put(client, shelves.product("Cezve"), 2)
    response = client.get("/en/basket/link/", headers={"HX-Request": "true"})
    assert words(response).strip().startswith('<a class="tool" id="basket-link"')
    assert "</span>2</span>" in words(response)
    assert "hx-swap-oob" not in words(response)
    assert "no-store" in response.headers["Cache-Control"]
    assert 'id="basket-link" href="/en/basket/" data-now="/en/basket/link/"' in words(client.get("/en/basket/"))
    assert client.post("/en/basket/link/").status_code == 405


def test_the_link_brings_the_token_of_now_to_a_page_with_an_old_one(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    assert "HX-Trigger" not in client.get("/en/basket/link/").headers  # a stranger without forms gets no cookie by it
    assert settings.CSRF_COOKIE_NAME not in client.cookies
    client.get("/en/account/login/")
    told = json.loads(client.get("/en/basket/link/")["HX-Trigger"])
    thing = shelves.product("Cezve")
    sent = {"quantity": 1, "csrfmiddlewaretoken": told["shop:token"]["token"]}
    assert client.post(f"/en/basket/add/{thing.pk}/", sent).status_code == 302


def test_nobody_changes_the_line_of_another_basket(client: Any, ada: crm.Customer, login: Any) -> None:
    from django.test import Client

    put(client, shelves.product("Cezve"))
    line = BasketLine.objects.get()
    mallory = Client()
    put(mallory, shelves.product("Other"))
    mallory.post(f"/en/basket/lines/{line.pk}/", {"quantity": "0"})
    line.refresh_from_db()
    assert line.quantity == 1


def test_a_product_deleted_while_in_the_basket_leaves_with_a_message(client: Any) -> None:
    cezve, cups = shelves.product("Cezve"), shelves.product("Cups")
    put(client, cezve)
    put(client, cups)
    cezve.delete()
    page = client.get("/en/basket/")
    assert "“Cezve” is no longer sold" in words(page)
    assert [line.title for line in page.context["page"].lines] == ["Cups"]
    assert "no longer sold" not in words(client.get("/en/basket/"))


def test_a_product_hidden_while_in_the_basket_leaves_with_a_message(client: Any) -> None:
    cezve = shelves.product("Cezve")
    put(client, cezve)
    cezve.is_public = False
    cezve.save(update_fields=["is_public"])
    assert "“Cezve” is no longer sold" in words(client.get("/en/basket/"))
    assert not BasketLine.objects.exists()


def test_what_the_shopper_took_out_is_not_called_no_longer_sold(client: Any) -> None:
    put(client, shelves.product("Cezve"))
    put(client, shelves.product("Cups"))
    client.post(f"/en/basket/lines/{BasketLine.objects.earliest('pk').pk}/", {"quantity": "0"})
    assert "no longer sold" not in words(client.get("/en/basket/"))


@pytest.mark.parametrize(("left", "message"), [(0, "Sold out for now"), (1, "Only 1 is left")])
def test_too_few_left_closes_the_checkout_with_a_reason(client: Any, left: int, message: str) -> None:
    put(client, shelves.product("Cezve"), 2)
    StockRecord.objects.update(num_in_stock=left)
    page = words(client.get("/en/basket/"))
    assert message in page
    assert 'disabled aria-describedby="why-not"' in page
    assert 'href="/en/checkout/"' not in page


def test_a_changed_price_is_said_and_todays_price_counts(client: Any) -> None:
    put(client, shelves.product("Cezve", price="100"))
    StockRecord.objects.update(price=Decimal("120.00"))
    page = client.get("/en/basket/")
    assert "it was ₺100.00" in words(page)
    assert page.context["page"].total == Decimal("120.00")


def test_changes_of_the_basket_leave_traces_about_the_listed_product(ada: crm.Customer, login: Any) -> None:
    yarn = shelves.product("Yarn", variants={"Blue": 5})
    client = login(ada)
    put(client, yarn.children.get(), 3)
    client.post(f"/en/basket/lines/{BasketLine.objects.get().pk}/", {"quantity": "1"})
    crm.copy_traces()
    rows = crm.Interaction.objects.filter(customer=ada, kind__startswith="shop.basket").order_by("occurred_at")
    assert [(row.kind, row.subject, row.data) for row in rows] == [
        ("shop.basket.added", f"shop.product:{yarn.pk}", {"quantity": 3}),
        ("shop.basket.removed", f"shop.product:{yarn.pk}", {"quantity": 2}),
    ]


def test_a_basket_page_takes_the_same_queries_for_any_number_of_lines(client: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for size in (2, 12):
        for number in range(size):
            put(client, shelves.product(f"Thing {size} {number}"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get("/en/basket/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_stranger_without_a_basket_costs_no_basket_query(client: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        client.get("/en/")
    assert not [query for query in queries if "basket" in query["sql"]]


@pytest.mark.parametrize("cookie", ["", "x", "1:forged", "\x00", "1" * 5000])
def test_a_forged_basket_cookie_opens_nothing(client: Any, settings: Any, cookie: str) -> None:
    put(client, shelves.product("Cezve"))
    from django.test import Client

    mallory = Client()
    mallory.cookies[settings.OSCAR_BASKET_COOKIE_OPEN] = cookie
    page = mallory.get("/en/basket/")
    assert page.status_code == 200
    assert "Nothing in it yet" in words(page)
