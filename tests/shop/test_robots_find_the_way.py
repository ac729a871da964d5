"""robots.txt and the sitemaps: every public page in every language, nothing hidden, in bounded pieces."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate

from shop.oscar import Category, Product
from shop.seo import sitemaps
from tests.shop import shelves
from tests.shop.test_every_page_has_one_address import write

NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


def read(path: str) -> ElementTree.Element:
    response = Client().get(path)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/xml")
    return ElementTree.fromstring(response.content)  # noqa: S314


def addresses(path: str) -> list[str]:
    return [str(each.text) for each in read(path).iterfind(".//s:loc", NAMES)]


def paths(section: str, page: int = 1) -> list[str]:
    found = addresses(f"/sitemap-{section}.xml" + (f"?p={page}" if page > 1 else ""))
    return [address.removeprefix("http://localhost:8000") for address in found]


def test_robots_txt_leads_to_the_sitemap_and_away_from_what_is_endless() -> None:
    response = Client().get("/robots.txt")
    assert response["Content-Type"].startswith("text/plain")
    lines = response.content.decode().splitlines()
    assert "Sitemap: http://localhost:8000/sitemap.xml" in lines
    for language in ("tr", "en"):
        for place in ("search", "account"):
            assert f"Disallow: /{language}/{place}/" in lines
    forbidden = [line.removeprefix("Disallow: ") for line in lines if line.startswith("Disallow: ")]
    for path in ("/tr/", "/en/catalogue/", "/en/help/", "/media/share/a.jpg", "/static/css/base.css"):
        assert not any(path.startswith(prefix) for prefix in forbidden), path


def test_a_product_is_there_in_both_languages_with_its_day(db: None) -> None:
    product = shelves.product("Copper pot", "Bakır cezve")
    [turkish, english] = read("/sitemap-products.xml").findall("s:url", NAMES)
    in_turkish = f"http://localhost:8000/tr/catalogue/bakir-cezve_{product.pk}/"
    assert turkish.findtext("s:loc", namespaces=NAMES) == in_turkish
    assert turkish.findtext("s:lastmod", namespaces=NAMES) == localdate(product.date_updated).isoformat()
    links = {link.get("hreflang"): link.get("href") for link in english.iterfind("x:link", NAMES)}
    assert links == {
        "tr": in_turkish,
        "en": f"http://localhost:8000/en/catalogue/copper-pot_{product.pk}/",
        "x-default": in_turkish,
    }


def test_what_is_hidden_and_variants_are_not_there(db: None) -> None:
    shown = shelves.product("Wool", "Yün", variants={"Red": 1})
    hidden = shelves.product("Secret", "Gizli")
    Product.objects.filter(pk=hidden.pk).update(is_public=False)
    assert paths("products") == [f"/tr/catalogue/yun_{shown.pk}/", f"/en/catalogue/wool_{shown.pk}/"]


def test_a_department_inside_a_hidden_one_is_not_there(db: None) -> None:
    kitchen = shelves.department("Kitchen", "Mutfak")
    cups = kitchen.add_child(name="Cups", slug="cups")
    attic = shelves.department("Attic", "Tavan arası")
    attic.add_child(name="Boxes", slug="boxes")
    Category.objects.filter(pk=attic.pk).update(is_public=False)
    assert [path for path in paths("categories") if path.startswith("/en")] == [
        f"/en/catalogue/category/kitchen_{kitchen.pk}/",
        f"/en/catalogue/category/kitchen/cups_{cups.pk}/",
    ]


def test_an_article_is_there_in_the_languages_it_is_written_in(db: None, now: Any) -> None:
    write(now, "returns", "en", "Sending back")
    write(now, "parcels", "en", "Parcels")
    write(now, "parcels", "tr", "Kargolar")
    assert paths("articles") == [
        "/en/help/articles/parcels/parcels/",
        "/tr/help/articles/parcels/kargolar/",
        "/en/help/articles/returns/sending-back/",
    ]


def test_every_address_of_the_sitemaps_answers_with_a_page(db: None, now: Any) -> None:
    product = shelves.product("Copper pot", "Bakır cezve")
    kitchen = shelves.department("Kitchen", "Mutfak", product)
    kitchen.add_child(name="Çay", slug="çay")  # nobody has written what it is called
    write(now, "parcels", "tr", "Kargolar")
    files = addresses("/sitemap.xml")
    assert len(files) == len(sitemaps.SECTIONS)
    for file in files:
        for path in addresses(file.removeprefix("http://localhost:8000")):
            response = Client().get(path.removeprefix("http://localhost:8000"))
            assert response.status_code == 200, path
            assert f'<link rel="canonical" href="{path}">' in response.content.decode()


def test_thousands_of_products_are_cut_into_files(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps.ProductSitemap, "limit", 40)
    made = shelves.many_products(100)
    files = [path for path in addresses("/sitemap.xml") if "products" in path]
    assert [re.sub(r".*/", "", path) for path in files] == [
        "sitemap-products.xml",
        "sitemap-products.xml?p=2",
        "sitemap-products.xml?p=3",
    ]
    found = [path for page in (1, 2, 3) for path in paths("products", page)]
    assert len(found) == len(set(found)) == 200
    assert f"/en/catalogue/thing-99_{made[99].pk}/" in found
    with CaptureQueriesContext(connection) as queries:
        paths("products", 3)
    assert len(queries) <= 2  # how many there are, and those of the file


@pytest.mark.parametrize("path", ["/sitemap-secrets.xml", "/sitemap-products.xml?p=99", "/sitemap-products.xml?p=x"])
def test_what_is_no_file_of_them_is_not_found(db: None, path: str) -> None:
    assert Client().get(path).status_code == 404


def test_they_are_kept_for_an_hour_and_set_no_cookie(db: None) -> None:
    cache.clear()
    for path in ("/robots.txt", "/sitemap.xml", "/sitemap-pages.xml"):
        response = Client().get(path)
        assert "max-age=3600" in response["Cache-Control"]
        assert not response.cookies
