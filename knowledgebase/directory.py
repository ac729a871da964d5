"""What there is to read, for those who list it: sitemaps."""

from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.urls import reverse
from django.utils import translation

from knowledgebase.models import Article, Category


def published_articles() -> QuerySet[Any, Any]:
    """A row (reference, languages, slugs, changed_at) for every article that somebody may read, in a fixed order."""
    return (
        Article.objects.visible()
        .values("reference")
        .annotate(
            languages=ArrayAgg("language", order_by="language"),
            slugs=ArrayAgg("slug", order_by="language"),
            changed_at=Max("current_revision__created_at"),
        )
        .order_by("reference")
        .values_list("reference", "languages", "slugs", "changed_at", named=True)
    )


def article_paths(row: Any) -> dict[str, str]:
    """{language: path} of a row of `published_articles`."""
    paths = {}
    for language, slug in zip(row.languages, row.slugs, strict=True):
        with translation.override(language):
            paths[language] = reverse("knowledgebase:article", args=[row.reference, slug])
    return paths


def category_slugs() -> list[str]:
    """Of the categories with something to read, in the order of the help's first page."""
    readable = Article.objects.visible().filter(category=OuterRef("pk"))
    return list(Category.objects.filter(Exists(readable)).values_list("slug", flat=True))
