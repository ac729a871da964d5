"""What is wrong in a shopper's form is said by us, beside the field and in the page's language, not by the browser in
its own: its forms are sent as they are (`novalidate`), and come back with all that was typed."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from crm import api as crm
from shop.orders.links import order_token
from shop.oscar import Basket
from tests.shop import shelves
from tests.shop.conftest import checkout_form

TEMPLATES = Path(settings.BASE_DIR) / "templates"
# What a form is made of that the browser would refuse to send.
ASKS = re.compile(r"_field\.html|\srequired[\s>]|type=\"email\"")
REQUIRED = "Bu alan zorunlu."


@pytest.fixture(autouse=True)
def _turkish() -> Any:
    with translation.override("tr"):
        yield


def field(page: str, name: str) -> str:
    """The tag of a form's field."""
    found = re.search(rf'<(?:input|select)[^>]*\bname="{name}"[^>]*>', page)
    assert found, name
    return found.group()


def says(page: str, *wrong: str, text: str = REQUIRED) -> bool:
    """Whether each of these is marked, and the marked one is described by an element with that text."""
    for name in wrong:
        tag = field(page, name)
        assert 'aria-invalid="true"' in tag, tag
        described = re.search(r'aria-describedby="([^"]*)"', tag)
        assert described, tag
        texts = [re.search(rf'id="{id}"[^>]*>(.*?)</ul>', page, re.DOTALL) for id in described.group(1).split()]
        assert any(found and text in found.group(1) for found in texts), (name, described.group(1))
    return "novalidate" in page


def test_every_form_of_a_shopper_is_sent_as_it_is() -> None:
    """Those of htmx are not: it asks the browser first, and only the part that comes back is drawn anew."""
    left_to_the_browser = [
        str(path.relative_to(TEMPLATES))
        for app in ("shop", "support", "knowledgebase", "crm")
        for path in (TEMPLATES / app).rglob("*.html")
        if "admin" not in path.parts
        for tag, body in re.findall(r'(<form[^>]*method="post".*?>\s*)(.*?)</form>', path.read_text(), re.DOTALL)
        if ASKS.search(body) and "novalidate" not in tag and "hx-post" not in tag
    ]
    assert left_to_the_browser == []


def test_the_delivery(client: Client, make_product: Any) -> None:
    client.post(reverse("basket:add", args=[make_product(price="349.00", stock=5).pk]), {"quantity": 1})
    address = reverse("checkout:index")
    assert "novalidate" in client.get(address).content.decode()
    typed = checkout_form(Basket.objects.get().pk, email="ada@", name="", city="", option="", accept="")
    page = client.post(address, typed).content.decode()
    assert says(page, "name", "city")
    assert says(page, "email", text="Geçerli bir e-posta adresi girin.")
    assert says(page, "option", text="Lütfen bir teslimat seçeneği belirleyin.")
    assert 'value="ada@"' in field(page, "email")
    assert f'value="{typed["address"]}"' in field(page, "address")
    assert "checked" not in field(page, "accept")
    page = client.post(address, {**typed, "country": "XX"}).content.decode()
    assert 'aria-invalid="true"' in field(page, "country")


def test_the_payment(client: Client, order_as_guest: Callable[..., Any]) -> None:
    address = reverse("checkout:pay", args=[order_token(order_as_guest(is_paid=False))])
    page = client.post(address, {"method": "simulated-card", "card_number": "4242"}).content.decode()
    assert says(page, "card_number", text="12")
    assert 'value="4242"' in field(page, "card_number")
    assert says(client.post(address, {}).content.decode(), "method", text="Lütfen nasıl ödeyeceğinizi seçin.")


def test_logging_in_and_opening_an_account(client: Client, db: None) -> None:
    assert says(client.post(reverse("customer:login"), {"username": "ada"}).content.decode(), "password")
    page = client.post(reverse("customer:register"), {"name": "Ada", "email": "ada@", "wants_offers": "on"})
    assert page.status_code == 422
    assert says(page.content.decode(), "password")
    assert says(page.content.decode(), "email", text="Geçerli bir e-posta adresi girin.")
    assert 'value="ada@"' in field(page.content.decode(), "email")
    assert "checked" in field(page.content.decode(), "wants_offers")


def test_a_forgotten_password(client: Client, ada: crm.Customer) -> None:
    assert says(client.post(reverse("customer:password-reset"), {"email": ""}).content.decode(), "email")
    user = ada.account
    link = [urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)]
    form = client.get(reverse("customer:password_reset_confirm", args=link), follow=True)
    page = client.post(form.request["PATH_INFO"], {"new_password1": "", "new_password2": ""}).content.decode()
    assert says(page, "new_password1", "new_password2")


def test_looking_an_order_up(client: Client, order_as_guest: Callable[..., Any]) -> None:
    page = client.post(reverse("shop:track"), {"number": "", "contact": "ada@example.com"}).content.decode()
    assert says(page, "number")
    assert 'value="ada@example.com"' in field(page, "contact")
    proof = reverse("shop:document_page", args=[order_token(order_as_guest()), "invoice"])
    assert says(client.post(proof, {"contact": ""}).content.decode(), "contact")


def test_asking_to_be_told(client: Client, db: None) -> None:
    made = shelves.product("Cezve", "Cezve", stock=0)
    assert "novalidate" in client.get(f"/tr/catalogue/{made.slug}_{made.pk}/").content.decode()
    page = client.post(reverse("shop:alert_ask", args=[made.pk]), {"email": "ada@"}).content.decode()
    assert says(page, "email", text="Geçerli bir e-posta adresi girin.")
    assert 'value="ada@"' in field(page, "email")
