"""What the published reviews of a product come to, kept beside them: a list of products need not count."""

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

from shop.models import ProductRating, Review
from shop.models.reviews import STARS


def lock_rating(product_id: int) -> None:
    """Until the end of the transaction: whoever publishes or takes back a review of the product comes through here
    first, so that no two count past each other.
    """
    ProductRating.objects.bulk_create([ProductRating(product_id=product_id)], ignore_conflicts=True)
    ProductRating.objects.select_for_update().get(pk=product_id)


def count_anew(product_id: int) -> None:
    """Write the product's rating from its published reviews. Under its lock."""
    published = Review.objects.filter(product=product_id, state=Review.State.APPROVED)
    given = Counter(published.values_list("stars", flat=True))
    count = given.total()
    total = sum(stars * times for stars, times in given.items())
    average = (Decimal(total) / count).quantize(Decimal("0.01"), ROUND_HALF_UP) if count else Decimal(0)
    by_stars = [given[stars] for stars in range(1, STARS + 1)]
    ProductRating.objects.filter(pk=product_id).update(count=count, average=average, by_stars=by_stars)
