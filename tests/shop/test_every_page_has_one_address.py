"""A page that is to be found says its one address and its other languages; every other page says that it is not."""

import re
from typing import Any

import pytest
from django.test import Client

from crm import api as crm
from knowledgebase import api as knowledgebase
from shop.catalogue.listings import PAGE_SIZE
from shop.seo.addresses import INDEXED
from tests.shop import shelves
from tests.shop.structured import of_type, things_of

SITE = "http://localhost:8000"


def head_of(path: str, status: int = 200) -> str:
    response = Client().get(path)
    assert response.status_code == status, response
    return response.content.decode().split("</head>")[0]


def canonical(head: str) -> str:
    [address] = re.findall(r'<link rel="canonical" href="([^"]+)">', head)
    assert "noindex" not in head
    return address


def hreflang(head: str) -> dict[str, str]:
    return dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', head))


def test_a_page_in_both_languages(db: None) -> None:
    product = shelves.product("Copper pot", "Bakır cezve")
    kitchen = shelves.department("Kitchen", "Mutfak", product)
    for turkish, english in (
        ("/tr/", "/en/"),
        ("/tr/catalogue/", "/en/catalogue/"),
        (f"/tr/catalogue/bakir-cezve_{product.pk}/", f"/en/catalogue/copper-pot_{product.pk}/"),
        (f"/tr/catalogue/category/mutfak_{kitchen.pk}/", f"/en/catalogue/category/kitchen_{kitchen.pk}/"),
        ("/tr/help/", "/en/help/"),
    ):
        for path in (turkish, english):
            head = head_of(path)
            assert canonical(head) == f"{SITE}{path}"
            assert hreflang(head) == {
                "tr": f"{SITE}{turkish}",
                "en": f"{SITE}{english}",
                "x-default": f"{SITE}{turkish}",
            }


def test_sorting_filters_and_campaigns_are_not_other_pages(db: None) -> None:
    shelves.product("Cezve", "Cezve")
    assert canonical(head_of("/en/catalogue/?sort=price&offers=1&utm_source=x&page=abc")) == f"{SITE}/en/catalogue/"


def test_a_later_page_of_a_list_is_its_own(db: None) -> None:
    shelves.many_products(PAGE_SIZE * 2 + 1)
    head = head_of("/en/catalogue/?page=2&sort=new")
    assert canonical(head) == f"{SITE}/en/catalogue/?page=2"
    assert hreflang(head)["tr"] == f"{SITE}/tr/catalogue/?page=2"
    assert canonical(head_of("/en/catalogue/?page=99999")) == f"{SITE}/en/catalogue/?page=3"
    assert canonical(head_of("/en/catalogue/?page=1")) == f"{SITE}/en/catalogue/"


@pytest.mark.parametrize(
    "path", ["/en/search/?q=x", "/en/basket/", "/en/account/login/", "/en/track/", "/en/help/search/?q=x"]
)
def test_what_is_endless_or_somebodys_own_is_not_to_be_found(db: None, path: str) -> None:
    head = head_of(path)
    assert '<meta name="robots" content="noindex">' in head
    assert "canonical" not in head
    assert hreflang(head) == {}


def test_what_is_not_there_is_not_to_be_found(db: None) -> None:
    assert "noindex" in head_of("/en/nowhere/", 404)
    assert "noindex" in head_of("/en/catalogue/gone_999/", 404)


def test_an_article_that_is_not_translated_has_no_other_language(db: None, now: Any) -> None:
    write(now, "returns", "en", "How do I send something back?")
    path = "/en/help/articles/returns/how-do-i-send-something-back/"
    head = head_of(path)
    assert canonical(head) == SITE + path
    assert hreflang(head) == {}
    write(now, "returns", "tr", "Nasıl iade ederim?")
    links = hreflang(head_of(path))
    assert links["en"] == SITE + path
    assert links["tr"] == links["x-default"] == f"{SITE}/tr/help/articles/returns/nasil-iade-ederim/"
    assert canonical(head_of(path + "?q=send")) == SITE + path


def write(now: Any, reference: str, language: str, title: str) -> None:
    draft = knowledgebase.Draft(reference=reference, language=language, title=title, body="With our label.")
    knowledgebase.save_article(draft, actor=crm.Actor.system("test"), now=now)


def test_an_article_is_described(db: None, now: Any) -> None:
    write(now, "returns", "en", "How do I send something back?")
    things = things_of(Client().get("/en/help/articles/returns/how-do-i-send-something-back/").content.decode())
    article = of_type(things, "Article")
    assert article["headline"] == "How do I send something back?"
    assert article["datePublished"].startswith("2026-11-16T10:00")
    assert of_type(things, "BreadcrumbList")["itemListElement"][-1]["name"] == "How do I send something back?"


def test_the_home_page_says_who_we_are_and_how_to_search(db: None) -> None:
    things = things_of(Client().get("/en/").content.decode())
    assert of_type(things, "OnlineStore")["legalName"] == "Esnaf Çarşı Ticaret Ltd. Şti."
    target = of_type(things, "WebSite")["potentialAction"]["target"]["urlTemplate"]
    assert target == f"{SITE}/en/search/?q={{search_term_string}}"


def test_a_department_lists_what_it_shows(db: None) -> None:
    product = shelves.product("Cezve", "Cezve")
    kitchen = shelves.department("Kitchen", "Mutfak", product)
    things = things_of(Client().get(f"/en/catalogue/category/kitchen_{kitchen.pk}/").content.decode())
    items = of_type(things, "CollectionPage")["mainEntity"]["itemListElement"]
    assert [(item["position"], item["name"]) for item in items] == [(1, "Cezve")]
    assert of_type(things, "BreadcrumbList")["itemListElement"][-1]["name"] == "Kitchen"


def test_an_empty_department_is_still_well_described(db: None) -> None:
    kitchen = shelves.department("Kitchen", "Mutfak")
    things_of(Client().get(f"/en/catalogue/category/kitchen_{kitchen.pk}/").content.decode())


def test_pages_are_private_until_somebody_says_otherwise() -> None:
    assert len(INDEXED) == 7


def test_a_basket_tells_robots_off_only_while_it_is_empty_as_theirs_is(client: Client, db: None) -> None:
    assert "noindex" in client.get("/en/basket/").content.decode()
    client.post(f"/en/basket/add/{shelves.product('Cezve').pk}/", {"quantity": 1})
    for address in ("/en/basket/", "/en/checkout/"):
        assert "noindex" not in client.get(address).content.decode()
    assert Client().get("/en/checkout/").status_code == 302
