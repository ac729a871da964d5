"""A page that was renamed or moved answers at its old address with a redirect, of its own site only."""

from typing import Any

import pytest
from django.test import Client
from django.utils.text import slugify

from shop.oscar import Category, Product
from tests.shop import shelves
from tests.shop.test_every_page_has_one_address import write


def leads_to(path: str, **options: Any) -> tuple[int, str]:
    response = Client().get(path, **options)
    return response.status_code, response.headers.get("Location", "")


def test_a_renamed_product(db: None) -> None:
    product = shelves.product("Copper pot", "Bakır")
    old = f"/en/catalogue/copper-pot_{product.pk}/"
    Product.objects.filter(pk=product.pk).update(slug="copper-cezve")
    assert leads_to(old) == (301, f"/en/catalogue/copper-cezve_{product.pk}/")
    assert leads_to(f"/tr/catalogue/bakir_{product.pk}/") == (301, f"/tr/catalogue/copper-cezve_{product.pk}/")


@pytest.mark.parametrize("slug", ["", "COPPER-CEZVE", "copper_cezve", "bakır-cezve", "Копер", "x" * 300])
def test_whatever_stands_before_the_key(db: None, slug: str) -> None:
    product = shelves.product("Copper cezve", "Bakır cezve")
    assert leads_to(f"/en/catalogue/{slug}_{product.pk}/") == (301, f"/en/catalogue/copper-cezve_{product.pk}/")


def test_a_slug_with_odd_letters_has_a_page_and_no_loop(db: None) -> None:
    product = shelves.product("Wool", "Yün")
    for slug in ("wool & silk", "yün/ipek", "a..b", "--", "ğ"):
        Product.objects.filter(pk=product.pk).update(slug=slug)
        status, address = leads_to(f"/en/catalogue/x_{product.pk}/")
        assert status == 301
        assert leads_to(address) == (200, "")


def test_a_variant_leads_to_its_parent_and_is_chosen_there(db: None) -> None:
    product = shelves.product("Wool", "Yün", variants={"Red": 3, "Blue": 2})
    blue = product.children.order_by("pk").last()
    status, address = leads_to(f"/en/catalogue/blue_{blue.pk}/")
    assert (status, address) == (301, f"/en/catalogue/wool_{product.pk}/?option={blue.pk}")
    assert leads_to(address) == (200, "")


def test_a_renamed_and_moved_department(db: None) -> None:
    kitchen = shelves.department("Kitchen", "Mutfak")
    attic = shelves.department("Attic", "Tavan arası")
    cups = kitchen.add_child(name="Cups", slug="cups")
    address = f"/en/catalogue/category/cups_{cups.pk}/"
    assert leads_to(address) == (200, "")
    Category.objects.get(pk=cups.pk).move(Category.objects.get(pk=attic.pk), "last-child")
    assert leads_to(address) == (200, "")  # the place in the tree is no part of it
    assert leads_to(f"/en/catalogue/category/kitchen/cups_{cups.pk}/") == (200, "")  # as Oscar itself links to it
    Category.objects.filter(pk=cups.pk).update(slug="tea-cups")
    renamed = f"/en/catalogue/category/tea-cups_{cups.pk}/"
    assert leads_to(address) == (301, renamed)
    assert leads_to(f"/en/catalogue/category/kitchen/cups_{cups.pk}/") == (301, renamed)


def test_a_renamed_article(db: None, now: Any) -> None:
    write(now, "returns", "en", "Sending back")
    write(now, "returns", "en", "How to return")
    renamed = f"/en/help/articles/returns/{slugify('How to return')}/"
    assert leads_to("/en/help/articles/returns/sending-back/") == (301, renamed)
    assert leads_to("/en/help/articles/returns/SENDING_BACK/?q=back") == (301, renamed + "?q=back")


def test_the_slug_of_the_other_language(db: None, now: Any) -> None:
    write(now, "returns", "en", "Sending back")
    write(now, "returns", "tr", "Geri göndermek")
    assert leads_to("/tr/help/articles/returns/sending-back/") == (301, "/tr/help/articles/returns/geri-gondermek/")


def test_without_its_slash_or_its_language(db: None) -> None:
    product = shelves.product("Cezve", "Cezve")
    path = f"/catalogue/cezve_{product.pk}"
    assert leads_to(f"/en{path}") == (301, f"/en{path}/")
    assert leads_to(f"{path}/", headers={"accept-language": "en"}) == (302, f"/en{path}/")
    assert leads_to(f"/en{path}?option=1") == (301, f"/en{path}/?option=1")


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "//evil.example/",
        "//evil.example/en/",
        "///evil.example/en/catalogue",
        "/\\evil.example/en",
        "/en//evil.example",
        "/en/catalogue//evil.example_1",
        "/%2F%2Fevil.example/en",
        "//en/catalogue",
        "/en/..//evil.example/",
    ],
)
def test_no_address_leads_away_from_the_shop(db: None, path: str) -> None:
    status, address = leads_to("/", PATH_INFO=path)  # as a server hands it on: the client itself reads a host in it
    assert status in (301, 302, 400, 404)
    assert not address or (address.startswith("/") and not address.startswith(("//", "/\\"))), address
