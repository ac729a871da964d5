"""What a product's page says in JSON-LD is complete, true, and never more than the page itself."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.template import Context, Template
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from shop.catalogue.selectors import product_page
from shop.index.refresh import current_version, refresh_index
from shop.models import CategoryText
from shop.oscar import Category, ProductCategory, ProductImage, StockRecord
from shop.seo.products import product_graph, rating_of
from shop.templatetags.seo import json_ld
from tests.shop import shelves
from tests.shop.structured import check, of_type, things_of


def page_of(product: Any, language: str = "en") -> str:
    response = Client().get(shelves.address(product, language=language))
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def cezve(db: None) -> Any:
    product = shelves.product("Copper cezve", "Bakır cezve", price="690.00", facts=[["Brand", "Tokmakçı"]], sku="C-1")
    ProductImage.objects.create(product=product, original="images/cezve.webp")
    shelves.department("Kitchen", "Mutfak", product)
    return product


def test_a_product_with_its_offer(cezve: Any) -> None:
    things = things_of(page_of(cezve))
    product = of_type(things, "Product")
    assert (product["name"], product["sku"], product["brand"]["name"]) == ("Copper cezve", "C-1", "Tokmakçı")
    assert product["image"] == ["http://localhost:8000/media/images/cezve.webp"]
    offer = product["offers"]
    assert (offer["price"], offer["priceCurrency"]) == ("690.00", "TRY")
    assert offer["availability"].endswith("/InStock")
    assert offer["url"] == f"http://localhost:8000/en/catalogue/copper-cezve_{cezve.pk}/"
    assert "priceValidUntil" not in offer
    assert "aggregateRating" not in product


def test_the_way_to_it_is_what_the_page_shows(cezve: Any) -> None:
    steps = of_type(things_of(page_of(cezve, "tr")), "BreadcrumbList")["itemListElement"]
    assert [step["name"] for step in steps][1:] == ["Mutfak", "Bakır cezve"]
    assert [step["position"] for step in steps] == [1, 2, 3]
    assert steps[0]["item"] == "http://localhost:8000/tr/"


def test_the_way_to_it_names_every_department_above_it(cezve: Any) -> None:
    below = Category.objects.get(name="Kitchen").add_child(name="Copper", slug="copper")
    CategoryText.objects.create(category=below, language="en", title="Copper", slug="copper")
    ProductCategory.objects.update(category=below)
    refresh_index()
    page = page_of(cezve)
    steps = of_type(things_of(page), "BreadcrumbList")["itemListElement"]
    assert [step["name"] for step in steps] == ["Shop", "Kitchen", "Copper", "Copper cezve"]
    crumbs = re.findall(
        r'<li><a href="([^"]+)">([^<]+)</a></li>',
        page[page.index('class="crumbs"') : page.index("</nav>", page.index('class="crumbs"'))],
    )
    assert [name for _address, name in crumbs] == ["Shop", "Kitchen", "Copper"]
    assert ["http://localhost:8000" + address for address, _name in crumbs] == [step["item"] for step in steps[:3]]
    aisles = page[page.index('aria-label="Departments"') :]
    assert re.search(r'aria-current="page">([^<]+)<', aisles).group(1) == "Kitchen"


def test_how_it_is_delivered_and_returned(cezve: Any) -> None:
    things = things_of(page_of(cezve))
    policy = of_type(things, "MerchantReturnPolicy")
    assert (policy["merchantReturnDays"], policy["applicableCountry"]) == (14, "TR")
    options = {thing["@id"]: thing for thing in things if thing["@type"] == "OfferShippingDetails"}
    offered = [each["@id"] for each in of_type(things, "Product")["offers"]["shippingDetails"]]
    assert set(offered) == set(options)
    standard = options["#shipping-standard-59.90"]
    assert standard["shippingRate"] == {"@type": "MonetaryAmount", "value": "59.90", "currency": "TRY"}
    assert standard["deliveryTime"]["transitTime"]["maxValue"] == 4
    assert [place["addressCountry"] for place in standard["shippingDestination"]] == ["TR"]


def test_a_dear_product_travels_for_nothing(db: None) -> None:
    product = shelves.product("Walnut easel", "Ceviz şövale", price="750.00")
    ProductImage.objects.create(product=product, original="images/easel.webp")
    assert "#shipping-standard-0.00" in page_of(product)


def test_variants_are_a_group_with_an_offer_each(db: None) -> None:
    product = shelves.product("Wool", "Yün", price="80.00", variants={"Red": 3, "Blue": 0})
    ProductImage.objects.create(product=product, original="images/wool.webp")
    _red, blue = product.children.order_by("pk")
    StockRecord.objects.filter(product=blue).update(price=Decimal("95.00"))
    group = of_type(things_of(page_of(product)), "ProductGroup")
    assert group["variesBy"] == "https://schema.org/color"
    summary = group["offers"]
    assert (summary["lowPrice"], summary["highPrice"], summary["offerCount"]) == ("80.00", "95.00", 2)
    first, second = group["hasVariant"]
    assert (first["color"], first["offers"]["price"]) == ("Red", "80.00")
    assert first["offers"]["availability"].endswith("/InStock")
    assert second["offers"]["availability"].endswith("/OutOfStock")
    assert second["url"].endswith(f"?option={blue.pk}")
    assert first["sku"] != second["sku"]


def test_what_nobody_can_buy_is_no_product_for_them(db: None) -> None:
    product = shelves.product("Old lamp", "Eski lamba", price=None)
    assert [thing["@type"] for thing in things_of(page_of(product))] == ["BreadcrumbList"]


def test_a_sold_out_product_says_so(cezve: Any) -> None:
    StockRecord.objects.update(num_in_stock=0)
    assert of_type(things_of(page_of(cezve)), "Product")["offers"]["availability"].endswith("/OutOfStock")


def test_reviews_are_told_where_there_are_some(cezve: Any) -> None:
    page = product_page(cezve.pk, version=current_version(), language="en")
    review = SimpleNamespace(
        author="Ada Y.", stars=4, title="Good", text="It pours well.", written_at=datetime(2026, 11, 2, tzinfo=UTC)
    )
    rated = SimpleNamespace(**{**vars(page), "rating": SimpleNamespace(count=2, average=Decimal("4.50"))})
    graph = product_graph(rated, reviews=[review])["@graph"]
    check(graph)
    product = of_type(graph, "Product")
    assert (product["aggregateRating"]["ratingValue"], product["aggregateRating"]["reviewCount"]) == ("4.50", 2)
    assert product["review"][0]["reviewRating"]["ratingValue"] == 4
    assert product["review"][0]["datePublished"] == "2026-11-02"
    nobody = SimpleNamespace(**{**vars(page), "rating": SimpleNamespace(count=0, average=Decimal(0))})
    assert rating_of(nobody) is None
    assert "aggregateRating" not in of_type(product_graph(nobody, reviews=[review])["@graph"], "Product")


def test_a_title_cannot_end_the_script(db: None) -> None:
    title = "Mug </script><script>alert(1)</script> & <!-- \u2028 end"
    product = shelves.product("Mug", "Kupa")
    ProductImage.objects.create(product=product, original="images/mug.webp")
    product.texts.update(title=title)
    html = page_of(product)
    assert "<script>alert" not in html
    assert of_type(things_of(html), "Product")["name"] == title
    assert "\u2028" not in json_ld({"name": title})


def test_any_variant_of_a_page_says_the_same_address(db: None) -> None:
    product = shelves.product("Wool", "Yün", variants={"Red": 3, "Blue": 2})
    blue = product.children.order_by("pk").last()
    html = Client().get(f"/en/catalogue/wool_{product.pk}/?option={blue.pk}").content.decode()
    assert f'<link rel="canonical" href="http://localhost:8000/en/catalogue/wool_{product.pk}/">' in html


def test_the_head_of_a_product_asks_the_database_for_nothing(cezve: Any) -> None:
    page = replace(product_page(cezve.pk, version=current_version(), language="en"))
    request = SimpleNamespace(path=page.url, resolver_match=SimpleNamespace(view_name="catalogue:detail"))
    template = Template("{% load seo %}{% page_addresses %}{% product_head %}")
    with translation.override("en"), CaptureQueriesContext(connection) as queries:
        drawn = template.render(Context({"request": request, "product": page}))
    assert "og:image" in drawn and "canonical" in drawn
    assert len(queries) == 0
