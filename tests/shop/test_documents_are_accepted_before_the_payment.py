"""Both papers are read and accepted before an order exists, and kept with it in the wording that was accepted."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from crm import api as crm
from shop.basket.selectors import basket_page
from shop.documents.accepted import NotWhatWasAccepted, digest_of
from shop.documents.terms import accepted_documents, shown_documents
from shop.models import OrderDocument, ProductWeight
from shop.orders.placing import place_order
from shop.oscar import Basket, Order, StockRecord
from shop.partner.strategy import Selector
from shop.shipping.weights import weigh
from tests.shop.conftest import checkout_form, delivery, fill, put_on_shelf

ADDRESS = "/en/checkout/"


@pytest.fixture
def shopper(client: Client, make_product: Any) -> Client:
    """A browser with one cezve in its basket."""
    product = make_product(price="349.00", turkish="Bakır cezve")
    client.post(f"/en/basket/add/{product.pk}/", {"quantity": 1})
    return client


def form(**changes: Any) -> dict[str, Any]:
    return checkout_form(Basket.objects.get().pk, **changes)


def nothing_was_ordered() -> bool:
    return not (Order.objects.exists() or OrderDocument.objects.exists() or crm.Interaction.objects.exists())


def accept(basket: Any, now: Any, **changes: Any) -> Any:
    page, grams = basket_page(basket, language="en"), weigh(basket)
    return accepted_documents(page, grams=grams, delivery=delivery(**changes), language="en", now=now)


def place(basket: Any, now: Any, accepted: Any = ()) -> Any:
    return place_order(
        basket.pk,
        delivery=delivery(),
        expected_goods_total=None,
        user=None,
        visitor=None,
        language="en",
        now=now,
        accepted=accepted,
    )


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/en/checkout/", ["Preliminary Information Form", "Distance Sales Contract", "Copper cezve", "₺349.00"]),
        ("/tr/checkout/", ["Ön Bilgilendirme Formu", "Mesafeli Satış Sözleşmesi", "Bakır cezve", "₺349,00"]),
    ],
)
def test_both_can_be_read_with_goods_prices_and_seller_before_anything_is_sent(
    shopper: Client, settings: Any, address: str, words: list[str]
) -> None:
    page = shopper.get(address).content.decode()
    papers = "".join(re.findall(r"<details.*?</details>", page, re.DOTALL))
    assert [word for word in [*words, settings.SELLER_NAME, settings.SELLER_MERSIS] if word not in papers] == []
    [tick] = re.findall(r"<input[^>]*name=\"accept\"[^>]*>", page)
    assert "checked" not in tick


def test_what_was_accepted_is_kept_with_the_order_word_for_word(shopper: Client) -> None:
    shown = shopper.get(ADDRESS).context["documents"]
    shopper.post(ADDRESS, form(option="express"))
    kept = list(OrderDocument.objects.order_by("pk"))
    assert [(each.kind, each.language) for each in kept] == [("preliminary", "en"), ("contract", "en")]
    assert {each.order for each in kept} == {Order.objects.get()}
    for before, after in zip(shown, kept, strict=True):
        assert after.accepted_at and after.digest == digest_of(after.body)
        assert "Kıbrıs Şehitleri Cd. 12/3, 35220 İzmir" in after.body
        assert "₺468.90" in after.body  # 349.00 and 119.90 for the express courier
        terms = re.findall(r"<li>[^<]*[;.]</li>|<h3>.*?</h3>", before.body)
        assert len(terms) > 15
        assert [text for text in terms if text not in after.body] == []


def test_nothing_is_ordered_without_the_tick(shopper: Client) -> None:
    answer = shopper.post(ADDRESS, form(accept=""))
    assert answer.status_code == 422
    assert nothing_was_ordered()


def test_a_wording_that_changed_meanwhile_must_be_read_again(shopper: Client, settings: Any) -> None:
    data = form()
    settings.SELLER_NAME = "Another Company"
    answer = shopper.post(ADDRESS, data)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Please read them again" in page
    assert "Another Company" in page
    assert 'value="Ada Yılmaz"' in page
    assert "checked" not in re.findall(r"<input[^>]*name=\"accept\"[^>]*>", page)[0]
    assert nothing_was_ordered()
    assert shopper.post(ADDRESS, {**data, "wording": answer.context["wording"]}).status_code == 302
    assert "Another Company" in OrderDocument.objects.get(kind="contract").body


@pytest.mark.parametrize("wording", ["", "0" * 64, "x" * 10_000])
def test_a_form_that_does_not_say_what_was_read_orders_nothing(shopper: Client, wording: str) -> None:
    assert shopper.post(ADDRESS, form(wording=wording)).status_code in (409, 422)
    assert nothing_was_ordered()


def test_other_goods_at_the_same_price_must_be_read_again(shopper: Client) -> None:
    data = form()
    basket = Basket.objects.get()
    basket.lines.all().delete()
    shopper.post(f"/en/basket/add/{put_on_shelf('Copper tray', price='349.00').pk}/", {"quantity": 1})
    answer = shopper.post(ADDRESS, data)
    assert answer.status_code == 409
    assert "Copper tray" in answer.content.decode()
    assert nothing_was_ordered()


def test_sent_twice_it_is_one_order_with_two_papers(shopper: Client) -> None:
    data = form()
    first, second = (shopper.post(ADDRESS, data) for _ in range(2))
    assert first.url == second.url
    assert OrderDocument.objects.count() == 2


def test_a_basket_that_changes_under_the_papers_is_not_ordered(db: None, now: Any) -> None:
    basket = fill((put_on_shelf(), 1))
    papers = accept(basket, now)
    basket.add_product(put_on_shelf("Tray"), 1)
    with pytest.raises(NotWhatWasAccepted):
        place(basket, now, papers)
    assert nothing_was_ordered()
    assert not StockRecord.objects.filter(num_allocated__gt=0).exists()


def test_papers_that_speak_of_another_way_to_travel_are_not_kept(db: None, now: Any) -> None:
    basket = fill((put_on_shelf(), 1))
    with pytest.raises(NotWhatWasAccepted):
        place(basket, now, accept(basket, now, option="express"))
    assert nothing_was_ordered()


def test_keeping_them_costs_one_query(db: None, now: Any) -> None:
    counts = []
    for with_papers in (False, True):
        basket = fill((put_on_shelf(), 1))
        papers = accept(basket, now) if with_papers else ()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            place(basket, now, papers)
        counts.append(len([query for query in queries if "shop_orderdocument" in query["sql"]]))
    assert counts == [0, 1]


def test_what_people_write_stays_text(shopper: Client) -> None:
    shopper.post(ADDRESS, form(name="<script>alert(1)</script> & Ada", address="<img src=x>"))
    for body in OrderDocument.objects.values_list("body", flat=True):
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Ada" in body
        assert "<script" not in body and "<img" not in body


def test_a_heavy_basket_is_ordered_at_what_the_papers_say(shopper: Client) -> None:
    ProductWeight.objects.create(product_id=StockRecord.objects.get().product_id, grams=12_000)
    page = shopper.get(ADDRESS).content.decode()
    assert "₺89.90" in page and "Pick-up point – " not in page
    assert shopper.post(ADDRESS, form()).status_code == 302
    order = Order.objects.get()
    assert str(order.shipping_incl_tax) == "89.90"
    assert all("₺89.90" in document.body for document in order.documents.all())


def test_what_is_too_heavy_for_the_way_is_said_and_not_ordered(shopper: Client) -> None:
    ProductWeight.objects.create(product_id=StockRecord.objects.get().product_id, grams=12_000)
    answer = shopper.post(ADDRESS, form(option="pickup"))
    assert answer.status_code == 422
    assert nothing_was_ordered()


def test_the_papers_speak_one_language_whoever_asks(shopper: Client) -> None:
    basket = Basket.objects.get()
    basket.strategy = Selector().strategy()
    page = basket_page(basket, language="tr")
    with translation.override("en"):
        [preliminary, _] = shown_documents(page, grams=300, language="tr")
    assert "Standart" in preliminary.body and "Standard" not in preliminary.body
