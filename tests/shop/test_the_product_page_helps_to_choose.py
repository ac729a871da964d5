"""The product page: when it arrives, its pictures, answers, and how little it asks the database."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from crm import api as crm
from knowledgebase import api as knowledgebase
from shop.catalogue import kept as products
from shop.catalogue.cards import _known
from shop.index.refresh import refresh_index
from shop.models import ProductInterest, ProductRating, ProductWeight, Review
from shop.oscar import ProductImage, ProductRecommendation
from shop.pages import kept
from shop.reviews.ratings import count_anew, lock_rating
from shop.shipping.estimates import delivery_of
from shop.wishlist.services import add_wish
from tests.shop import shelves
from tests.shop.returning import send_order

pytestmark = pytest.mark.django_db

# The version of the index (with it, the departments are in memory), and the one that the product was written in; the
# product with all that is its own; offers; reviews; neighbours; what goes with it and what is like it; cards.
QUERIES = 8
# Of those, the first two are asked again while the product stays as it is.
KEPT = 2
# Of who is logged in: session, account, wish list; the number in the basket.
OF_A_REGULAR = 4


def page_of(client: Client, product: Any, **given: Any) -> Any:
    return client.get(f"/en/catalogue/{product.slug}_{product.pk}/", given)


def forget() -> None:
    """As it is after a change: nothing that pages are made of is in memory, but for the departments."""
    kept._pages.clear()
    products._kept.clear()
    _known.cache_clear()


# --- Queries ---------------------------------------------------------------------------------------------


@pytest.fixture
def furnished(order_as_guest: Callable[..., Any], now: datetime) -> Callable[..., Any]:
    """A product with everything: department, interests, reviews, companions, neighbours of its kind."""

    def furnish(**options: Any) -> Any:
        made = shelves.product("Yarn", "İplik", facts=[["Weight", "50 g"]], **options)
        others = [shelves.product(f"Other {n}") for n in range(8)]
        shelves.department("Knitting", "Örgü", made, *others)
        for product in (made, *others[:3]):
            ProductInterest.objects.create(product=product, interest="knitting")
        ProductRecommendation.objects.create(primary=made, recommendation=others[7])
        ProductWeight.objects.create(product=made, grams=60)
        for n in range(3):
            ProductImage.objects.create(product=made, original=f"products/yarn-{n}.svg", display_order=n)
        order = order_as_guest((others[0], 1))
        customers = crm.Customer.objects.bulk_create(crm.Customer(created_at=now) for _ in range(9))
        Review.objects.bulk_create(
            Review(product=made, customer=each, order=order, author="X", language="en", stars=5, text="Good.",
                   state="approved", written_at=now)
            for each in customers
        )  # fmt: skip
        with transaction.atomic():
            lock_rating(made.pk)
            count_anew(made.pk)
        refresh_index()
        Client().get(f"/en/catalogue/{made.slug}_{made.pk}/")  # the departments are in memory from now on
        forget()
        return made

    return furnish


@pytest.mark.parametrize("variants", [{}, {"Blue": 0, "Red": 2, "Green": 9}])
def test_a_stranger_costs_eight_queries(
    client: Client, furnished: Callable[..., Any], variants: dict[str, int], django_assert_max_num_queries: Any
) -> None:
    made = furnished(variants=variants)
    with django_assert_max_num_queries(QUERIES):
        response = page_of(client, made)
    assert "9 reviews" in response.content.decode()
    assert response.context["shelves"]


def test_what_a_guest_looked_at_costs_no_more(
    client: Client, furnished: Callable[..., Any], django_assert_max_num_queries: Any
) -> None:
    made = furnished()
    for n in (0, 1, 2):
        other = shelves.product(f"Seen {n}")
        page_of(client, other)
    refresh_index()
    with django_assert_max_num_queries(QUERIES):
        response = page_of(client, made)
    assert 'id="shelf-seen"' in response.content.decode()


def test_a_regular_with_a_full_basket_and_a_wish_list_costs_six_and_twelve_after_a_change(
    login: Any,
    ada: crm.Customer,
    furnished: Callable[..., Any],
    fill_basket: Callable[..., Any],
    now: datetime,
    django_assert_max_num_queries: Any,
) -> None:
    made = furnished()
    fill_basket(*((shelves.product(f"Bought {n}"), 1) for n in range(20)), user=ada.account)
    refresh_index()
    page_of(Client(), made)  # the departments are in memory from now on
    add_wish(made.pk, list_id=None, customer_id=ada.pk, who=crm.Who(ada.pk, None), now=now)
    shopper = login(ada)
    with django_assert_max_num_queries(KEPT + OF_A_REGULAR):
        response = page_of(shopper, made)
    assert response.context["is_wished"]
    assert "tool__count" in response.content.decode()
    forget()
    with django_assert_max_num_queries(QUERIES + OF_A_REGULAR):
        page_of(shopper, made)


def test_another_variant_costs_one_question_after_the_first_time(
    client: Client, furnished: Callable[..., Any], django_assert_max_num_queries: Any
) -> None:
    made = furnished(variants={"Blue": 1, "Red": 2})
    address = f"/en/catalogue/{made.slug}_{made.pk}/?option={made.children.last().pk}"
    client.get(address, HTTP_HX_REQUEST="true")
    with django_assert_max_num_queries(1):
        answer = client.get(address, HTTP_HX_REQUEST="true").content.decode()
    assert 'id="buy"' in answer and 'id="gallery"' in answer


# --- Delivery --------------------------------------------------------------------------------------------


def test_the_page_says_when_it_arrives_and_what_that_costs(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from shop.catalogue import views

    monday = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
    monkeypatch.setattr(views.timezone, "now", lambda: monday)
    page = " ".join(page_of(client, shelves.product("Cezve", price="349.00")).content.decode().split())
    assert "Wed 18 Nov – Fri 20 Nov" in page
    assert "Tue 17 Nov" in page and "Express" in page and "₺119.90" in page
    assert "With ₺401.00 more in the basket standard delivery is free." in page
    assert "Standard abroad" in page


def test_dear_things_travel_free_and_heavy_ones_not_by_every_way() -> None:
    evening = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)  # a Friday, too late for today
    delivery = delivery_of(Decimal("800.00"), "TRY", grams=40_000, now=evening)
    assert [(each.option.code, each.price) for each in delivery.at_home] == [("standard", Decimal("0.00"))]
    assert delivery.at_home[0].first == date(2026, 11, 25)
    assert delivery.missing_to_free is None
    assert delivery.abroad == []


def test_what_is_sold_out_promises_no_day(client: Client) -> None:
    page = page_of(client, shelves.product("Cezve", stock=0)).content.decode()
    assert "When it arrives" not in page
    assert "Tell me when it is back" in page


# --- Pictures --------------------------------------------------------------------------------------------


def test_each_picture_has_its_room_and_a_link_that_needs_no_script(client: Client) -> None:
    made = shelves.product("Cezve")
    for n in range(3):
        ProductImage.objects.create(product=made, original=f"products/cezve-{n}.svg", display_order=n)
    page = page_of(client, made).content.decode()
    for n in (1, 2, 3):
        assert f'id="picture-{n}"' in page and f'href="#picture-{n}"' in page
    assert page.count('width="800" height="800"') == 3
    assert page.count('fetchpriority="high"') == 1
    assert "data-picture" not in page_of(client, shelves.product("Cups")).content.decode()


def test_the_chosen_variants_pictures_come_first(client: Client) -> None:
    made = shelves.product("Yarn", variants={"Blue": 1, "Red": 1})
    ProductImage.objects.create(product=made, original="products/all.svg")
    red = made.children.order_by("pk").last()
    ProductImage.objects.create(product=red, original="products/red.svg")
    assert [url.rsplit("/", 1)[1] for url in page_of(client, made).context["product"].pictures] == ["all.svg"]
    pictures = page_of(client, made, option=red.pk).context["product"].pictures
    assert [url.rsplit("/", 1)[1] for url in pictures] == ["red.svg", "all.svg"]


# --- Rating ----------------------------------------------------------------------------------------------


def test_the_rating_is_said_at_the_top_and_in_bars(client: Client) -> None:
    made = shelves.product("Cezve")
    ProductRating.objects.create(product=made, count=3, average=Decimal("4.67"), by_stars=[0, 0, 0, 1, 2])
    response = page_of(client, made)
    rating = response.context["product"].rating
    assert rating.half_stars == 9
    assert [(bar.stars, bar.count) for bar in rating.bars] == [(5, 2), (4, 1), (3, 0), (2, 0), (1, 0)]
    assert "4.7 of 5 stars" in response.content.decode()
    assert page_of(client, shelves.product("Cups")).context["product"].rating is None


# --- Questions -------------------------------------------------------------------------------------------


@pytest.fixture
def article(db: None, now: datetime) -> None:
    draft = knowledgebase.Draft("care-copper", "en", "How do I clean copper?", "With half a lemon and some salt.")
    knowledgebase.save_article(draft, actor=crm.Actor.system("test"), now=now)


def test_a_question_is_answered_from_the_help(client: Client, article: None, make_product: Any) -> None:
    cezve = make_product("Copper cezve")
    whole = client.get(f"/en/questions/{cezve.pk}/", {"question": "how to clean copper"}).content.decode()
    assert "How do I clean copper?" in whole and "<html" in whole
    part = client.get(
        f"/en/questions/{cezve.pk}/", {"question": "clean copper"}, HTTP_HX_REQUEST="true"
    ).content.decode()
    assert "How do I clean copper?" in part and "<html" not in part


def test_what_nobody_answers_goes_to_a_person_who_knows_the_product(client: Client, make_product: Any) -> None:
    cezve = make_product("Copper cezve")
    page = client.get(f"/en/questions/{cezve.pk}/", {"question": "Zyx qwv?"}).content.decode()
    assert "/en/contact/" in page and "?q=Copper%20cezve%3A%20Zyx%20qwv%3F" in page


@pytest.mark.parametrize("question", ["", "\0", "x" * 10_000, "<script>alert(1)</script>", "' OR 1=1 --"])
def test_any_question_is_taken(client: Client, make_product: Any, question: str) -> None:
    response = client.get(f"/en/questions/{make_product().pk}/", {"question": question})
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


def test_nobody_asks_about_what_is_not_there(client: Client) -> None:
    for id in ("4711", "99999999999999999999"):
        assert client.get(f"/en/questions/{id}/", {"question": "x"}).status_code == 404


def test_the_order_page_asks_for_reviews_once_it_has_left(client: Client, order_as_guest: Any, now: datetime) -> None:
    from shop.orders.links import order_token

    order = order_as_guest()
    address = f"/en/track/{order_token(order)}/"
    assert "Review what you bought" not in client.get(address).content.decode()
    send_order(order, now)
    assert "Review what you bought" in client.get(address).content.decode()
