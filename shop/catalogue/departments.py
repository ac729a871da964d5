"""Categories as shoppers see them. All of them are read at once and kept while the index stays the same."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.urls import reverse

from shop.catalogue.offers import media_url, page_slug
from shop.oscar import Category

MOST_DEPARTMENTS = 24


@dataclass(frozen=True)
class Department:
    """A category as shoppers see it. `path` is the place in the tree, `picture` an address or ""."""

    id: int
    title: str
    description: str
    slug: str
    url: str
    picture: str
    path: str

    @property
    def depth(self) -> int:
        return len(self.path) // int(Category.steplen)


def category_url(slug: str, category_id: int) -> str:
    """Not Category.get_absolute_url(): that one walks the ancestors and asks the cache for each."""
    return reverse("catalogue:category", kwargs={"category_slug": page_slug(slug), "pk": category_id})


@lru_cache(maxsize=8)
def all_departments(version: int, language: str) -> list[Department]:
    """Every public category in the order of the tree; one inside a hidden one is hidden as well. `version` is that of
    the index; addresses are in the active language, so it must be `language`. One query the first time."""
    fields = ("id", "slug", "name", "description", "image", "path", "is_public")
    texts = ("texts__language", "texts__title", "texts__description")
    found: dict[int, Department] = {}
    hidden: list[str] = []
    for row in Category.objects.order_by("path").values_list(*fields, *texts):
        id, slug, name, description, image, path, is_public, code, title, text = row
        if not is_public or path.startswith(tuple(hidden)):
            hidden.append(path)
        elif id not in found or code == language:
            url = category_url(slug, id)
            told = text if title else description
            found[id] = Department(id, title or name, told, page_slug(slug), url, media_url(image), path)
    return list(found.values())


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
