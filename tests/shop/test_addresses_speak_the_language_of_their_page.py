"""Wherever a product or a department is linked, the link has the words of the page's language and leads on at once."""

import re
from datetime import datetime
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import translation

from crm import api as crm
from shop.alerts.services import send_alerts
from shop.catalogue.editing import slug_of
from shop.catalogue.offers import looks_of
from shop.index.refresh import refresh_index
from shop.models import CategoryText, StockAlert
from shop.oscar import Category, ProductCategory, StockRecord
from tests.shop import shelves

pytestmark = pytest.mark.django_db
SITE = "http://localhost:8000"


@pytest.fixture
def shop() -> dict[str, Any]:
    made = {
        "cezve": shelves.product("Copper pot", "Bakır cezve"),
        "wool": shelves.product("Softest wool", "En yumuşak yün", variants={"Red": 3, "Blue": 2}),
    }
    kitchen = shelves.department("Kitchen", "Mutfak", *made.values())
    coffee = Category.objects.add_child(kitchen, {"name": "Kahve", "slug": "kahve"})
    for language, title in (("en", "Coffee"), ("tr", "Kahve")):
        CategoryText.objects.create(category=coffee, language=language, title=title, slug=title.lower())
    ProductCategory.objects.filter(product=made["cezve"]).update(category=coffee)
    refresh_index()
    return {**made, "kitchen": kitchen, "coffee": coffee}


def pages_in(shop: dict[str, Any], language: str) -> dict[str, str]:
    """Where each thing is, by its name."""
    wool, cezve, coffee = shop["wool"].pk, shop["cezve"].pk, shop["coffee"].pk
    words = {
        "tr": (f"bakir-cezve_{cezve}", f"en-yumusak-yun_{wool}", f"category/mutfak/kahve_{coffee}"),
        "en": (f"copper-pot_{cezve}", f"softest-wool_{wool}", f"category/kitchen/coffee_{coffee}"),
    }[language]
    return dict(zip(("cezve", "wool", "coffee"), (f"/{language}/catalogue/{each}/" for each in words), strict=True))


@pytest.mark.parametrize("language", ["tr", "en"])
def test_every_link_of_a_page_leads_to_a_page(shop: dict[str, Any], language: str) -> None:
    client, pages = Client(), pages_in(shop, language)
    blue = shop["wool"].children.last()
    for product in (shop["cezve"], blue):
        client.post(f"/{language}/basket/add/{product.pk}/", {"quantity": 1})
    client.post(f"/{language}/wishes/{shop['wool'].pk}/add/")
    words = {"tr": "cezve", "en": "copper"}[language]
    seen: set[str] = set()
    for page in (
        f"/{language}/",
        f"/{language}/catalogue/",
        f"/{language}/search/?q={words}",
        f"/{language}/search/suggest/?q={words}",
        f"/{language}/basket/",
        f"/{language}/wishes/",
        f"/{language}/nothing/{words}/",
        *pages.values(),
    ):
        text = client.get(page).content.decode()
        other = {"tr": "en", "en": "tr"}[language]
        links = set(re.findall(r"[\"'](?:http://localhost:8000)?(/\w\w/catalogue/[^\"'#?]*_\d+/)", text))
        seen |= links
        for link in links:
            assert client.get(link).status_code == 200, (page, link)
            assert link.startswith(f"/{language}/") or link in pages_in(shop, other).values(), (page, link)
    assert seen >= {*pages.values()}
    assert f'href="{pages["wool"]}?option={blue.pk}"' in client.get(f"/{language}/basket/").content.decode()


@pytest.mark.parametrize(("language", "other"), [("tr", "en"), ("en", "tr")])
def test_the_switch_leads_to_the_same_page_with_what_was_asked(shop: dict[str, Any], language: str, other: str) -> None:
    blue = shop["wool"].children.last()
    for name, query in (("cezve", ""), ("wool", f"?option={blue.pk}"), ("coffee", "?sort=price&amp;page=1")):
        page = pages_in(shop, language)[name] + query.replace("&amp;", "&")
        text = Client().get(page).content.decode()
        [switch] = re.findall(r'class="topline__language" href="([^"]+)"', text)
        assert switch == pages_in(shop, other)[name] + query
        assert Client().get(switch.replace("&amp;", "&")).status_code == 200


def test_the_switch_of_a_department_takes_no_fact_of_this_language_along(shop: dict[str, Any]) -> None:
    page = pages_in(shop, "en")["coffee"] + "?fact=Care:By+hand&brand=Avlu&page=1"
    [switch] = re.findall(r'class="topline__language" href="([^"]+)"', Client().get(page).content.decode())
    assert switch == pages_in(shop, "tr")["coffee"] + "?brand=Avlu"


def test_the_way_on_a_page_that_was_kept_follows_the_departments(shop: dict[str, Any]) -> None:
    page = pages_in(shop, "en")["cezve"]

    def way() -> str:
        text = Client().get(page).content.decode()
        crumbs = text.split('class="crumbs"')[1].split("</nav>")[0]
        return str(re.findall(r'href="([^"]+category/[^"]+)"', crumbs)[-1])

    assert way() == pages_in(shop, "en")["coffee"]
    shop["kitchen"].texts.filter(language="en").update(slug="galley")
    assert way() == f"/en/catalogue/category/galley/coffee_{shop['coffee'].pk}/"
    shop["kitchen"].texts.all().delete()
    assert way() == f"/en/catalogue/category/kitchen/coffee_{shop['coffee'].pk}/"
    Category.objects.filter(pk=shop["kitchen"].pk).update(slug="oscars")
    assert way() == f"/en/catalogue/category/oscars/coffee_{shop['coffee'].pk}/"


def test_words_on_a_department_cost_no_new_rows_below_it(shop: dict[str, Any]) -> None:
    shop["kitchen"].texts.update(description="New words")
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(DISTINCT product_id) FROM shop_staleproduct")
        assert cursor.fetchone() == ([0],)


@pytest.mark.parametrize("language", ["tr", "en"])
def test_the_timeline_of_a_customer(shop: dict[str, Any], language: str) -> None:
    blue = shop["wool"].children.last()
    pages = pages_in(shop, language)
    bare = shelves.product("Made in the dashboard")
    bare.texts.all().delete()
    subjects = {
        f"shop.product:{shop['cezve'].pk}": pages["cezve"],
        f"shop.product:{blue.pk}": f"{pages['wool']}?option={blue.pk}",
        f"shop.product:{bare.pk}": f"/{language}/catalogue/made-in-the-dashboard_{bare.pk}/",
    }
    with translation.override(language):
        links = crm.resolve_references(list(subjects))
    assert {subject: link.url for subject, link in links.items()} == subjects
    assert links[f"shop.product:{bare.pk}"].label == "Made in the dashboard"
    for url in subjects.values():
        assert Client().get(url).status_code == 200


def test_the_mail_that_it_is_back(shop: dict[str, Any], now: datetime) -> None:
    blue = shop["wool"].children.last()
    record = StockRecord.objects.filter(product=blue)
    record.update(num_in_stock=0)
    for language in ("tr", "en"):
        StockAlert.objects.create(
            product=blue, email=f"{language}@example.com", language=language, asked_at=now, confirmed_at=now
        )
    record.update(num_in_stock=5)
    send_alerts(now=now)
    for mail in crm.OutgoingMail.objects.all():
        assert f"{SITE}{pages_in(shop, mail.language)['wool']}?option={blue.pk}" in mail.text


def test_a_look_at_any_number_of_things_takes_one_query(shop: dict[str, Any], django_assert_num_queries: Any) -> None:
    ids = [shop["cezve"].pk, *shop["wool"].children.values_list("pk", flat=True)]
    with django_assert_num_queries(1), translation.override("tr"):
        assert len(looks_of(ids, "tr")) == 3


def test_titles_that_were_there_before_have_got_the_slug_that_they_would_get_today(shop: dict[str, Any]) -> None:
    statements = import_module("shop.migrations.0031_slugs_in_each_language").SLUGS
    text = shop["cezve"].texts.get(language="tr")
    for title in (
        *("Bakır cezve", "IŞIK", "İĞNE oyası", "ÇĞİÖŞÜ çğıöşü", "Kuş'un yemliği", "Kupa, 2’li", "…", "--a  b--"),
        *("Straße Ærø Łódź Œuvre œuvre Đorđe", "Kâğıt", "Crème brûlée n° 5", "x" * 199 + " y", "½ kilo", "a_b"),
    ):
        type(text).objects.filter(pk=text.pk).update(title=title, slug="x")
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        text.refresh_from_db()
        assert text.slug == slug_of(title), title
