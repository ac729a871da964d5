"""Reading the catalogue for shoppers: departments, cards, listings; never a query for each row."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from oscar.core.loading import get_model

from shop.models import CategoryText

Category = get_model("catalogue", "Category")


@dataclass(frozen=True)
class Department:
    id: int
    title: str
    url: str


def category_url(category: Any) -> str:
    """Not get_absolute_url(): that one walks the ancestors and asks the cache for each."""
    return reverse("catalogue:category", kwargs={"category_slug": category.slug, "pk": category.pk})


def titles_of_categories(ids: Iterable[int], language: str) -> dict[int, str]:
    """Titles in `language`, in the other one where it is missing."""
    titles: dict[int, str] = {}
    for category_id, code, title in CategoryText.objects.filter(category__in=ids).values_list(
        "category_id", "language", "title"
    ):
        if code == language or category_id not in titles:
            titles[category_id] = title
    return titles


def departments(language: str) -> list[Department]:
    """The public top categories, in the order of the tree. Two queries."""
    categories = list(Category.objects.filter(depth=1, is_public=True).only("id", "slug", "name", "path")[:24])
    titles = titles_of_categories([category.pk for category in categories], language)
    return [
        Department(category.pk, titles.get(category.pk, category.name), category_url(category))
        for category in categories
    ]
