"""The first page, and the frame around every page."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm import api as crm
from tests.shop import shelves

pytestmark = pytest.mark.django_db


def test_a_product_stands_on_one_shelf_only(client: Any) -> None:
    for number in range(15):
        shelves.product(f"Thing {number}", before="150" if number % 2 else None)
    shown = [card.id for shelf in client.get("/en/").context["shelves"] for card in shelf.cards]
    assert len(shown) == len(set(shown)) == 12


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("/tr/", "/en/"),
        ("/en/catalogue/?sort=new", "/tr/catalogue/?sort=new"),
        # What a thing is made of is called otherwise there; its maker and its price are not.
        ("/en/catalogue/?fact=Care:Dishwasher+safe", "/tr/catalogue/"),
        (
            "/tr/search/?q=cezve&brand=Tokmak%C3%A7%C4%B1&fact=Renk:Mavi&price=100-250&fact=Boy:K&page=2&available=1",
            "/en/search/?q=cezve&amp;brand=Tokmak%C3%A7%C4%B1&amp;price=100-250&amp;available=1",
        ),
        ("/en/catalogue/?rating=4&page=2", "/tr/catalogue/?rating=4&amp;page=2"),
    ],
)
def test_the_other_language_is_one_link_away(client: Any, here: str, there: str) -> None:
    page = client.get(here).content.decode()
    assert f'href="{there}" hreflang="{there[1:3]}"' in page
    assert f'<html lang="{here[1:3]}">' in page


def test_no_page_asks_another_house_for_anything(client: Any, settings: Any) -> None:
    made = shelves.product("Cezve")
    for address in ("/tr/", "/en/catalogue/", f"/tr/catalogue/cezve_{made.pk}/", "/en/search/?q=cezve", "/tr/basket/"):
        page = client.get(address).content.decode()
        assert " style=" not in page
        assert "<script>" not in page
        asked = re.sub(r'<script type="application/ld\+json">.*?</script>', "", page)  # data: it names schema.org only
        links = asked.replace(settings.SITE_URL, "").replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in links
        assert "https://" not in links


@pytest.mark.parametrize("name", ["404.html", "403.html", "403_csrf.html", "500.html"])
def test_closed_doors_are_drawn_without_a_request(name: str) -> None:
    from django.template.loader import render_to_string

    assert "<h1" in render_to_string(name)


def test_a_customer_with_history_finds_it_on_the_first_page_and_a_stranger_does_not(
    ada: crm.Customer, login: Any, client: Any
) -> None:
    cezve = shelves.product("Cezve")
    shelves.product("Cups")
    bought_at = timezone.now() - timedelta(days=10)
    crm.ensure_partitions(bought_at.date(), timezone.now().date())
    crm.record(
        "shop.product.bought",
        customer_id=ada.pk,
        actor=crm.Actor.customer(ada.pk),
        now=bought_at,
        subject=f"shop.product:{cezve.pk}",
        data={"order": "E-1", "quantity": 1},
    )
    stranger = client.get("/en/")
    assert stranger.context["personal"] == []
    assert "Welcome back" not in stranger.content.decode()
    page = login(ada).get("/en/")
    assert "Welcome back, Ada" in page.content.decode()
    assert [card.title for shelf in page.context["personal"] for card in shelf.cards] == ["Cezve"]
    assert [card.title for shelf in page.context["shelves"] for card in shelf.cards] == ["Cups"]
