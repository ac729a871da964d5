"""The personal home page."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from crm import api as crm
from shop.events import BOUGHT
from shop.index.refresh import current_version
from shop.models import ProductInterest
from shop.oscar import StockRecord
from shop.personal.shelves import personal_shelves


def buy(customer_id: int, product: Any, at: datetime) -> crm.Interaction:
    return crm.Interaction(
        kind=BOUGHT, customer_id=customer_id, actor="system:test", subject=f"shop.product:{product.pk}", occurred_at=at
    )


@pytest.fixture
def shop(ada: crm.Customer, make_product: Callable[..., Any], now: datetime) -> dict[str, Any]:
    """Everybody who bought the cezve bought cups; Ada has the cezve and likes knitting."""
    products = {name: make_product(name.title()) for name in ("cezve", "cups", "yarn")}
    ProductInterest.objects.create(product=products["yarn"], interest="knitting")
    crm.Customer.objects.filter(pk=ada.pk).update(interests=["knitting"])
    at = now - timedelta(days=30)
    others = [crm.Customer.objects.create(created_at=at).pk for _ in range(3)]
    crm.record_many(
        [buy(other, products[name], at) for other in others for name in ("cezve", "cups")]
        + [buy(ada.pk, products["cezve"], at)]
    )
    crm.rebuild_affinities(as_of=now)
    return products


def shelves_of(customer: crm.Customer, now: datetime, language: str = "en") -> dict[str, list[int]]:
    with translation.override(language):
        current_version()
        shelves = personal_shelves(customer.pk, language=language, now=now)
    return {shelf.name: [card.id for card in shelf.cards] for shelf in shelves}


def test_a_regular_sees_things_again_things_new_and_things_of_an_interest(
    ada: crm.Customer, shop: dict[str, Any], now: datetime
) -> None:
    assert shelves_of(ada, now) == {
        "again": [shop["cezve"].pk],
        "chosen": [shop["cups"].pk],
        "interest:knitting": [shop["yarn"].pk],
    }


def test_what_cannot_be_bought_is_not_shown(ada: crm.Customer, shop: dict[str, Any], now: datetime) -> None:
    StockRecord.objects.filter(product=shop["cups"]).update(num_in_stock=0)
    assert shelves_of(ada, now).keys() == {"again", "interest:knitting"}


def test_what_was_bought_yesterday_is_not_offered_again(ada: crm.Customer, shop: dict[str, Any], now: datetime) -> None:
    crm.record_many([buy(ada.pk, shop["cezve"], now - timedelta(days=1))])
    assert "again" not in shelves_of(ada, now)


def test_somebody_new_has_no_shelves(mallory: crm.Customer, shop: dict[str, Any], now: datetime) -> None:
    assert shelves_of(mallory, now) == {}


def test_a_long_history_costs_no_more_queries(ada: crm.Customer, shop: dict[str, Any], now: datetime) -> None:
    current_version()
    with CaptureQueriesContext(connection) as short:
        shelves_of(ada, now)
    crm.record_many(buy(ada.pk, shop["cups"], now - timedelta(days=day)) for day in range(10, 200))
    with CaptureQueriesContext(connection) as long:
        shelves_of(ada, now)
    assert len(long) <= len(short) <= 9
