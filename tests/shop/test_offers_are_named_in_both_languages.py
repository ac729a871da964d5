"""An offer's name is told in the shopper's language, from the basket to the order, without another query."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from shop.basket.selectors import basket_page
from shop.models import OfferText
from shop.offer.models import Benefit
from shop.offer.names import name_offer
from shop.orders.lines import lines_of
from shop.oscar import Applicator, Basket
from shop.partner.strategy import Selector
from tests.shop import offers
from tests.shop.conftest import fill

pytestmark = pytest.mark.django_db
NAMES = {"tr": "Sonbahar indirimi", "en": "Autumn sale"}
ENGLISH = {"accept-language": "en"}


def shown(basket_id: int, language: str) -> Any:
    with translation.override(language):
        basket = Basket.objects.get(pk=basket_id)
        basket.strategy = Selector().strategy()
        Applicator().apply(basket)
        return basket_page(basket, language=language)


def test_the_basket_names_it_in_its_language(make_product: Any) -> None:
    name_offer(offers.offer("autumn-26"), NAMES)
    basket = fill((make_product(), 1))
    assert [entry.name for entry in shown(basket.pk, "tr").discounts] == ["Sonbahar indirimi"]
    assert [entry.name for entry in shown(basket.pk, "en").discounts] == ["Autumn sale"]


def test_without_a_name_in_a_language_the_offers_own_stands(make_product: Any) -> None:
    name_offer(offers.offer("Fall deal"), {"tr": "Sonbahar indirimi", "en": ""})
    basket = fill((make_product(), 1))
    assert [entry.name for entry in shown(basket.pk, "en").discounts] == ["Fall deal"]


def test_an_offer_on_the_delivery_too(make_product: Any) -> None:
    name_offer(offers.offer("ship", benefit=(Benefit.SHIPPING_PERCENTAGE, 100)), NAMES)
    page = shown(fill((make_product(), 1)).pk, "tr")
    assert page.delivery_offer is not None and page.delivery_offer.name == "Sonbahar indirimi"


def test_names_cost_no_query(make_product: Any) -> None:
    made = [offers.offer(f"Offer {number}") for number in range(5)]
    basket = fill((make_product(), 1))
    with CaptureQueriesContext(
        connection,
    ) as before:
        shown(basket.pk, "tr")
    for offer in made:
        name_offer(offer, NAMES)
    with CaptureQueriesContext(connection) as after:
        shown(basket.pk, "tr")
    assert len(after) == len(before)
    assert not [query for query in after.captured_queries if query["sql"].startswith('SELECT "shop_offertext"')]


def test_the_order_tells_it_in_the_language_of_whoever_reads(order_as_guest: Any, make_product: Any) -> None:
    name_offer(offers.offer("autumn-26"), NAMES)
    order = order_as_guest((make_product(), 1))
    assert order.discounts.get().offer_name == "autumn-26"
    for language, name in NAMES.items():
        lines_of(order, language)
        assert [entry.name for entry in order.reductions] == [name]
        order._prefetched_objects_cache.clear()
    OfferText.objects.all().delete()
    lines_of(order, "tr")
    assert [entry.name for entry in order.reductions] == ["autumn-26"]


def test_the_list_leads_to_where_campaigns_are_made(login: Any, linus: Any) -> None:
    client = login(linus)
    listed = reverse("admin:offer_conditionaloffer_changelist")
    for name in ("autumn-26", "winter-26"):
        page = client.get(listed, headers=ENGLISH).content.decode()
        assert "Create a new item" not in page
        assert reverse("admin:offer_conditionaloffer_add") not in page
        assert f'href="{reverse("dashboard:offer-metadata")}"' in page
        assert client.get(reverse("dashboard:offer-metadata")).status_code == 200
        offers.offer(name)
    page = client.get(f"{listed}?q=zzz", headers=ENGLISH).content.decode()
    assert "No results found" in page
    assert "Reset filters" in page


def test_staff_write_both_names_beside_each_other(login: Any, linus: Any, grace: Any) -> None:
    offer = offers.offer("autumn-26")
    client = login(linus)
    page = reverse("admin:offer_conditionaloffer_change", args=[offer.pk])
    listed = reverse("admin:offer_conditionaloffer_changelist")
    assert "English name" in client.get(listed, headers=ENGLISH).content.decode()
    assert client.get(page).status_code == 200
    assert client.post(page, {"name_tr": " Sonbahar  indirimi", "name_en": "Autumn sale"}).status_code == 302
    assert dict(OfferText.objects.values_list("language", "name")) == NAMES
    assert client.post(page, {"name_tr": "", "name_en": "x" * 129}).status_code == 200
    assert client.post(page, {"name_tr": "", "name_en": "Autumn sale"}).status_code == 302
    assert list(OfferText.objects.values_list("language", flat=True)) == ["en"]
    assert login(grace).get(page).status_code == 403
