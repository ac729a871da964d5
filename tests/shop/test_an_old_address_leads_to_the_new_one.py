"""A page that was renamed or moved answers at its old address with a redirect, of its own site only."""

from typing import Any

import pytest
from django.test import Client
from django.utils.text import slugify

from shop.models import CategoryText
from shop.oscar import Category, Product
from tests.shop import shelves
from tests.shop.test_every_page_has_one_address import write


def leads_to(path: str, **options: Any) -> tuple[int, str]:
    response = Client().get(path, **options)
    return response.status_code, response.headers.get("Location", "")


def test_a_renamed_product(db: None) -> None:
    product = shelves.product("Copper pot", "Bakır")
    old = f"/en/catalogue/copper-pot_{product.pk}/"
    product.texts.filter(language="en").update(slug="copper-cezve")
    assert leads_to(old) == (301, f"/en/catalogue/copper-cezve_{product.pk}/")
    assert leads_to(f"/tr/catalogue/bakir_{product.pk}/") == (200, "")
    assert Client().get(old)["Cache-Control"] == "no-cache", "it may be called so again"


@pytest.mark.parametrize(
    "slug",
    ["", "COPPER-CEZVE", "copper_cezve", "bakır-cezve", "bakir-cezve", "Копер", "x" * 300, "a b&c", "%25%FC", "-"],
)
def test_whatever_stands_before_the_key(db: None, slug: str) -> None:
    product = shelves.product("Copper cezve", "Bakır cezve")
    kitchen = shelves.department("Kitchen", "Mutfak")
    for path, right in (
        (f"{slug}_{product.pk}/", f"copper-cezve_{product.pk}/"),
        (f"category/{slug}_{kitchen.pk}/", f"category/kitchen_{kitchen.pk}/"),
        (f"category/{slug}/kitchen_{kitchen.pk}/", f"category/kitchen_{kitchen.pk}/"),
        (f"category/kitchen/{slug}/kitchen_{kitchen.pk}/", f"category/kitchen_{kitchen.pk}/"),
    ):
        status, address = leads_to(f"/en/catalogue/{path}")
        assert (status, address) == (301, f"/en/catalogue/{right}")
        assert leads_to(address) == (200, "")


def test_the_slug_of_the_other_language_in_one_step(db: None) -> None:
    product = shelves.product("Copper cezve", "Bakır cezve")
    kitchen = shelves.department("Kitchen", "Mutfak", product)
    cups = kitchen.add_child(name="Fincan", slug="fincan")
    for language, title in (("en", "Cups"), ("tr", "Fincan")):
        CategoryText.objects.create(category=cups, language=language, title=title, slug=title.lower())
    for turkish, english in (
        (f"bakir-cezve_{product.pk}/", f"copper-cezve_{product.pk}/"),
        (f"category/mutfak/fincan_{cups.pk}/", f"category/kitchen/cups_{cups.pk}/"),
    ):
        assert leads_to(f"/tr/catalogue/{english}") == (301, f"/tr/catalogue/{turkish}")
        assert leads_to(f"/en/catalogue/{turkish}") == (301, f"/en/catalogue/{english}")
        assert leads_to(f"/tr/catalogue/{turkish}") == leads_to(f"/en/catalogue/{english}") == (200, "")
    assert leads_to(f"/en/catalogue/category/mutfak/cups_{cups.pk}/")[0] == 301


def test_what_stands_behind_the_question_mark_goes_along(db: None) -> None:
    wool = shelves.product("Wool", "Yün", variants={"Red": 3, "Blue": 2})
    red, blue = wool.children.order_by("pk")
    kitchen = shelves.department("Kitchen", "Mutfak", wool)
    asked = f"?option={blue.pk}&utm_source=a%26b"
    assert leads_to(f"/tr/catalogue/wool_{wool.pk}/{asked}") == (301, f"/tr/catalogue/yun_{wool.pk}/{asked}")
    asked = "?sort=price&page=2"
    assert leads_to(f"/tr/catalogue/category/kitchen_{kitchen.pk}/{asked}") == (
        301,
        f"/tr/catalogue/category/mutfak_{kitchen.pk}/{asked}",
    )
    assert leads_to(f"/tr/catalogue/red_{red.pk}/?utm_source=x&option={blue.pk}") == (
        301,
        f"/tr/catalogue/yun_{wool.pk}/?utm_source=x&option={red.pk}",
    )


def test_where_oscar_links_to_a_review(db: None) -> None:
    product = shelves.product("Copper cezve", "Bakır cezve")
    assert leads_to(f"/tr/catalogue/x_{product.pk}/reviews/1/") == (302, f"/tr/catalogue/bakir-cezve_{product.pk}/")
    assert leads_to(f"/tr/catalogue/x_{product.pk + 1}/reviews/1/") == (404, "")


def test_a_slug_with_odd_letters_has_a_page_and_no_loop(db: None) -> None:
    product = shelves.product("Wool", "Yün")
    product.texts.all().delete()
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
    address = f"/en/catalogue/category/kitchen/cups_{cups.pk}/"
    assert leads_to(address) == (200, "")
    assert leads_to(f"/en/catalogue/category/cups_{cups.pk}/") == (301, address)  # without its place in the tree
    Category.objects.get(pk=cups.pk).move(Category.objects.get(pk=attic.pk), "last-child")
    moved = f"/en/catalogue/category/attic/cups_{cups.pk}/"
    assert leads_to(address) == (301, moved)
    Category.objects.filter(pk=cups.pk).update(slug="tea-cups")
    assert leads_to(moved) == (301, f"/en/catalogue/category/attic/tea-cups_{cups.pk}/")
    attic.texts.filter(language="en").update(slug="loft")
    assert leads_to(address) == (301, f"/en/catalogue/category/loft/tea-cups_{cups.pk}/")
    assert leads_to(f"/tr/catalogue/category/tavan-arasi/tea-cups_{cups.pk}/") == (200, "")


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
