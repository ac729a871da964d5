"""A link that is shared shows a title, words and a card of 1200 × 630 points drawn from the product's picture."""

import re
from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from knowledgebase.models import Category, CategoryText
from shop.oscar import ProductImage
from shop.seo.sharing import share_image
from tests.shop import shelves
from tests.shop.structured import of_type, things_of


@pytest.fixture
def cezve(db: None, settings: Any, tmp_path: Any) -> Any:
    settings.MEDIA_ROOT = str(tmp_path)
    product = shelves.product("Copper cezve", "Bakır cezve", price="690.00")
    drawn = BytesIO()
    Image.new("RGB", (300, 500), "#804020").save(drawn, "PNG")
    name = default_storage.save("images/bakır cezve.png", ContentFile(drawn.getvalue()))
    ProductImage.objects.create(product=product, original=name)
    return product


def properties(html: str) -> dict[str, str]:
    return dict(re.findall(r'<meta (?:property|name)="((?:og|product|twitter):[^"]+)" content="([^"]*)">', html))


def card_of(product: Any) -> str:
    html = Client().get(f"/en/catalogue/copper-cezve_{product.pk}/").content.decode()
    return properties(html)["og:image"].removeprefix("http://localhost:8000")


def test_a_product(cezve: Any) -> None:
    said = properties(Client().get(f"/tr/catalogue/bakir-cezve_{cezve.pk}/").content.decode())
    assert said["og:type"] == "product"
    assert said["og:title"] == "Bakır cezve"
    assert said["og:description"] == "First."
    assert said["og:url"] == f"http://localhost:8000/tr/catalogue/bakir-cezve_{cezve.pk}/"
    assert (said["og:locale"], said["og:locale:alternate"]) == ("tr_TR", "en_GB")
    assert (said["product:price:amount"], said["product:price:currency"]) == ("690.00", "TRY")
    assert said["twitter:card"] == "summary_large_image"
    assert (said["og:image:width"], said["og:image:height"]) == ("1200", "630")


def test_the_card_is_drawn_once_in_its_true_size(cezve: Any) -> None:
    path = card_of(cezve)
    first = Client().get(path)
    assert (first.status_code, first["Content-Type"]) == (200, "image/jpeg")
    body = b"".join(first.streaming_content)
    with Image.open(BytesIO(body)) as card:
        assert (card.size, card.format) == ((1200, 630), "JPEG")
        red, green, blue = card.convert("RGB").getpixel((600, 330))
        assert abs(red - 0x80) < 12 and abs(green - 0x40) < 12 and abs(blue - 0x20) < 12
    assert len(body) < 200_000
    [name] = ProductImage.objects.values_list("original", flat=True)
    default_storage.delete(name)  # the second time nothing is read but the card
    assert Client().get(path).status_code == 200


def test_no_card_is_drawn_of_other_files(cezve: Any) -> None:
    default_storage.save("invoices/secret.png", ContentFile(b"x"))
    for name in ("invoices/secret.png", "../../etc/passwd", "images/none.png", "share/images/x.png.jpg", "a%00b"):
        assert Client().get(f"/media/share/{name}.jpg").status_code in (400, 404), name
    assert not default_storage.exists("share")


def test_a_broken_picture_has_no_card_and_breaks_nothing(cezve: Any) -> None:
    path = card_of(cezve)
    [name] = ProductImage.objects.values_list("original", flat=True)
    with default_storage.open(name, "wb") as file:
        file.write(b"no picture")
    assert Client().get(path).status_code == 404


def test_pages_without_a_picture_have_the_shops(db: None) -> None:
    assert share_image("") == share_image("/media/a.svg") == "/static/img/share.jpg"
    said = properties(Client().get("/en/").content.decode())
    assert said["og:image"] == "http://localhost:8000/static/img/share.jpg"
    with Image.open("static/img/share.jpg") as card:
        assert card.size == (1200, 630)


@pytest.mark.parametrize(
    ("path", "title", "steps"),
    [
        ("/tr/help/", "Yardım", ["Mağaza", "Yardım"]),
        ("/en/help/", "Help", ["Shop", "Help"]),
        ("/en/help/categories/returns/", "Returns", ["Shop", "Help", "Returns"]),
        ("/en/help/search/?q=secret", "Search the help", None),
        ("/tr/help/search/", "Yardım merkezinde ara", None),
    ],
)
def test_the_help_has_the_shops(db: None, path: str, title: str, steps: list[str] | None) -> None:
    category = Category.objects.create(slug="returns")
    CategoryText.objects.create(category=category, language="en", title="Returns")
    page = Client().get(path)
    assert page.status_code == 200
    html = page.content.decode()
    said = properties(html)
    assert said["og:image"] == "http://localhost:8000/static/img/share.jpg"
    assert (said["og:title"], said["og:url"]) == (title, f"http://localhost:8000{path.partition('?')[0]}")
    assert said["og:description"].startswith("Answers about orders" if path.startswith("/en") else "Sipariş, teslimat")
    assert "secret" not in " ".join(said.values())
    if steps:
        assert [item["name"] for item in of_type(things_of(html), "BreadcrumbList")["itemListElement"]] == steps
    else:
        assert "application/ld+json" not in html


def test_a_department_shows_its_first_product(cezve: Any) -> None:
    kitchen = shelves.department("Kitchen", "Mutfak", cezve)
    said = properties(Client().get(f"/en/catalogue/category/kitchen_{kitchen.pk}/").content.decode())
    assert said["og:title"] == "Kitchen"
    assert "/media/share/images/" in said["og:image"]
