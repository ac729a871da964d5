"""Categories as shoppers see them. All of them are read at once and kept while the index stays the same."""

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import Any

from django.urls import reverse
from django.utils import translation

from shop.catalogue.offers import LANGUAGES, media_url, page_slug
from shop.oscar import Category

MOST_DEPARTMENTS = 24


@dataclass(frozen=True)
class Department:
    """A category as shoppers see it. `slug` is what its address says, from the top: "kitchen/cups"; `translations` are
    its addresses by language; `path` is the place in the tree, `picture` an address or ""."""

    id: int
    title: str
    description: str
    slug: str
    url: str
    picture: str
    path: str
    translations: dict[str, str] = field(compare=False)

    @property
    def depth(self) -> int:
        return len(self.path) // int(Category.steplen)


@lru_cache(maxsize=10_000)
def category_url(slug: str, category_id: int, language: str) -> str:
    """Asked for anew, for all of them, with every version of the index."""
    with translation.override(language):
        return reverse("catalogue:category", kwargs={"category_slug": slug, "pk": category_id})


@lru_cache(maxsize=8)
def all_departments(version: int, language: str) -> list[Department]:
    """Every public category in the order of the tree; one inside a hidden one is hidden as well. `version` is that of
    the index. One query the first time."""
    own = ("path", "id", "image", "slug", "name", "description")
    texts = ("texts__language", "texts__slug", "texts__title", "texts__description")
    rows = Category.objects.filter(is_public=True).order_by("path").values_list(*own, *texts)
    found: list[Department] = []
    ways: dict[str, dict[str, str]] = {"": dict.fromkeys(LANGUAGES, "")}  # by place in the tree and language
    for (path, id, image, slug, *words), group in groupby(rows, key=lambda row: row[: len(own)]):
        above = ways.get(path[: -Category.steplen])
        if above is None:
            continue
        written = {code: said for *_own, code, said in ((*row[:7], row[7:]) for row in group) if code}
        other = next(iter(written.values()), (page_slug(slug), *words))
        said = {code: written.get(code, other) for code in LANGUAGES}
        ways[path] = {code: f"{above[code]}{said[code][0]}/" for code in LANGUAGES}
        slugs = {code: way.rstrip("/") for code, way in ways[path].items()}
        urls = {code: category_url(slugs[code], id, code) for code in LANGUAGES}
        _slug, title, description = said[language]
        picture = media_url(image)
        found.append(Department(id, title, description, slugs[language], urls[language], picture, path, urls))
    return found


def departments(version: int, language: str) -> list[Department]:
    """The top categories."""
    return [entry for entry in all_departments(version, language) if entry.depth == 1][:MOST_DEPARTMENTS]


def department(category_id: int, version: int, language: str) -> tuple[list[Department], list[Department]] | None:
    """(the way to the category, itself at the end; its children); None if it is not there."""
    every = all_departments(version, language)
    here = next((entry for entry in every if entry.id == category_id), None)
    if here is None:
        return None
    way = [entry for entry in every if here.path.startswith(entry.path)]
    children = [entry for entry in every if entry.path.startswith(here.path) and entry.depth == here.depth + 1]
    return way, children


def way_to(product_categories: Any, version: int, language: str) -> list[Department]:
    """The way to the first of a product's categories."""
    for category_id in product_categories:
        if found := department(category_id, version, language):
            return found[0]
    return []
