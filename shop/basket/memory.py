"""What was in the basket, kept in the session: a product that is deleted takes its line along without a word."""

from typing import Any

from shop.basket.selectors import BasketPage
from shop.oscar import Product

KEY = "basket_seen"


def remember(session: Any, basket: Any, page: BasketPage) -> None:
    seen = {
        "basket": basket.pk,
        "titles": {
            str(line.product_id): f"{line.title}, {line.option}" if line.option else line.title for line in page.lines
        },
    }
    if page.lines and session.get(KEY) != seen:
        session[KEY] = seen
    elif not page.lines and KEY in session:
        del session[KEY]


def titles_gone(session: Any, basket: Any, page: BasketPage) -> list[str]:
    """Titles of products that were in this very basket and are not sold any more."""
    seen = session.get(KEY)
    if not seen or seen.get("basket") != basket.pk:
        return []
    here = {str(line.product_id) for line in page.lines}
    missing = {int(id): title for id, title in seen["titles"].items() if id not in here}
    if not missing:
        return []
    still_sold = set(
        Product.objects.filter(pk__in=missing, is_public=True, stockrecords__isnull=False).values_list("pk", flat=True)
    )
    return [title for product_id, title in missing.items() if product_id not in still_sold]
