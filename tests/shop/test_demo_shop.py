"""The demo shop: whole, the same every time, and loaded once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.db.models import Count, Sum
from django.test import Client
from PIL import Image

from crm import api as crm
from shop import demo
from shop.demo.pictures_to_media import draw_pictures
from shop.demo.products import CategoryContent, ensure_catalogue, read_catalogue
from shop.models import (
    CategoryText,
    LineProgress,
    ListedProduct,
    Parcel,
    Payment,
    ProductRating,
    ProductText,
    Review,
    Shipment,
)
from shop.oscar import Order, OrderLine, Product, StockRecord


@pytest.fixture(scope="module")
def loaded(shared_db: None, now: datetime) -> Iterator[demo.DemoSummary]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "draw_pictures", lambda categories: {})
        yield demo.load(now)


def fingerprint() -> list[Any]:
    orders = Order.objects.order_by("number").values_list("number", "total_incl_tax", "date_placed", "status")
    return [*orders, crm.Interaction.objects.count(), OrderLine.objects.aggregate(Sum("quantity"))]


def test_the_catalogue_is_complete_in_both_languages(loaded: demo.DemoSummary) -> None:
    contents = [product for category in read_catalogue() for product in category.products]
    assert loaded.products == len(contents) >= 60
    assert 8 <= len(read_catalogue()) <= 12
    for language in ("tr", "en"):
        texts = ProductText.objects.filter(language=language).exclude(title="")
        assert texts.count() == Product.objects.count()
        assert CategoryText.objects.filter(language=language).count() == len(read_catalogue())
    listed = ListedProduct.objects.values_list("product_id", "language")
    pages = Product.objects.filter(is_public=True, parent=None).values_list("pk", flat=True)
    assert set(listed) == {(pk, language) for pk in pages for language in ("tr", "en")}
    assert StockRecord.objects.filter(price_before__isnull=False).exists()
    assert StockRecord.objects.filter(num_in_stock=0).exists()


def test_its_people_say_what_they_think_and_some_of_it_waits_to_be_read(loaded: demo.DemoSummary) -> None:
    assert loaded.reviews == Review.objects.count() > 100
    assert Review.objects.filter(state="waiting").count() == 3
    assert set(Review.objects.values_list("stars", flat=True)) == {1, 2, 3, 4, 5}
    assert set(Review.objects.values_list("language", flat=True)) == {"tr", "en"}
    assert Review.objects.exclude(order__status="delivered").count() == 0
    counted = ProductRating.objects.aggregate(Sum("count"))["count__sum"]
    assert counted == loaded.reviews - 3
    assert all(3 < rating.average <= 5 for rating in ProductRating.objects.filter(count__gt=4))


def test_ada_can_log_in_and_has_a_parcel_on_its_way(loaded: demo.DemoSummary, now: datetime) -> None:
    user = authenticate(username="ada@example.com", password="esnaf")
    assert user is not None
    ada = crm.customer_of_account(user.pk)
    assert crm.wants_offers(ada.pk)
    orders = Order.objects.filter(user=user).order_by("date_placed")
    assert orders.count() == 11
    assert not crm.User.objects.exclude(pk=user.pk).exclude(password__startswith="!").exists()
    assert {entry.kind for entry in crm.timeline(ada.pk, limit=500)} >= {
        "shop.product.viewed",
        "shop.catalogue.searched",
        "shop.basket.added",
        "shop.order.placed",
        "shop.order.paid",
        "shop.order.shipped",
        "shop.order.delivered",
        "crm.mail.sent",
    }


def test_every_order_adds_up_and_is_paid(loaded: demo.DemoSummary, now: datetime) -> None:
    for order in Order.objects.annotate(goods=Sum("lines__line_price_incl_tax")):
        assert order.total_incl_tax == order.goods + order.shipping_incl_tax
        assert order.date_placed < now
    captured = Payment.objects.filter(status=Payment.Status.CAPTURED)
    assert captured.count() == Order.objects.count() == loaded.orders
    assert {"paid", "shipped", "delivered"} <= set(Order.objects.values_list("status", flat=True))
    assert not StockRecord.objects.filter(num_allocated__lt=0).exists()
    assert crm.Interaction.objects.filter(occurred_at__gte=now).count() == 0


def test_parcels_are_where_their_last_event_says(loaded: demo.DemoSummary, now: datetime) -> None:
    assert {*Order.objects.filter(shipments=None).values_list("status", flat=True)} == {"paid"}
    assert Order.objects.annotate(parts=Count("shipments")).filter(parts=2).exists()
    assert not LineProgress.objects.filter(line__order__shipments__shipped_at__isnull=False, shipped=0).exists()
    for parcel in Parcel.objects.prefetch_related("events").select_related("shipment"):
        last = max(parcel.events.all(), key=lambda event: event.occurred_at)
        assert (parcel.state, parcel.last_event_at) == (last.state, last.occurred_at)
        assert (parcel.state == Parcel.State.DELIVERED) == (parcel.shipment.state == Shipment.State.DELIVERED)
        assert last.occurred_at < now


def test_products_weigh_something(loaded: demo.DemoSummary) -> None:
    assert not Product.objects.filter(parent=None, weight=None).exists()


def test_loading_again_adds_nothing(loaded: demo.DemoSummary, now: datetime) -> None:
    before = fingerprint()
    assert demo.load(now + timedelta(days=3)) == demo.DemoSummary()
    assert fingerprint() == before


def test_its_searches_weigh_words_without_waiting_for_the_night(loaded: demo.DemoSummary) -> None:
    page = Client().get("/tr/search/?q=tabak+tak%C4%B1m%C4%B1").content.decode()
    first = page[page.index('class="product__title"') :]
    assert "tabak" in first[: first.index("</a>")].lower()


def test_a_picture_is_drawn_once_and_again_if_it_was_cut_short(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    one = read_catalogue()[0]
    little = [CategoryContent(one.slug, one.title, one.description, one.products[:1])]
    (name,) = draw_pictures(little).values()
    path = tmp_path / name
    with Image.open(path) as picture:
        assert (picture.format, picture.size) == ("WEBP", (800, 800))
    whole = path.read_bytes()
    written = path.stat().st_mtime_ns
    draw_pictures(little)
    assert path.stat().st_mtime_ns == written
    path.write_bytes(whole[:100])
    draw_pictures(little)
    assert path.read_bytes() == whole


def test_a_variant_is_pictured_in_its_own_colour(
    db: None, tmp_path: Path, settings: Any, now: datetime, client: Client
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    one = read_catalogue()[0]
    [teapot] = [product for product in one.products if product["slug"] == "double-teapot"]
    little = [CategoryContent(one.slug, one.title, one.description, [teapot])]
    files = draw_pictures(little)
    assert len(files) == len({(tmp_path / name).read_bytes() for name in files.values()}) == 3
    assert ensure_catalogue(little, files, now=now) == (1, 3)
    mustard = Product.objects.get(upc="COF-005-mustard")
    page = client.get(f"/en/catalogue/double-teapot_{mustard.parent_id}/?option={mustard.pk}").content.decode()
    own, general = page.index("double-teapot-mustard"), page.index("double-teapot.webp")
    assert page.count("gallery__main") == 2
    assert own < general
