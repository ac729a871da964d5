"""Published reviews, for the product's page and for their own."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from shop.models import Review
from shop.requests import whole_number

PAGE_SIZE = 10
# What is further back is found by another order; a page that skips ten thousand rows is asked for by robots only.
MOST_PAGES = 50
SORTS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "newest": (_("Newest first"), ("-written_at", "-pk")),
    "best": (_("Best first"), ("-stars", "-written_at", "-pk")),
    "worst": (_("Worst first"), ("stars", "-written_at", "-pk")),
}


@dataclass(frozen=True)
class ReviewPage:
    """`page` begins with 1."""

    reviews: list[Review]
    sort: str
    page: int
    pages: int

    @property
    def previous_page(self) -> int:
        return self.page - 1

    @property
    def next_page(self) -> int:
        return self.page + 1


def latest_reviews(product_id: int, *, limit: int) -> list[Review]:
    """One query, one more where photos are shown."""
    return _published(product_id, SORTS["newest"][1], 0, limit)


def review_page(product_id: int, *, count: int, query: Any) -> ReviewPage:
    """`count` is the rating's, `query` what stands in the address: anything makes sense of it."""
    sort = query.get("sort", "")
    sort = sort if sort in SORTS else "newest"
    pages = min(max(1, -(-count // PAGE_SIZE)), MOST_PAGES)
    page = min(max(whole_number(query.get("page", ""), default=1), 1), pages)
    start = (page - 1) * PAGE_SIZE
    return ReviewPage(_published(product_id, SORTS[sort][1], start, start + PAGE_SIZE), sort, page, pages)


def _published(product_id: int, order: tuple[str, ...], start: int, end: int) -> list[Review]:
    reviews = Review.objects.filter(product=product_id, state=Review.State.APPROVED).order_by(*order)
    if settings.REVIEW_PHOTOS:
        reviews = reviews.prefetch_related("photos")
    return list(reviews[start:end])
