"""The storefront beside stock Oscar's: requests a second, page by page, the same goods, offers, baskets and questions.

Both shops sell the imported retail catalogue, always in stock, with ten live offers, and are served by gunicorn with
the options of config/processes.py and two workers, from the same Postgres. Eight browsers (benchmarks/_load.py) ask for
many pages of a kind in turns. Each shop has its turn alone, after a warm-up of two looks at every page, one for each
worker; the median of the rounds counts.

Listings are asked of a process that keeps no list (PAGE_CACHE_SECONDS=0), everything else of one as it comes: it keeps
products' and searches' pages between what is the shopper's own (shop/pages/kept.py), and whole lists for strangers;
what a query costs that nobody has asked before is printed besides. "From cache" asks for few lists, the ones of a
busy hour. The bare view is benchmarks/bare. At ten times the goods only ours is measured, a shop of its own beside the
small one; then it grows to 50,000 titles for what appears while typing.

    make bench ONLY=storefront
    QUICK=1 make bench ONLY=storefront      one short round and no large shop, to see that it works
"""

import contextlib
import os
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import redis

from benchmarks._databases import database_url, make_database
from benchmarks._load import Page, Speed, load
from benchmarks._offers import ten_offers
from benchmarks._ours import our_shop
from benchmarks._report import DATA, Row, write
from benchmarks._servers import WORKERS, collect_static, in_production, served
from benchmarks._visits import (
    KINDS,
    LISTING,
    LISTING_BASKET,
    PRODUCT,
    PRODUCT_BASKET,
    SEARCH,
    SEED,
    Site,
    Visits,
    can_be_misspelt,
    half_typed,
    misspelt,
    visits,
)
from benchmarks.stock_oscar import StockOscar
from config import services

if TYPE_CHECKING:
    from benchmarks._goods import Good, Offer

SMALL, LARGE, STOCK = "esnaf_storefront", "esnaf_storefront_large", "stock_oscar"
DATA_FILE = DATA / "retail" / "online_retail_train.csv.gz"
QUICK = os.environ.get("QUICK", "") not in ("", "0")
ROUNDS = 1 if QUICK else 3
SECONDS, SECONDS_OF_STOCK = (2, 4) if QUICK else (4, 10)
LEAST_OF_STOCK = 16  # answers in a round: twice round the browsers
LISTINGS, PRODUCTS, QUERIES = 60, 60, 200
LISTINGS_OF_STOCK, PRODUCTS_OF_STOCK, QUERIES_OF_STOCK = 16, 16, 16  # each is looked at once, which takes it a while
FROM_CACHE, CACHED_PAGES = "listing, stranger, from cache", 8
KEEPS_NO_LIST = {"PAGE_CACHE_SECONDS": "0"}
BARE, BARE_PAGES = "bare view", 60  # four small queries, twenty cards
TIMES, MOST_SLOWER = 10, 1.3
TITLES, TYPED, TYPED_WITHIN = 50_000, 400, 30

GOALS = {LISTING: 60, LISTING_BASKET: 60, PRODUCT: 10, PRODUCT_BASKET: 60, SEARCH: 40, FROM_CACHE: 500}
SHARE_OF_BARE = 0.35
SHARE_RIGHT = 0.95
ORDER = (BARE, LISTING, FROM_CACHE, *KINDS[1:])
BEGAN = time.monotonic()

Speeds = dict[tuple[str, str], float]  # requests a second by (shop, kind)


@dataclass(frozen=True)
class Turn:
    """Pages of one kind, asked of one shop."""

    shop: str
    kind: str
    port: int
    pages: Sequence[Page]


def measured(turns: Sequence[Turn]) -> Speeds:
    """Every turn once a round, the median of the rounds."""
    speeds: dict[tuple[str, str], list[Speed]] = defaultdict(list)
    for number in range(ROUNDS):
        for turn in turns:
            is_stock = turn.shop == STOCK
            if not number:
                load(turn.port, turn.pages, seconds=1, least=int(WORKERS) * len(turn.pages))
            speed = load(
                turn.port,
                turn.pages,
                seconds=SECONDS_OF_STOCK if is_stock else SECONDS,
                least=LEAST_OF_STOCK if is_stock else 0,
            )
            speeds[turn.shop, turn.kind].append(speed)
            print(f"  round {number + 1}  {turn.shop:<24} {turn.kind:<44} {told(speed)}", flush=True)
    return {key: statistics.median(speed.per_second for speed in found) for key, found in speeds.items()}


def print_unasked(turns: Sequence[Turn], goods: "Sequence[Good]") -> None:
    """Each query once, of either shop."""
    dice = random.Random(SEED + 1)
    titles = [good["title"] for good in goods if can_be_misspelt(good["title"])]
    paths = [f"/search/?{urlencode({'q': misspelt(title, dice)})}" for title in titles]
    for turn in turns:
        if turn.kind == SEARCH and turn.shop in (SMALL, STOCK):
            prefix = turn.pages[0].path.partition("/search/")[0]
            speed = load(turn.port, [Page(prefix + path, "</html>") for path in paths], seconds=SECONDS)
            print(f"  a query not asked before  {turn.shop:<24} {told(speed)}", flush=True)


def told(speed: Speed) -> str:
    return (
        f"{speed.per_second:>8.1f} per s  p50 {speed.p50:>6.1f} ms  p95 {speed.p95:>6.1f} ms"
        f"  {speed.answers} answers, {speed.wrong} wrong"
    )


def say(what: str) -> None:
    print(f"  {time.monotonic() - BEGAN:>4.0f} s  {what}", flush=True)


def offers_on(goods: "Sequence[Good]") -> "list[Offer]":
    departments = sorted({good["category"].rpartition(" > ")[2] for good in goods})
    return ten_offers(departments=departments, skus=[good["sku"] for good in goods])


def environment(database: str, *, part: int, **more: str) -> dict[str, str]:
    """Of one of our shops. What it keeps in Valkey goes by the numbers of its own database, so it has its own part."""
    return in_production({"DATABASE_URL": database_url(database), "REDIS_URL": valkey(part), **more})


def valkey(part: int) -> str:
    return f"{services.redis_url().rpartition('?')[0]}?db={part}"


def our_visits(port: int, goods: "Sequence[Good]", paths: dict[str, str]) -> Visits:
    site = Site(port, "/en", paths, goods)
    return visits(site, listings=LISTINGS, products=PRODUCTS, queries=QUERIES)


def turns_of(shop: str, visits: Visits, *, listings: int, others: int) -> list[Turn]:
    """Listings and the other pages are asked for at these ports."""
    return [
        Turn(shop, kind, listings if kind in (LISTING, LISTING_BASKET) else others, pages)
        for kind, pages in visits.pages.items()
    ]


# --- the rows ---------------------------------------------------------------------------------------------------------


def beside_stock(speeds: Speeds, right: float, right_of_stock: float) -> list[Row]:
    rows = []
    for kind, times in GOALS.items():
        stock = speeds[STOCK, LISTING if kind == FROM_CACHE else kind]
        rows.append(Row(kind, speeds[SMALL, kind], round(times * stock, 2), "per s", stock))
    bare = speeds[BARE, BARE]
    return [
        *rows,
        Row("search with a typo: the right product on page 1", right, SHARE_RIGHT, "share", right_of_stock),
        Row(
            "listing, stranger, nothing cached; other: a bare Django view",
            speeds[SMALL, LISTING],
            round(SHARE_OF_BARE * bare, 2),
            "per s",
            bare,
        ),
    ]


def beside_small(speeds: Speeds) -> list[Row]:
    return [
        Row(
            f"{kind}: slower at {TIMES} times the goods",
            round(speeds[SMALL, kind] / speeds[LARGE, kind], 3),
            MOST_SLOWER,
            "times",
            less_is_better=True,
        )
        for kind in KINDS
    ]


def while_typing(port: int, goods: "Sequence[Good]") -> list[Row]:
    """One browser, one letter after the other; and, only printed, eight."""
    dice = random.Random(SEED)
    titles = [good["title"] for good in goods if can_be_misspelt(good["title"])]
    queries = [half_typed(title, dice) for title in dice.sample(titles, TYPED)]
    pages = [Page(f"/en/search/suggest/?{urlencode({'q': query})}") for query in queries]
    load(port, pages, seconds=1)
    alone = [load(port, pages, seconds=SECONDS, clients=1, least=TYPED) for _ in range(ROUNDS)]
    for speed in [*alone, load(port, pages, seconds=SECONDS)]:
        print(f"  suggestions at {TITLES:,} titles  {told(speed)}", flush=True)
    p95 = statistics.median(speed.p95 for speed in alone)
    return [
        Row(f"suggestions to a half-typed typo, {TITLES:,} titles, p95", p95, TYPED_WITHIN, "ms", less_is_better=True)
    ]


# --- the shops --------------------------------------------------------------------------------------------------------


def load_both(goods: "Sequence[Good]") -> tuple[dict[str, str], dict[str, str]]:
    """Goods and offers into our small shop and into stock Oscar; returns the products' paths by SKU, ours and its."""
    from benchmarks._our_goods import fill

    paths = fill(SMALL, goods, offers_on(goods))
    say(f"{len(goods):,} goods are in our shop")
    with StockOscar() as stock:
        stock.ask("prepare", goods=goods, offers=offers_on(goods))
        paths_of_stock = stock.ask("addresses")
    say("and in stock Oscar")
    return paths, paths_of_stock


def small_and_stock(open_shops: contextlib.ExitStack, goods: "Sequence[Good]") -> tuple[list[Turn], Visits, Visits]:
    """The turns of the small shop, of stock Oscar and of the bare view, and what was looked at in the first two."""
    paths, paths_of_stock = load_both(goods)
    collect_static(environment(SMALL, part=0))
    say("static files")
    ours, uncached = open_twice(open_shops, "ours", SMALL, part=0)
    bare = open_shops.enter_context(served("bare", "benchmarks.bare.wsgi:application", {}))
    stock = open_shops.enter_context(served("stock_oscar", "benchmarks.stock_oscar.wsgi:application", {}))
    asked = our_visits(ours, goods, paths)
    say(f"ours has been looked at; {asked.right:.3f} of the typos are right")
    asked_of_stock = visits(
        Site(stock, "", paths_of_stock, goods),
        listings=LISTINGS_OF_STOCK,
        products=PRODUCTS_OF_STOCK,
        queries=QUERIES_OF_STOCK,
    )
    say(f"stock Oscar, too; {asked_of_stock.right:.3f} of the typos are right")
    turns = [
        *turns_of(STOCK, asked_of_stock, listings=stock, others=stock),
        *turns_of(SMALL, asked, listings=uncached, others=ours),
        Turn(SMALL, FROM_CACHE, ours, asked.pages[LISTING][:CACHED_PAGES]),
        Turn(BARE, BARE, bare, [Page(f"/{number}/", "</article>") for number in range(1, BARE_PAGES + 1)]),
    ]
    return turns, asked, asked_of_stock


def open_twice(open_shops: contextlib.ExitStack, name: str, database: str, *, part: int) -> tuple[int, int]:
    """The ports of one of our shops: as it comes, and keeping no list."""
    common = environment(database, part=part)
    return (
        open_shops.enter_context(served(name, "config.wsgi:application", common)),
        open_shops.enter_context(served(f"{name}_uncached", "config.wsgi:application", {**common, **KEEPS_NO_LIST})),
    )


def large_shop(open_shops: contextlib.ExitStack, many: "Sequence[Good]") -> tuple[int, list[Turn]]:
    """Its port and its turns."""
    from benchmarks._our_goods import fill

    paths = fill(LARGE, many, offers_on(many))
    say(f"{len(many):,} goods are in the large shop")
    port, uncached = open_twice(open_shops, "ours_large", LARGE, part=2)
    asked = our_visits(port, many, paths)
    say(f"it has been looked at; {asked.right:.3f} of the typos are right")
    return port, turns_of(LARGE, asked, listings=uncached, others=port)


def measure() -> list[Row]:
    from django.db import connection

    from benchmarks._our_goods import fill
    from benchmarks._retail import WORDS, many_times, retail_goods

    for part in range(3):
        redis.Redis.from_url(valkey(part)).flushdb()
    connection.close()
    make_database(LARGE, template=SMALL)  # while there is nothing in it
    goods = retail_goods()
    many = list(many_times(goods, TIMES))
    with contextlib.ExitStack() as open_shops:
        turns, asked, asked_of_stock = small_and_stock(open_shops, goods)
        if not QUICK:
            port, turns_of_large = large_shop(open_shops, many)
            turns += turns_of_large
        turns.sort(key=lambda turn: ORDER.index(turn.kind))  # what is compared has its turns one after the other
        speeds = measured(turns)
        print_unasked(turns, goods)
        rows = beside_stock(speeds, asked.right, asked_of_stock.right)
        if not QUICK:
            rows += beside_small(speeds)
            more = list(islice(many_times(goods, len(WORDS) + 1), len(many), TITLES))
            fill(LARGE, more)
            say(f"{len(many) + len(more):,} titles are in the large shop")
            rows += while_typing(port, [*many, *more])
    return rows


if __name__ == "__main__":
    if DATA_FILE.is_file():
        with our_shop(SMALL):
            write("storefront", measure())
    else:
        print(f"{DATA_FILE} is not there: the storefront was not measured.")
