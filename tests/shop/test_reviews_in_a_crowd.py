"""What is decided at the same moment is counted once each, and two taps are one review."""

from datetime import datetime
from decimal import Decimal

import pytest

from crm import api as crm
from shop.models import ProductRating, Review
from shop.reviews.services import Opinion, publish_review, version_of, write_review
from shop.wishlist.services import add_wish
from tests.races import run_at_once
from tests.shop.conftest import put_on_shelf
from tests.shop.returning import STAFF, sent_order
from tests.shop.reviewing import say

pytestmark = pytest.mark.django_db(transaction=True)


def test_reviews_published_at_once_are_all_in_the_average(now: datetime) -> None:
    cezve = put_on_shelf(stock=50)
    reviews = [say(sent_order(now, (cezve, 1)), cezve, now, stars=stars) for stars in (1, 2, 3, 4, 5, 5)]

    def publish(review: Review) -> Review:
        return publish_review(review.pk, version=version_of(review), actor=STAFF, now=now)

    answers = run_at_once(*[lambda review=review: publish(review) for review in reviews])
    assert [answer for answer in answers if not isinstance(answer, Review)] == []
    rating = ProductRating.objects.get(pk=cezve.pk)
    assert (rating.count, rating.average, rating.by_stars) == (6, Decimal("3.33"), [1, 1, 1, 1, 2])


def test_the_same_form_sent_six_times_is_one_review(now: datetime) -> None:
    cezve = put_on_shelf()
    order = sent_order(now, (cezve, 1))

    def send() -> Review:
        return write_review(
            order.pk,
            cezve.pk,
            opinion=Opinion(5, "", "Pours without a drop."),
            language="en",
            actor=crm.Actor("visitor", "unknown"),
            now=now,
        )

    answers = run_at_once(*[send] * 6)
    assert [answer for answer in answers if not isinstance(answer, Review)] == []
    assert Review.objects.count() == 1
    assert crm.Interaction.objects.filter(kind="shop.review.written").count() == 1


def test_two_taps_on_the_heart_are_one_wish_on_one_list(now: datetime) -> None:
    cezve = put_on_shelf()
    customer = crm.Customer.objects.create(created_at=now)

    def tap() -> int:
        who = crm.Who(None, None)
        return add_wish(cezve.pk, list_id=None, customer_id=customer.pk, who=who, now=now).wishes.count()

    assert run_at_once(*[tap] * 6) == [1] * 6
