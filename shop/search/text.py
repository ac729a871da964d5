"""What the search reads of a product. First line: its title; second: sku, brand, facts, variants; all of it folded."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction

from crm import api as crm
from shop.models import ProductText
from shop.oscar import Product

BATCH = 500


def search_text(title: str, others: Iterable[str]) -> str:
    """The folded text of one product in one language; give variants' titles and skus with `others`."""
    return f"{crm.fold(title)}\n{crm.fold(' '.join(others))}"


def refresh_search_text(product_ids: Iterable[int]) -> int:
    """Write the search text of these products anew (a variant's goes to its parent); returns how many rows changed.

    To be called by whoever writes texts, skus or variants.
    """
    wanted = sorted(set(product_ids))
    changed = 0
    for start in range(0, len(wanted), BATCH):
        changed += _refresh(wanted[start : start + BATCH])
    return changed


@transaction.atomic
def _refresh(product_ids: list[int]) -> int:
    listed = set(Product.objects.filter(children__in=product_ids).values_list("pk", flat=True)) | set(product_ids)
    skus: dict[int, list[str]] = defaultdict(list)
    parent_of: dict[int, int] = {}
    family = Product.objects.filter(pk__in=listed) | Product.objects.filter(parent__in=listed)
    for product_id, parent_id, upc in family.order_by("pk").values_list("pk", "parent_id", "upc"):
        if parent_id:
            parent_of[product_id] = parent_id
        skus[parent_id or product_id].append(upc or "")
    texts = list(ProductText.objects.filter(product__in={*listed, *parent_of}).order_by("pk"))
    variants: dict[tuple[int, str], list[str]] = defaultdict(list)
    for text in texts:
        if text.product_id in parent_of:
            variants[parent_of[text.product_id], text.language].append(text.title)
    changed = []
    for text in texts:
        if text.product_id in parent_of:
            fold = ""
        else:
            values = [str(pair[1]) for pair in text.facts if isinstance(pair, list) and len(pair) == 2]
            others = [*skus[text.product_id], *values, *variants[text.product_id, text.language]]
            fold = search_text(text.title, others)
        if fold != text.search_fold:
            text.search_fold = fold
            changed.append(text)
    ProductText.objects.bulk_update(changed, ["search_fold"])
    return len(changed)
