"""Reviews by people who bought the thing, for the tests of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crm import api as crm
from shop.models import Review
from shop.reviews.services import Opinion, publish_review, version_of, write_review
from tests.shop.returning import STAFF


def say(
    order: Any,
    product: Any,
    now: datetime,
    *,
    stars: int = 5,
    title: str = "",
    text: str = "Pours without a drop.",
    photos: Sequence[bytes] = (),
) -> Review:
    return write_review(
        order.pk,
        product.pk,
        opinion=Opinion(stars, title, text),
        photos=photos,
        language="en",
        actor=crm.Actor("visitor", "unknown"),
        now=now,
    )


def publish(review: Review, now: datetime) -> Review:
    return publish_review(review.pk, version=version_of(review), actor=STAFF, now=now)
