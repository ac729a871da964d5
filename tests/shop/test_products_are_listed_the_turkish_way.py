"""The admin's list of products: in the order of the Turkish alphabet, and found without dots and hooks."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from shop.oscar import Product
from tests.shop import shelves

pytestmark = pytest.mark.django_db
LIST = reverse("admin:catalogue_product_changelist")


@pytest.fixture
def manager(login: Any, linus: Any) -> Client:
    client: Client = login(linus)
    return client


def test_titles_stand_in_the_order_of_the_turkish_alphabet(manager: Client) -> None:
    alphabet = [
        "Ayna",
        "Cam",
        "Çaydanlık",
        "Demlik",
        "Halı",
        "Ibrık",
        "İbrik",
        "Kase",
        "Oya",
        "Örtü",
        "Uzun",
        "Ütü",
        "Vazo",
    ]
    for title in reversed(alphabet):
        shelves.product(title)
    for query, expected in (("", alphabet), ("?o=1", alphabet), ("?o=-1", alphabet[::-1])):
        shown = manager.get(f"{LIST}{query}").context["cl"].result_list
        assert [product.title for product in shown] == expected, query


@pytest.mark.parametrize(
    "typed", ["caydanlik", "CAYDANLIK", "Çaydanlık", "çaydan isli", "tea kettle", "kettle’s", "Ç-1"]
)
def test_the_list_is_searched_without_dots_and_hooks(manager: Client, typed: str) -> None:
    shelves.product("Enamel tea-kettle", "Emaye ÇAYDANLIK, İşli", sku="Ç-1")
    shelves.product("Mug", "Fincan", sku="M-1")
    shown = manager.get(LIST, {"q": typed}).context["cl"].result_list
    assert [product.upc for product in shown] == ["Ç-1"]


def test_a_sign_alone_finds_nothing(manager: Client) -> None:
    shelves.product("Mug & spoon")
    assert not manager.get(LIST, {"q": "–"}).context["cl"].result_list
    assert manager.get(LIST, {"q": "mug & spoon"}).context["cl"].result_list


@pytest.mark.parametrize("title", ["İIıi ŞşĞğÇçÖöÜü", "Kâğıt hamûr", "Crème brûlée 5", "Ångström Øre łódź", "ﬁne ½ Ａ"])
def test_the_database_folds_as_we_do(title: str) -> None:
    product = shelves.product(title)
    assert Product.objects.filter(title__folded=title).get() == product
