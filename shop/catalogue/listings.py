"""Pages of products: a department or everything, sorted, filtered, a page at a time."""

from dataclasses import dataclass
from typing import Any

from django.db.models import DecimalField, Exists, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from shop.catalogue.cards import Card, cards_of
from shop.oscar import Product, ProductCategory, StockRecord
from shop.requests import whole_number

PAGE_SIZE = 24
SORTS = ("popular", "new", "price", "-price")


@dataclass(frozen=True)
class Wish:
    """What a shopper asked a listing for. `from_query` takes anything and makes sense of it."""

    sort: str = "popular"
    only_available: bool = False
    only_offers: bool = False
    page: int = 1

    @classmethod
    def from_query(cls, query: Any) -> "Wish":
        sort = query.get("sort", "")
        return cls(
            sort=sort if sort in SORTS else SORTS[0],
            only_available=query.get("available") == "1",
            only_offers=query.get("offers") == "1",
            page=whole_number(query.get("page", ""), default=1),
        )


@dataclass(frozen=True)
class Listing:
    cards: list[Card]
    count: int
    page: int
    pages: int

    @property
    def previous_page(self) -> int:
        return self.page - 1

    @property
    def next_page(self) -> int:
        return self.page + 1

    @property
    def page_numbers(self) -> list[int | None]:
        """The numbers to draw: first, last, those around this one; None for a gap."""
        near = sorted({1, self.pages, *(n for n in range(self.page - 1, self.page + 2) if 1 <= n <= self.pages)})
        numbers: list[int | None] = []
        for number in near:
            if numbers and numbers[-1] is not None and number - numbers[-1] > 1:
                numbers.append(None)
            numbers.append(number)
        return numbers


def listed_products() -> QuerySet[Any]:
    """Everything with a page of its own: no variants, nothing hidden."""
    return Product.objects.filter(is_public=True).exclude(structure=Product.CHILD)


def listing(wish: Wish, *, language: str, category_path: str = "") -> Listing:
    """Five queries: the count, the rows of the page and what their cards need. A page beyond the last is the last."""
    products = _wished(wish, category_path)
    count = products.count()
    pages = max(1, -(-count // PAGE_SIZE))
    page = min(max(wish.page, 1), pages)
    start = (page - 1) * PAGE_SIZE
    rows = _sorted(products, wish.sort).values("id", "slug", "title", "structure")[start : start + PAGE_SIZE]
    return Listing(cards_of(rows, language=language), count, page, pages)


def first_ids(wish: Wish, limit: int) -> list[int]:
    """The first products of a listing, without their number. One query."""
    return list(_sorted(_wished(wish, ""), wish.sort).values_list("pk", flat=True)[:limit])


def _wished(wish: Wish, category_path: str) -> QuerySet[Any]:
    products = listed_products()
    if category_path:
        inside = ProductCategory.objects.filter(product=OuterRef("pk"), category__path__startswith=category_path)
        products = products.filter(Exists(inside))
    if wish.only_available:
        products = products.filter(_has_record(_IN_STOCK))
    if wish.only_offers:
        products = products.filter(_has_record(Q(price_before__isnull=False)))
    return products


_IN_STOCK = (
    Q(num_in_stock__gt=Coalesce(F("num_allocated"), 0))
    | Q(product__product_class__track_stock=False)
    | Q(product__parent__product_class__track_stock=False)
)


def _has_record(condition: Q) -> Q:
    """The product itself or one of its public variants has a stock record like that."""
    records = StockRecord.objects.filter(condition)
    return Q(Exists(records.filter(product=OuterRef("pk")))) | Q(
        Exists(records.filter(product__parent=OuterRef("pk"), product__is_public=True))
    )


def _sorted(products: QuerySet[Any], sort: str) -> QuerySet[Any]:
    if sort == "new":
        return products.order_by("-date_created", "-pk")
    if sort == "popular":
        # analytics_productrecord.score: shop/catalogue/popularity.py keeps it.
        return products.order_by(F("stats__score").desc(nulls_last=True), "-priority", "pk")
    products = products.annotate(lowest=Coalesce(_lowest("product"), _lowest("product__parent")))
    lowest = F("lowest").desc(nulls_last=True) if sort == "-price" else F("lowest").asc(nulls_last=True)
    return products.order_by(lowest, "pk")


def _lowest(field: str) -> Subquery:
    records = StockRecord.objects.filter(**{field: OuterRef("pk")}).order_by().values(field)
    lowest = records.annotate(lowest=Min("price")).values("lowest")
    return Subquery(lowest, output_field=DecimalField(max_digits=12, decimal_places=2))
