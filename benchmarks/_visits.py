"""What is asked of a shop: which pages, by whom, with what in the basket. The same of both, by SKU and by seed."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from django.utils.text import slugify

from benchmarks._load import CLIENTS, NotServed, Page
from benchmarks._shoppers import Shopper

if TYPE_CHECKING:
    from benchmarks._goods import Good

T = TypeVar("T")

SEED = 11
LINES = 5
PER_PAGE = 24  # ours, the larger one: Oscar has these pages, too
DEEPEST = 8
SHORTEST_MISSPELT = 5

LISTING, LISTING_BASKET = "listing, stranger, nothing cached per page", "listing, 5-line basket, 10 offers"
PRODUCT, PRODUCT_BASKET = "product page, stranger", "product page, 5-line basket, 10 offers"
SEARCH = "search with a typo"
KINDS = (LISTING, LISTING_BASKET, PRODUCT, PRODUCT_BASKET, SEARCH)


@dataclass(frozen=True)
class Site:
    """A served shop. `paths` are its products' pages by SKU, `goods` what both shops sell."""

    port: int
    prefix: str
    paths: dict[str, str]
    goods: "Sequence[Good]"

    def stranger(self) -> Shopper:
        return Shopper(self.port, prefix=self.prefix, is_stranger=True)


@dataclass(frozen=True)
class Visits:
    """The pages of each kind, and how much of what was looked for with a typo is on the first page found."""

    pages: dict[str, list[Page]]
    right: float


def visits(site: Site, *, listings: int, products: int, queries: int) -> Visits:
    """So many pages of each kind, each looked at once.

    :raises NotServed: if one of them is not what it should be
    """
    dice = random.Random(SEED)
    stranger, shoppers = site.stranger(), [_shopper_with_basket(site, dice) for _ in range(CLIENTS)]
    shown = dice.sample(site.goods, products)
    wished = [(misspelt(good["title"], dice), good) for good in dice.sample(_searchable(site.goods), queries)]
    paths = _listing_paths(site, dice, listings)
    pages = {
        LISTING: [stranger.listing_page(path) for path in paths],
        LISTING_BASKET: _by_turns(shoppers, paths, lambda shopper, path: shopper.listing_page(path)),
        PRODUCT: [stranger.product_page(site.paths[good["sku"]], good["title"]) for good in shown],
        PRODUCT_BASKET: _by_turns(
            shoppers, shown, lambda shopper, good: shopper.product_page(site.paths[good["sku"]], good["title"])
        ),
    }
    found = [stranger.search_page(query, site.paths[good["sku"]]) for query, good in wished]
    pages[SEARCH] = [page for page, _ in found]
    return Visits(pages, sum(is_right for _, is_right in found) / len(found))


def _by_turns(shoppers: Sequence[Shopper], things: Sequence[T], look: Callable[[Shopper, T], Page]) -> list[Page]:
    return [look(shoppers[number % len(shoppers)], thing) for number, thing in enumerate(things)]


def _listing_paths(site: Site, dice: random.Random, number: int) -> list[str]:
    """Full pages of everything and of the categories, the first ones of each."""
    held = Counter(slugify(name) for good in site.goods for name in good["category"].split(" > "))
    full = {"/catalogue/": len(site.goods)}
    for path in site.stranger().categories():
        full[path] = held[path.rstrip("/").rpartition("/")[2].rpartition("_")[0]]
    paths = [
        f"{path}?page={page}" if page > 1 else path
        for path, count in full.items()
        for page in range(1, min(DEEPEST, count // PER_PAGE) + 1)
    ]
    return dice.sample(paths, min(number, len(paths)))


def _shopper_with_basket(site: Site, dice: random.Random) -> Shopper:
    shopper = Shopper(site.port, prefix=site.prefix)
    chosen = [site.paths[good["sku"]] for good in dice.sample(site.goods, LINES)]
    for path in chosen:
        shopper.get(path)
        shopper.put_into_basket(int(path.rstrip("/").rpartition("_")[2]), dice.randint(1, 3))
    basket = shopper.get("/basket/")
    if missing := [path for path in chosen if site.prefix + path not in basket]:
        raise NotServed(f"the basket on port {site.port} has no {missing}")
    return shopper


def _searchable(goods: "Sequence[Good]") -> "list[Good]":
    return [good for good in goods if can_be_misspelt(good["title"])]


def _is_misspellable(word: str) -> bool:
    return len(word) >= SHORTEST_MISSPELT and word.isalpha()


def misspelt(title: str, dice: random.Random) -> str:
    """The title with one typo, as fingers make them, in one of its longer words."""
    words = title.split()
    place = dice.choice([place for place, word in enumerate(words) if _is_misspellable(word)])
    words[place] = with_typo(words[place], dice)
    return " ".join(words)


def with_typo(word: str, dice: random.Random) -> str:
    """Two letters swapped, one left out, doubled or missed by the finger; never the first."""
    place = dice.randrange(1, len(word) - 1)
    before, letter, after, rest = word[:place], word[place], word[place + 1], word[place + 2 :]
    other = dice.choice("abcdefghijklmnopqrstuvwxyz".replace(letter.lower(), ""))
    return dice.choice(
        [
            f"{before}{after}{letter}{rest}" if after != letter else f"{before}{other}{after}{rest}",
            f"{before}{after}{rest}",
            f"{before}{letter}{letter}{after}{rest}",
            f"{before}{other}{after}{rest}",
        ]
    )


def can_be_misspelt(title: str) -> bool:
    return any(map(_is_misspellable, title.split()))


def half_typed(title: str, dice: random.Random) -> str:
    """The beginning of a title with one typo in it: the first long word, and perhaps some of the next."""
    words = title.split()
    place = next(place for place, word in enumerate(words) if _is_misspellable(word))
    typed = [*words[:place], with_typo(words[place], dice)]
    if words[place + 1 :]:
        following = words[place + 1]
        typed.append(following[: dice.randint(1, len(following))])
    return " ".join(typed)
