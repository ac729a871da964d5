"""What the demo's people say about what they bought: mostly good, some not, and a few that wait to be read."""

import json
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from crm import api as crm
from shop.models import Review, Shipment
from shop.oscar import OrderLine
from shop.reviews.ratings import count_anew, lock_rating
from shop.reviews.services import shown_name

WORDS = Path(__file__).with_name("reviews.json")
SHARE = 0.5
# Of a hundred reviews so many gave five stars, four, …
STARS = {5: 56, 4: 28, 3: 10, 2: 4, 1: 2}
# The latest ones that nobody has read yet.
WAITING = 3
BY = "system:demo"


def write_reviews(*, now: datetime) -> int:
    """Of some of the lines that arrived, each customer once for each product. In the caller's transaction."""
    words = json.loads(WORDS.read_text())
    lines = (
        OrderLine.objects.filter(product__isnull=False, order__shipments__state=Shipment.State.DELIVERED)
        .select_related("product", "order__purchase__customer", "order__shipping_address")
        .order_by("order__date_placed", "pk")
        .distinct()
    )
    found: dict[tuple[int, int], Review] = {}
    for line in lines:
        review = _review_of(line, words, now)
        if review is not None:
            found.setdefault((review.product_id, review.customer_id), review)
    reviews = sorted(found.values(), key=lambda review: review.written_at)
    for review in reviews[-WAITING:]:
        review.state, review.reply, review.replied_at, review.decided_at = Review.State.WAITING, "", None, None
        review.decided_by = review.replied_by = ""
    Review.objects.bulk_create(reviews)
    for product_id in sorted({review.product_id for review in reviews}):
        lock_rating(product_id)
        count_anew(product_id)
    crm.record_many(
        crm.Interaction(
            kind="shop.review.written",
            customer_id=review.customer_id,
            actor=str(crm.Actor.customer(review.customer_id)),
            occurred_at=review.written_at,
            subject=f"shop.product:{review.product_id}",
            data={"review": review.pk, "stars": review.stars},
        )
        for review in reviews
    )
    return len(reviews)


def _review_of(line: Any, words: dict[str, Any], now: datetime) -> Review | None:
    order, chance = line.order, random.Random(f"{line.order.number}:{line.partner_sku}")
    written_at = order.date_placed + timedelta(days=chance.randint(6, 20), minutes=chance.randint(0, 900))
    if chance.random() > SHARE or written_at > now:
        return None
    purchase = order.purchase
    [stars] = chance.choices(list(STARS), weights=list(STARS.values()))
    title, text = chance.choice(words[purchase.language][str(stars)])
    is_answered = stars < 3
    read_at = min(written_at + timedelta(hours=5), now)
    return Review(
        product_id=line.product.parent_id or line.product_id,
        customer=purchase.customer,
        order=order,
        author=shown_name(order.shipping_address.name if order.shipping_address else ""),
        language=purchase.language,
        stars=stars,
        title=title,
        text=text,
        state=Review.State.APPROVED,
        written_at=written_at,
        decided_at=read_at,
        decided_by=BY,
        reply=words["replies"][purchase.language] if is_answered else "",
        replied_at=read_at if is_answered else None,
        replied_by=BY if is_answered else "",
    )
