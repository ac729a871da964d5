"""An offer's name is told in the shopper's language, from the basket to the order, without another query."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from crm import api as crm
from shop.basket.selectors import basket_page
from shop.models import OfferText, Purchase
from shop.offer.models import Benefit, Condition
from shop.offer.names import name_offer
from shop.offer.words import called, what_it_gives
from shop.orders.lines import lines_of
from shop.oscar import Applicator, Basket
from shop.partner.strategy import Selector
from tests.shop import offers
from tests.shop.conftest import fill
from tests.shop.test_offers_on_the_delivery import words_of

pytestmark = pytest.mark.django_db
NAMES = {"tr": "Sonbahar indirimi", "en": "Autumn sale"}
ENGLISH = {"accept-language": "en"}


def shown(basket_id: int, language: str) -> Any:
    with translation.override(language):
        basket = Basket.objects.get(pk=basket_id)
        basket.strategy = Selector().strategy()
        Applicator().apply(basket)
        return basket_page(basket, language=language)


def words(client: Client, address: str) -> str:
    return words_of(client.get(address).content.decode())


def test_the_basket_names_it_in_its_language(make_product: Any) -> None:
    name_offer(offers.offer("autumn-26"), NAMES)
    basket = fill((make_product(), 1))
    assert [entry.name for entry in shown(basket.pk, "tr").discounts] == ["Sonbahar indirimi"]
    assert [entry.name for entry in shown(basket.pk, "en").discounts] == ["Autumn sale"]


@pytest.mark.parametrize(
    ("condition", "benefit", "english", "turkish"),
    [
        ((Condition.COUNT, 1), (Benefit.PERCENTAGE, "12.5"), "12.5% off", "%12,5 indirim"),
        ((Condition.COUNT, 1), (Benefit.FIXED, 50), "₺50.00 off", "₺50,00 indirim"),
        (
            (Condition.COUNT, 2),
            (Benefit.FIXED_UNIT, 5),
            "Buy 2: ₺5.00 off each",
            "2 adet alana: Her birinde ₺5,00 indirim",
        ),
        ((Condition.COUNT, 1), (Benefit.FIXED_PRICE, 9), "For ₺9.00", "₺9,00 fiyatla"),
        (
            (Condition.COUNT, 2),
            (Benefit.FIXED_PRICE, 9),
            "Buy 2: ₺9.00 for them together",
            "2 adet alana: Hepsi birlikte ₺9,00",
        ),
        ((Condition.COUNT, 2), (Benefit.MULTIBUY, None), "Buy 2, pay for 1", "2 al 1 öde"),
    ],
)
def test_without_a_name_in_a_language_it_is_called_what_it_gave(
    make_product: Any, condition: Any, benefit: Any, english: str, turkish: str
) -> None:
    made = offers.offer("Güz", condition=condition, benefit=benefit)
    basket = fill((make_product(), 2))
    assert [entry.name for entry in shown(basket.pk, "en").discounts] == [english]
    # Oscar's one name is in the shop's own language.
    assert [entry.name for entry in shown(basket.pk, "tr").discounts] == ["Güz"]
    with translation.override("tr"):
        assert what_it_gives(made, currency="TRY", is_given=True) == turkish


def test_oscars_name_stands_in_another_language_only_where_nothing_can_be_told(make_product: Any) -> None:
    made = offers.offer("Güz")
    made.benefit.proxy_class = "oscar.apps.offer.benefits.PercentageDiscountBenefit"
    with translation.override("en"):
        assert called(made, currency="TRY") == "Güz"


def test_an_offer_on_the_delivery_too(client: Client, make_product: Any) -> None:
    offer = offers.offer("Kargo bizden", benefit=(Benefit.SHIPPING_PERCENTAGE, 100))
    product = make_product()
    client.post(f"/en/basket/add/{product.pk}/", {"quantity": 1})
    for address in ("basket", "checkout"):
        assert "Campaign Free delivery with this order" in words(client, f"/en/{address}/")
    assert "Kargo bizden Bu siparişte teslimat ücretsiz" in words(client, "/tr/basket/")
    name_offer(offer, NAMES)
    assert "Autumn sale Free delivery with this order" in words(client, "/en/basket/")


def test_a_voucher_in_the_basket_is_called_what_its_offers_are(client: Client, make_product: Any) -> None:
    made = offers.voucher("YAZ26")  # its name: "Voucher YAZ26"
    client.post(f"/en/basket/add/{make_product().pk}/", {"quantity": 1})
    client.post("/en/basket/vouchers/", {"code": "YAZ26"})
    assert "10% off YAZ26" in words(client, "/en/basket/")
    assert "Voucher YAZ26 YAZ26" in words(client, "/tr/basket/")
    name_offer(made.offers.get(), {"en": "Summer treat"})
    assert "Summer treat YAZ26" in words(client, "/en/basket/")


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


def told_of(order: Any, language: str) -> list[str]:
    order._prefetched_objects_cache = {}
    lines_of(order, language)
    return [entry.name for entry in order.reductions]


def test_the_order_keeps_what_it_was_called_whatever_becomes_of_it(order_as_guest: Any, make_product: Any) -> None:
    offer = offers.offer("Güz", benefit=(Benefit.PERCENTAGE, 15))
    order = order_as_guest((make_product(), 1))
    name_offer(offer, {"en": "Winter sale", "tr": "Kış"})
    assert (told_of(order, "tr"), told_of(order, "en")) == (["Güz"], ["15% off"])
    offer.delete()
    assert (told_of(order, "tr"), told_of(order, "en")) == (["Güz"], ["15% off"])


def test_orders_from_before_names_were_kept_tell_todays(order_as_guest: Any, make_product: Any) -> None:
    name_offer(offers.offer("autumn-26"), {"en": "Autumn sale"})
    order = order_as_guest((make_product(), 1))
    Purchase.objects.filter(pk=order.pk).update(offer_names={})
    assert (told_of(order, "tr"), told_of(order, "en")) == (["autumn-26"], ["Autumn sale"])


def test_what_was_taken_off_the_delivery_is_named_in_the_order(order_as_guest: Any, make_product: Any) -> None:
    offers.offer("Kargo bizden", benefit=(Benefit.SHIPPING_PERCENTAGE, 100))
    order = order_as_guest((make_product(), 1))
    assert (told_of(order, "tr"), told_of(order, "en")) == (["Kargo bizden"], ["Free delivery"])


def test_a_mail_tells_it_in_the_customers_language(order_as_guest: Any, make_product: Any) -> None:
    offers.offer("Güz")
    order_as_guest((make_product(), 1))
    mail = crm.OutgoingMail.objects.get(template="shop/email/order_confirmed")
    assert mail.language == "en"
    for body in (mail.text, mail.html):
        assert "10% off" in body
        assert "Güz" not in body


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
