"""Our shop's side of benchmarks/_goods.py: English texts for the search, a database for each size of shop."""

import contextlib
from collections.abc import Iterator, Sequence

from django.db import connection

from benchmarks._goods import Good, Offer, Product, analyze, load_goods, load_offers
from shop.catalogue.editing import slug_of
from shop.index.refresh import count_words, refresh_index
from shop.models import ProductText

BATCH = 2000


@contextlib.contextmanager
def in_database(name: str) -> Iterator[None]:
    """This process's connection leads to the database `name`; behind the block nothing holds on to it."""
    own = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own


def fill(database: str, goods: Sequence[Good], offers: Sequence[Offer] = ()) -> dict[str, str]:
    """Add them to the shop in this database; returns the paths of all its products by SKU."""
    with in_database(database):
        load_goods(goods, with_vat=True)
        ids = dict(Product.objects.filter(upc__in=[good["sku"] for good in goods]).values_list("upc", "pk"))
        ProductText.objects.bulk_create(
            [
                ProductText(
                    product_id=ids[good["sku"]], language="en", title=good["title"], slug=slug_of(good["title"])
                )
                for good in goods
            ],
            batch_size=BATCH,
        )
        refresh_index()
        count_words()
        load_offers(offers)
        analyze()
        rows = ProductText.objects.filter(language="en").values_list("product__upc", "slug", "product_id")
        return {upc: f"/catalogue/{slug}_{product_id}/" for upc, slug, product_id in rows}
