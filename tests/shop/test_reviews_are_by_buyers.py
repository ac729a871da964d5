"""Who bought a product and was sent it may review it, once; nothing is shown that no person has read."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from crm import api as crm
from shop.models import ProductRating, Review, ReviewPhoto
from shop.orders.links import order_token
from shop.reviews.services import (
    NotBought,
    ReviewHasMoved,
    publish_review,
    refuse_review,
    reply_to_review,
    shown_name,
    version_of,
)
from tests.shop import shelves
from tests.shop.returning import STAFF, picture, send_order
from tests.shop.reviewing import publish, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def cezve(make_product: Callable[..., Any]) -> Any:
    return make_product("Copper cezve")


@pytest.fixture
def order(order_as_guest: Callable[..., Any], cezve: Any, now: datetime) -> Any:
    """A guest's, sent and arrived."""
    return send_order(order_as_guest((cezve, 1)), now)


def form_of(order: Any, product: Any) -> str:
    return reverse("shop:review_write", args=[order_token(order), product.pk])


def rating_of(product: Any) -> tuple[int, Decimal, list[int]]:
    rating = ProductRating.objects.get(pk=product.pk)
    return rating.count, rating.average, rating.by_stars


def everything_written() -> tuple[int, int]:
    return Review.objects.count(), crm.Interaction.objects.count()


def page_of(client: Any, product: Any) -> str:
    text: str = client.get(f"/en/catalogue/{product.slug}_{product.pk}/").content.decode()
    return text


def test_a_guest_reviews_by_the_link_of_the_order_and_it_is_shown_once_published(
    client: Any, order: Any, cezve: Any, now: datetime
) -> None:
    chosen = client.get(reverse("shop:reviews_of_order", args=[order_token(order)])).content.decode()
    assert form_of(order, cezve) in chosen
    response = client.post(form_of(order, cezve), {"stars": "4", "title": "Lovely", "text": "Pours without a drop."})
    assert response.status_code == 302
    review = Review.objects.get()
    assert (review.author, review.state, review.customer_id) == ("Ada Y.", "waiting", order.purchase.customer_id)
    assert "Pours without" not in page_of(client, cezve)
    publish(review, now)
    page = page_of(client, cezve)
    assert "Pours without a drop." in page
    assert "Ada Y." in page and "Yılmaz" not in page
    assert "verified buyer" in page
    assert rating_of(cezve) == (1, Decimal("4.00"), [0, 0, 0, 1, 0])
    kinds = crm.Interaction.objects.filter(kind__startswith="shop.review").order_by("pk")
    assert [row.kind for row in kinds] == ["shop.review.written", "shop.review.published"]


def test_a_variant_is_reviewed_as_its_parent(order_as_guest: Callable[..., Any], now: datetime) -> None:
    yarn = shelves.product("Yarn", variants={"Blue": 3, "Red": 3})
    blue, red = yarn.children.order_by("pk")
    order = send_order(order_as_guest((blue, 1), (red, 1)), now)
    assert say(order, yarn, now).product_id == yarn.pk
    with pytest.raises(NotBought):
        say(order, blue, now)


def test_what_was_not_bought_or_has_not_left_cannot_be_reviewed(
    client: Any, order: Any, order_as_guest: Callable[..., Any], make_product: Callable[..., Any], now: datetime
) -> None:
    cups = make_product("Cups")
    waiting = order_as_guest((cups, 1))
    before = everything_written()
    for each in (order, waiting):
        with pytest.raises(NotBought):
            say(each, cups, now)
        assert client.get(form_of(each, cups)).status_code == 404
        assert client.post(form_of(each, cups), {"stars": "5", "text": "Never seen it."}).status_code == 404
    assert client.get(form_of(order, cups).replace(order_token(order), "forged:token")).status_code == 404
    assert everything_written() == before


def test_the_same_twice_is_one_review_and_another_word_goes_to_moderation_again(
    order: Any, cezve: Any, now: datetime
) -> None:
    review = publish(say(order, cezve, now, stars=5), now)
    assert say(order, cezve, now, stars=5).state == "approved"
    assert rating_of(cezve)[0] == 1
    changed = say(order, cezve, now + timedelta(days=1), stars=2)
    assert (changed.pk, changed.state, changed.decided_by) == (review.pk, "waiting", "")
    assert rating_of(cezve) == (0, Decimal("0.00"), [0, 0, 0, 0, 0])
    publish(changed, now)
    assert rating_of(cezve) == (1, Decimal("2.00"), [0, 1, 0, 0, 0])


def test_a_second_order_of_the_same_customer_gives_no_second_review(
    ada: crm.Customer, fill_basket: Any, cezve: Any, now: datetime
) -> None:
    from tests.shop.returning import sent_order

    first = sent_order(now, (cezve, 1), user=ada.account)
    second = sent_order(now, (cezve, 1), user=ada.account)
    say(first, cezve, now)
    say(second, cezve, now, stars=1)
    assert [review.stars for review in Review.objects.all()] == [1]
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(
            product=cezve, customer=ada, order=first, author="x", language="en", stars=5, text="x", written_at=now
        )


def test_the_average_counts_what_is_published_only(
    order: Any, order_as_guest: Callable[..., Any], cezve: Any, now: datetime
) -> None:
    others = [
        send_order(order_as_guest((cezve, 1), email=f"{name}@example.com"), now) for name in ("bob", "eve", "joe")
    ]
    publish(say(order, cezve, now, stars=5), now)
    publish(say(others[0], cezve, now, stars=4), now)
    taken_back = publish(say(others[1], cezve, now, stars=1), now)
    say(others[2], cezve, now, stars=1)
    assert rating_of(cezve) == (3, Decimal("3.33"), [1, 0, 0, 1, 1])
    refuse_review(taken_back.pk, reason="Not about it.", version=version_of(taken_back), actor=STAFF, now=now)
    assert rating_of(cezve) == (2, Decimal("4.50"), [0, 0, 0, 1, 1])


def test_what_was_changed_while_it_was_read_is_not_published(order: Any, cezve: Any, now: datetime) -> None:
    read = version_of(say(order, cezve, now))
    review = say(order, cezve, now + timedelta(minutes=1), text="Buy at my shop instead!")
    before = everything_written()
    with pytest.raises(ReviewHasMoved):
        publish_review(review.pk, version=read, actor=STAFF, now=now)
    review.refresh_from_db()
    assert review.state == "waiting"
    assert everything_written() == before


def test_staff_publish_refuse_and_answer_in_the_back_office(
    client: Any, login: Any, grace: crm.User, order: Any, cezve: Any, now: datetime
) -> None:
    cezve.texts.filter(language="tr").update(slug="bakir-cezve")
    review = say(order, cezve, now, text="<b>Bold</b> claims about coffee.")
    staff = login(grace)
    shown = staff.get(reverse("admin:shop_review_changelist")).content.decode()
    assert "claims about coffee" in shown and "<b>Bold" not in shown
    screen = staff.get(reverse("admin:shop_review_change", args=[review.pk]))
    assert "&lt;b&gt;Bold" in screen.content.decode()
    assert screen.context["product_url"].endswith(f"/tr/catalogue/bakir-cezve_{cezve.pk}/")
    version = screen.context["version"]
    staff.post(reverse("admin:shop_review_publish", args=[review.pk]), {"version": version})
    staff.post(reverse("admin:shop_review_reply", args=[review.pk]), {"text": "Thank you, Ada!\0"})
    review.refresh_from_db()
    assert (review.state, review.decided_by, review.reply) == ("approved", f"staff:{grace.pk}", "Thank you, Ada!")
    assert "Thank you, Ada!" in page_of(client, cezve)
    staff.post(reverse("admin:shop_review_refuse", args=[review.pk]), {"version": version, "reason": "Not about it."})
    staff.logout()
    assert "claims about coffee" not in page_of(client, cezve)
    told = client.get(reverse("shop:reviews_of_order", args=[order_token(order)])).content.decode()
    assert "Not about it." in told


def test_others_decide_nothing(
    client: Any, login: Any, mallory: crm.Customer, order: Any, cezve: Any, now: datetime
) -> None:
    review = say(order, cezve, now)
    stranger = login(mallory)
    before = everything_written()
    for step in ("publish", "refuse", "reply"):
        address = reverse(f"admin:shop_review_{step}", args=[review.pk])
        assert stranger.post(address, {"version": version_of(review)}).status_code in (302, 403)
    review.refresh_from_db()
    assert review.state == "waiting"
    assert everything_written() == before


@pytest.mark.parametrize(
    "given",
    [
        {"stars": "0"},
        {"stars": "6"},
        {"stars": "five"},
        {"stars": ""},
        {"text": "short"},
        {"text": "x" * 10_000},
        {"text": "          \n          "},
        {"text": "Cheap watches at https://spam.example!"},
        {"text": "See cheap-watches.com for more"},
        {"title": "www.spam.example"},
        {"title": "x" * 121},
        {"text": "A nul \0 in the middle of it"},
    ],
)
def test_a_review_that_cannot_be_taken_says_why_and_keeps_what_was_typed(
    client: Any, order: Any, cezve: Any, given: dict[str, str]
) -> None:
    before = everything_written()
    data = {"stars": "4", "title": "Kept title", "text": "Pours without a drop.", **given}
    response = client.post(form_of(order, cezve), data)
    assert response.status_code == 422
    page = response.content.decode()
    assert "errorlist" in page
    assert "Kept title" in page or "title" in given
    assert everything_written() == before


def test_what_a_buyer_writes_is_text_and_no_script(client: Any, order: Any, cezve: Any, now: datetime) -> None:
    publish(say(order, cezve, now, title="<script>alert(1)</script>", text='<img src=x onerror="alert(2)"> fine'), now)
    for page in (page_of(client, cezve), client.get(reverse("shop:reviews", args=[cezve.pk])).content.decode()):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada Yılmaz", "Ada Y."),
        ("  Ada   Nur  yılmaz ", "Ada Y."),
        ("Ada", "Ada"),
        ("", ""),
        ("42 !!", ""),
        ("A" * 300 + " B", "A" * 40 + " B."),
    ],
)
def test_a_name_is_shown_as_first_name_and_initial(name: str, shown: str) -> None:
    assert shown_name(name) == shown


def test_a_forwarded_link_shows_nothing_that_is_not_published(
    client: Any, order: Any, cezve: Any, now: datetime
) -> None:
    say(order, cezve, now, text="Between you and me, so-so.")
    assert "Between you and me" not in client.get(form_of(order, cezve)).content.decode()


def test_an_account_gets_to_its_form_and_a_stranger_reads_how(
    client: Any, login: Any, ada: crm.Customer, cezve: Any, now: datetime
) -> None:
    from tests.shop.returning import sent_order

    start = reverse("shop:review_start", args=[cezve.pk])
    assert "By the link in your e-mail" in client.get(start.replace("/tr/", "/en/")).content.decode()
    order = sent_order(now, (cezve, 1), user=ada.account)
    assert login(ada).get(start).url == form_of(order, cezve)
    assert client.get(reverse("shop:review_start", args=[4711])).status_code == 404
    assert (
        reverse("shop:reviews_of_order", args=[order_token(order)]) in login(ada).get("/en/account/").content.decode()
    )


def test_the_page_of_all_reviews_is_sorted_and_bounded(
    client: Any, order_as_guest: Callable[..., Any], cezve: Any, now: datetime
) -> None:
    sent = send_order(order_as_guest((cezve, 1)), now)
    customers = crm.Customer.objects.bulk_create(crm.Customer(created_at=now) for _ in range(12))
    Review.objects.bulk_create(
        Review(
            product=cezve, customer=customer, order=sent, author="X", language="en", stars=1 + n % 5,
            text=f"Number {n}.", state="approved", written_at=now + timedelta(minutes=n),
        )
        for n, customer in enumerate(customers)
    )  # fmt: skip
    from shop.reviews.ratings import count_anew, lock_rating

    with transaction.atomic():
        lock_rating(cezve.pk)
        count_anew(cezve.pk)
    address = reverse("shop:reviews", args=[cezve.pk])
    response = client.get(address.replace("/tr/", "/en/"))
    assert "2.8 of 5 stars" in response.content.decode()
    assert [bar.count for bar in response.context["rating"].bars] == [2, 2, 2, 3, 3]
    newest = response.context["page"]
    assert [review.text for review in newest.reviews][:2] == ["Number 11.", "Number 10."]
    assert (len(newest.reviews), newest.pages) == (10, 2)
    worst = client.get(address, {"sort": "worst", "page": "2"}).context["page"]
    assert [review.stars for review in worst.reviews] == [5, 5]
    for page in ("0", "-1", "99999999999999999999", "x", "²", "\0"):
        assert client.get(address, {"page": page, "sort": page}).status_code == 200
    assert client.get("/en/reviews/4711/").status_code == 404
    assert client.get("/en/reviews/99999999999999999999/").status_code == 404


def test_a_reply_taken_away_is_gone(order: Any, cezve: Any, now: datetime) -> None:
    review = publish(say(order, cezve, now), now)
    reply_to_review(review.pk, text="Thank you!", actor=STAFF, now=now)
    done = reply_to_review(review.pk, text=" ", actor=STAFF, now=now)
    assert (done.reply, done.replied_at, done.replied_by) == ("", None, "")


def test_two_customers_who_are_one_have_one_word(order: Any, order_as_guest: Any, cezve: Any, now: datetime) -> None:
    other = send_order(order_as_guest((cezve, 1), email="bob@example.com"), now)
    publish(say(order, cezve, now, stars=1), now)
    publish(say(other, cezve, now, stars=5), now)
    crm.merge_customers(
        order.purchase.customer_id, into_id=other.purchase.customer_id, reason="test", actor=STAFF, now=now
    )
    assert [review.stars for review in Review.objects.all()] == [5]
    assert rating_of(cezve) == (1, Decimal("5.00"), [0, 0, 0, 0, 1])


# --- Photos ----------------------------------------------------------------------------------------------


def test_photos_are_off_unless_the_shop_wants_them(client: Any, order: Any, cezve: Any, settings: Any) -> None:
    assert settings.REVIEW_PHOTOS is False
    assert 'type="file"' not in client.get(form_of(order, cezve)).content.decode()
    upload = SimpleUploadedFile("x.jpg", picture(), "image/jpeg")
    client.post(form_of(order, cezve), {"stars": "4", "text": "Pours without a drop.", "photos": upload})
    assert Review.objects.count() == 1
    assert ReviewPhoto.objects.count() == 0


def test_photos_are_drawn_anew_and_shown_when_published(
    client: Any, order: Any, cezve: Any, now: datetime, settings: Any, tmp_path: Any
) -> None:
    settings.REVIEW_PHOTOS = True
    bad = SimpleUploadedFile("x.jpg", b"<svg onload=alert(1)>", "image/jpeg")
    data = {"stars": "4", "text": "Pours without a drop."}
    assert client.post(form_of(order, cezve), {**data, "photos": bad}).status_code == 422
    upload = SimpleUploadedFile("x.png", picture("PNG"), "image/png")
    client.post(form_of(order, cezve), {**data, "photos": upload})
    photo = ReviewPhoto.objects.get()
    address = reverse("shop:review_photo", args=[photo.pk])
    assert client.get(address).status_code == 404
    publish(photo.review, now)
    shown = client.get(address)
    assert (shown["Content-Type"], shown["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert address in page_of(client, cezve)
    settings.REVIEW_PHOTOS = False
    assert client.get(address).status_code == 404
    photo.file.delete(save=False)
