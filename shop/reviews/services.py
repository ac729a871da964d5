"""Writing, publishing and answering reviews. Nothing is shown that no person has read."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from crm import api as crm
from shop.models import Review, ReviewPhoto
from shop.orders.steps import lock_order
from shop.oscar import Order
from shop.reviews.ratings import count_anew, lock_rating
from shop.reviews.rules import reviewable_products
from shop.templatetags.writing import capital

State = Review.State
TITLE_LENGTH, TEXT_LENGTH, ANSWER_LENGTH = 120, 4000, 2000


class NotBought(LookupError):
    """Nothing like that has been sent with this order."""


class ReviewHasMoved(Exception):
    """Its author has changed it since it was read: what is published must be what was read."""


@dataclass(frozen=True)
class Opinion:
    stars: int
    title: str
    text: str


@transaction.atomic
def write_review(
    order_id: int,
    product_id: int,
    *,
    opinion: Opinion,
    photos: Sequence[bytes] = (),
    language: str,
    actor: crm.Actor,
    now: datetime,
) -> Review:
    """Write or change what the customer of an order says about a product of it. Whatever is new waits for approval;
    the same once more changes nothing.

    :raises NotBought: if none of it has left the house with this order
    """
    order = lock_order(order_id)
    if product_id not in {each.product_id for each in reviewable_products(order, language)}:
        raise NotBought(product_id)
    lock_rating(product_id)
    given = {
        "stars": opinion.stars,
        "title": crm.clean_line(opinion.title)[:TITLE_LENGTH],
        "text": crm.clean_text(opinion.text)[:TEXT_LENGTH],
        "language": language,
    }
    whose = {"product_id": product_id, "customer_id": order.purchase.customer_id}
    first = {"order": order, "author": shown_name(_name_of(order)), "written_at": now}
    review, is_new = Review.objects.get_or_create(**whose, defaults={**given, **first})
    if not is_new and not photos and all(getattr(review, name) == value for name, value in given.items()):
        return review
    if not is_new:
        _change(review, given, now)
    _keep_photos(review, photos, now)
    if not is_new:
        count_anew(product_id)
    _record("shop.review.written", review, actor, now)
    return review


def _change(review: Review, given: dict[str, Any], now: datetime) -> None:
    for name, value in given.items():
        setattr(review, name, value)
    review.state, review.edited_at, review.refusal = State.WAITING, now, ""
    review.decided_at, review.decided_by = None, ""
    review.save(update_fields=[*given, "state", "edited_at", "refusal", "decided_at", "decided_by"])


def _keep_photos(review: Review, photos: Sequence[bytes], now: datetime) -> None:
    """New ones take the place of the old; files as the last step, since they are not rolled back."""
    if not photos:
        return
    _remove_photos(review)
    for content in photos:
        photo = ReviewPhoto(review=review, uploaded_at=now)
        photo.file.save(f"{uuid.uuid4()}.jpg", ContentFile(content), save=False)
        photo.save()


def _remove_photos(review: Review) -> None:
    old = list(review.photos.all())
    review.photos.all().delete()
    for photo in old:
        transaction.on_commit(partial(photo.file.delete, save=False), robust=True)


def _name_of(order: Order) -> str:
    address = order.shipping_address
    return (address.name if address else "") or order.purchase.customer.name


def shown_name(name: str) -> str:
    """ "Ada Y." of "Ada Yılmaz": enough for a neighbour to say hello, too little for a stranger to find her."""
    words = [word for word in crm.clean_line(name).split() if any(map(str.isalpha, word))]
    if not words:
        return ""
    initial = f" {capital(words[-1][:1])}." if len(words) > 1 else ""
    return f"{words[0][:40]}{initial}"


# --- What staff does -------------------------------------------------------------------------------------


def version_of(review: Review) -> str:
    """Which wording was read; a decision says it, so that nothing is published that was changed meanwhile."""
    return (review.edited_at or review.written_at).isoformat()


@transaction.atomic
def publish_review(review_id: int, *, version: str, actor: crm.Actor, now: datetime) -> Review:
    """:raises ReviewHasMoved:"""
    return _decide(review_id, State.APPROVED, refusal="", version=version, actor=actor, now=now)


@transaction.atomic
def refuse_review(review_id: int, *, reason: str, version: str, actor: crm.Actor, now: datetime) -> Review:
    """Do not show it, or no longer. Its author reads the `reason`.

    :raises ReviewHasMoved:
    """
    reason = crm.clean_text(reason)[:ANSWER_LENGTH]
    return _decide(review_id, State.REFUSED, refusal=reason, version=version, actor=actor, now=now)


def _decide(review_id: int, state: str, *, refusal: str, version: str, actor: crm.Actor, now: datetime) -> Review:
    review = _lock(review_id)
    if version_of(review) != version:
        raise ReviewHasMoved(review_id)
    if review.state == state and review.refusal == refusal:
        return review
    review.state, review.refusal = state, refusal
    review.decided_at, review.decided_by = now, str(actor)
    review.save(update_fields=["state", "refusal", "decided_at", "decided_by"])
    count_anew(review.product_id)
    kind = "shop.review.published" if state == State.APPROVED else "shop.review.refused"
    _record(kind, review, actor, now)
    return review


@transaction.atomic
def reply_to_review(review_id: int, *, text: str, actor: crm.Actor, now: datetime) -> Review:
    """What the shop says to it, shown below it; no text takes the reply away."""
    review = _lock(review_id)
    text = crm.clean_text(text)[:ANSWER_LENGTH]
    if text == review.reply:
        return review
    review.reply = text
    review.replied_at, review.replied_by = (now, str(actor)) if text else (None, "")
    review.save(update_fields=["reply", "replied_at", "replied_by"])
    _record("shop.review.answered", review, actor, now)
    return review


def _lock(review_id: int) -> Review:
    """The rating first, as everywhere: :raises Review.DoesNotExist:"""
    lock_rating(Review.objects.values_list("product_id", flat=True).get(pk=review_id))
    return Review.objects.select_for_update(of=("self",)).get(pk=review_id)


def _record(kind: str, review: Review, actor: crm.Actor, now: datetime) -> None:
    crm.record(
        kind,
        customer_id=review.customer_id,
        actor=actor,
        now=now,
        subject=f"shop.product:{review.product_id}",
        data={"review": review.pk, "stars": review.stars},
    )


# --- Two customers turn out to be one -------------------------------------------------------------------


def move_reviews(from_id: int, into_id: int) -> None:
    """Of a product that both have reviewed, the survivor's word stays."""
    both = Review.objects.filter(customer_id=into_id).values("product_id")
    for review in Review.objects.filter(customer_id=from_id, product__in=both).order_by("product_id"):
        lock_rating(review.product_id)
        _remove_photos(review)
        review.delete()
        count_anew(review.product_id)
    Review.objects.filter(customer_id=from_id).update(customer_id=into_id)
