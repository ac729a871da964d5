"""Offers without a voucher are told on the page of each product that they are about, before anything is in a basket."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shop.basket.selectors import basket_page
from shop.index.refresh import refresh_index
from shop.models import PriceChange, StaleProduct
from shop.offer.models import Benefit, Condition
from shop.offer.names import name_offer
from shop.oscar import Applicator, ConditionalOffer, Product, StockRecord
from shop.pages import kept
from tests.shop import shelves
from tests.shop.conftest import fill
from tests.shop.offers import everything, offer, only, voucher
from tests.shop.test_order_is_placed_once import place

pytestmark = pytest.mark.django_db

CAMPAIGNS = re.compile(r'<section class="campaigns".*?</section>', re.DOTALL)
A_QUARTER = (Benefit.PERCENTAGE, 25)


@pytest.fixture(autouse=True)
def _nothing_kept(settings: Any) -> None:
    """And pieces of pages are, as in production."""
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "campaigns"}
    settings.CACHES = {**settings.CACHES, "fragments": memory}
    kept._pages.clear()


@pytest.fixture
def cezve() -> Any:
    made = shelves.product("Copper cezve", "Bakır cezve", price="1190.00", before="1390.00")
    refresh_index()
    return made


def told(product: Any, language: str = "en", *, client: Client | None = None, query: str = "") -> str:
    """What the page says of campaigns, without its tags; "" where it says nothing."""
    page = (client or Client()).get(f"/{language}/catalogue/{product.slug}_{product.pk}/{query}", follow=True)
    assert page.status_code == 200
    found = CAMPAIGNS.search(page.content.decode())
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", found[0]).split())) if found else ""


def test_it_is_named_with_what_one_gets_in_both_languages(cezve: Any) -> None:
    assert told(cezve) == ""
    made = offer("autumn-26", benefit=A_QUARTER)
    name_offer(made, {"tr": "Sonbahar indirimi", "en": "Autumn sale"})
    assert told(cezve) == (
        "In the basket: ₺892.50 Autumn sale 25% off in the basket"
        " Lowest price of the 30 days before the campaign: ₺1,190.00"
    )
    assert told(cezve, "tr") == (
        "Sepette: ₺892,50 Sonbahar indirimi Sepette %25 indirim Kampanyadan önceki 30 günün en düşük fiyatı: ₺1.190,00"
    )


def test_without_a_name_in_a_language_it_says_what_one_gets(cezve: Any) -> None:
    offer("Yüzde 25", benefit=A_QUARTER)
    assert told(cezve, "tr").startswith("Sepette: ₺892,50 Yüzde 25 Sepette %25 indirim")
    assert "Yüzde" not in told(cezve)


@pytest.mark.parametrize(
    ("condition", "benefit", "english", "turkish"),
    [
        ((Condition.COUNT, 3), (Benefit.MULTIBUY, None), "Buy 3, pay for 2", "3 al 2 öde"),
        ((Condition.COUNT, 2), (Benefit.FIXED, 50), "Buy 2: ₺50.00 off in the basket", "2 adet alana: Sepette ₺50,00"),
        ((Condition.COUNT, 2), (Benefit.FIXED_PRICE, 2000), "Buy 2: ₺2,000.00 for them", "Hepsi birlikte ₺2.000,00"),
        ((Condition.VALUE, 2000), (Benefit.PERCENTAGE, "12.5"), "From ₺2,000.00: 12.5% off", "%12,5 indirim"),
        ((Condition.COVERAGE, 2), (Benefit.MULTIBUY, None), "Buy 2 different products", "2 farklı ürün alana"),
        ((Condition.COUNT, 1), (Benefit.SHIPPING_PERCENTAGE, 100), "Free delivery", "Ücretsiz kargo"),
        ((Condition.COUNT, 1), (Benefit.SHIPPING_FIXED_PRICE, 20), "Delivery for ₺20.00", "Kargo ₺20,00"),
    ],
)
def test_what_wants_more_or_gives_something_else_has_no_price_of_a_piece(
    cezve: Any, condition: Any, benefit: Any, english: str, turkish: str
) -> None:
    offer("Kampanya", condition=condition, benefit=benefit)
    assert english in told(cezve)
    assert turkish in told(cezve, "tr")
    assert "In the basket: " not in told(cezve)
    assert "30 days" not in told(cezve)


@pytest.mark.parametrize(
    "benefit", [A_QUARTER, (Benefit.FIXED, 50), (Benefit.FIXED_UNIT, 7), (Benefit.FIXED_PRICE, 999)]
)
def test_the_price_is_the_one_of_the_basket(cezve: Any, benefit: Any) -> None:
    offer(range=only(cezve), benefit=benefit)
    offer(benefit=(Benefit.PERCENTAGE, 3), priority=-1)
    basket = fill((cezve, 1))
    Applicator().apply(basket)
    total = basket_page(basket, language="en").total
    assert total < 1190
    assert told(cezve).startswith(f"In the basket: ₺{total:,.2f}")


def test_only_what_is_about_this_product_and_would_be_applied(cezve: Any) -> None:
    other = shelves.product("Tray")
    offer("Trays", range=only(other), benefit=A_QUARTER)
    voucher("SECRET")
    offer("Not open", status=ConditionalOffer.SUSPENDED)
    ConditionalOffer.objects.filter(name="Not open").update(status=ConditionalOffer.SUSPENDED)
    assert told(cezve) == ""
    assert "25%" in told(other)
    Product.objects.filter(pk=other.pk).update(is_discountable=False)
    assert told(other) == ""


def test_what_another_offer_leaves_nothing_for_is_not_told(cezve: Any) -> None:
    offer(benefit=A_QUARTER, priority=9, max_basket_applications=None)
    for number, condition in enumerate([(Condition.COUNT, 1), (Condition.COUNT, 3), (Condition.COVERAGE, 2)]):
        offer(f"Lesser {number}", condition=condition, benefit=(Benefit.PERCENTAGE, 5))
    assert told(cezve, "tr").count("indirim") == 1


def test_what_it_gives_on_other_goods_is_told_as_that(cezve: Any) -> None:
    tray = shelves.product("Tray")
    made = offer("Cezve ve tepsi", range=only(cezve), benefit=A_QUARTER)
    Benefit.objects.filter(pk=made.benefit_id).update(range=only(tray, name="Trays"))
    assert told(cezve) == "25% off in the basket, on other products of the campaign"


def test_each_variant_has_what_is_its_own() -> None:
    cups = shelves.product("Cups", variants={"Blue": 2, "Red": 2})
    red = Product.objects.get(parent=cups, title="Red")
    offer(range=only(red), benefit=A_QUARTER)
    assert told(cups) == ""
    assert told(cups, query=f"?option={red.pk}").startswith("In the basket: ₺75.00")


def test_the_lowest_price_is_that_of_the_thirty_days_before_it_began(cezve: Any) -> None:
    """It cost 1390 until five days ago, 1190 since then."""
    now = timezone.now()
    made = offer(benefit=A_QUARTER, start_datetime=now - timedelta(days=10))
    assert "campaign: ₺1,190.00" in told(cezve), "there was none ten days ago, whatever its dates say"
    ConditionalOffer.objects.update(date_created=now - timedelta(days=90))
    assert "campaign: ₺1,390.00" in told(cezve)
    ConditionalOffer.objects.update(start_datetime=None)
    assert "30 days" not in told(cezve), "nothing is known of that time"
    ConditionalOffer.objects.filter(pk=made.pk).update(start_datetime=now - timedelta(days=1))
    StockRecord.objects.update(price=Decimal("1500.00"))
    assert "campaign: ₺1,190.00" in told(cezve), "what it costs during the campaign does not count"
    PriceChange.objects.filter(price=1190).update(price=1100)
    assert "campaign: ₺1,100.00" in told(cezve)


@pytest.mark.parametrize(
    "broken",
    [
        "UPDATE offer_condition SET range_id = NULL",
        "UPDATE offer_condition SET value = NULL",
        "UPDATE offer_benefit SET range_id = NULL",
        "UPDATE offer_benefit SET value = NULL",
    ],
)
def test_an_offer_that_lacks_something_breaks_no_page(cezve: Any, broken: str) -> None:
    offer(benefit=A_QUARTER)
    with connection.cursor() as cursor:
        cursor.execute(broken)
    assert told(cezve) == ""


# --- seen at once -----------------------------------------------------------------------------------------------------


def test_it_comes_and_goes_by_the_clock_alone(cezve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    day = timedelta(days=1)
    offer(benefit=A_QUARTER, start_datetime=now + day, end_datetime=now + 2 * day)
    client = Client()
    seen = []
    for moment in (
        now,
        now + day - timedelta(seconds=1),
        now + day,
        now + 2 * day,
        now + 2 * day + timedelta(seconds=1),
    ):
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        seen.append(bool(told(cezve, client=client)))
    assert seen == [False, False, True, True, False]


CHANGES = {
    "ended": "UPDATE offer_conditionaloffer SET end_datetime = now() - interval '1 second'",
    "suspended": "UPDATE offer_conditionaloffer SET status = 'Suspended'",
    "used up": "UPDATE offer_conditionaloffer SET num_applications = max_global_applications",
    "spent": "UPDATE offer_conditionaloffer SET total_discount = max_discount",
    "by voucher from now on": "UPDATE offer_conditionaloffer SET offer_type = 'Voucher'",
    "gives less": "UPDATE offer_benefit SET value = 20",
    "wants more": "UPDATE offer_condition SET value = 2",
    "about others": "UPDATE offer_range SET includes_all_products = false",
    "not about this one": "INSERT INTO offer_range_excluded_products (range_id, product_id)"
    " SELECT offer_range.id, catalogue_product.id FROM offer_range, catalogue_product",
    "renamed": "UPDATE shop_offertext SET name = 'Winter sale'",
    "deleted": "DELETE FROM shop_offertext; DELETE FROM offer_conditionaloffer",
}


@pytest.mark.parametrize("is_guest", [True, False])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_by_hand_is_on_the_next_page(cezve: Any, ada: Any, login: Any, change: str, is_guest: bool) -> None:
    client = Client() if is_guest else login(ada)
    made = offer(benefit=A_QUARTER, max_global_applications=100, max_discount=5000)
    name_offer(made, {"en": "Autumn sale"})
    before = told(cezve, client=client)
    assert "Autumn sale 25%" in before
    with connection.cursor() as cursor:
        cursor.execute(change)
    assert told(cezve, client=client) != before


def test_an_order_that_uses_it_up_ends_it_and_others_change_nothing(cezve: Any, now: datetime) -> None:
    StockRecord.objects.update(num_in_stock=50)
    offer(benefit=A_QUARTER, max_global_applications=2)
    assert told(cezve)
    place(fill((cezve, 1)), now)
    assert not StaleProduct.objects.exists(), "a use is counted"
    assert told(cezve)
    place(fill((cezve, 1)), now)
    assert told(cezve) == ""


def test_who_has_had_it_as_often_as_allowed_is_not_told_of_it(cezve: Any, ada: Any, login: Any, now: datetime) -> None:
    offer(range=everything(), benefit=A_QUARTER, max_user_applications=1)
    regular = login(ada)
    assert told(cezve, client=regular)
    place(fill((cezve, 1), user=ada.account), now, user=ada.account)
    assert told(cezve, client=regular) == ""
    assert told(cezve)


def test_nothing_is_asked_of_the_database_once_it_is_known(cezve: Any, ada: Any, login: Any) -> None:
    guest, regular = Client(), login(ada)
    for client in (guest, regular):
        told(cezve, client=client)
    with CaptureQueriesContext(connection) as without:
        told(cezve, client=regular)
    for number in range(10):
        offer(f"Offer {number}", benefit=(Benefit.PERCENTAGE, 1 + number), exclusive=False)
    for client in (guest, regular):
        assert told(cezve, client=client)
    with CaptureQueriesContext(connection) as captured:
        told(cezve, client=guest)
    assert ["shop_indexstate" in query["sql"] for query in captured.captured_queries] == [True]
    with CaptureQueriesContext(connection) as captured:
        told(cezve, client=regular)
    assert len(captured) <= len(without)


def test_what_it_gives_is_reckoned_anew_only_if_it_or_the_product_changed(cezve: Any) -> None:
    tray = shelves.product("Tray", price="50.00")
    offer(benefit=A_QUARTER)
    told(cezve)
    StockRecord.objects.filter(product=tray).update(price=Decimal("60.00"))
    with CaptureQueriesContext(connection) as captured:
        assert "₺892.50" in told(cezve)
    assert not [query["sql"] for query in captured.captured_queries if "offer_range" in query["sql"]]
    StockRecord.objects.filter(product=cezve).update(price=Decimal("1000.00"))
    assert "₺750.00" in told(cezve)
