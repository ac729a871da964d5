"""Reading articles, for pages and for other apps."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.utils import translation

from knowledgebase.models import Article, Category, CategoryText
from knowledgebase.rendering import excerpt
from knowledgebase.search import find_articles

SHOWN_PER_CATEGORY = 6


class NoSuchArticle(LookupError):
    """There is none, or nobody may read it."""


@dataclass(frozen=True)
class FoundArticle:
    """An article to link to. `score` is 0 where it was not searched for; `url` has its language in it."""

    id: int
    reference: str
    title: str
    url: str
    score: float
    snippet: str


@dataclass(frozen=True)
class Alternate:
    """The same article in a language (this one among them)."""

    language: str
    url: str


@dataclass(frozen=True)
class Shelf:
    """A category with the first of its articles; `title` is in the reader's language."""

    slug: str
    title: str
    articles: Sequence[Article]
    has_more: bool


def search_articles(
    query: str, *, language: str, limit: int = 10, as_typed: bool = False, known: Collection[str] | None = None
) -> list[FoundArticle]:
    """The articles that answer a question, best first; empty means that there is no answer.

    `as_typed`: the last word may be unfinished (search while typing). `known`: for what is shown unasked, beside goods;
    see find_articles().
    """
    hits = find_articles(query, language=language, limit=limit, as_typed=as_typed, known=known)
    articles = Article.objects.visible().select_related("current_revision").in_bulk([hit.article_id for hit in hits])
    return [_found(articles[hit.article_id], hit.score) for hit in hits if hit.article_id in articles]


def articles_by_reference(references: Iterable[str], language: str) -> list[FoundArticle]:
    """Visible articles in the order asked for; those without a text in `language` are left out."""
    wanted = list(dict.fromkeys(references))
    articles = {
        article.reference: article
        for article in Article.objects.visible()
        .in_language(language)
        .filter(reference__in=wanted)
        .select_related("current_revision")
    }
    return [_found(articles[reference], 0.0) for reference in wanted if reference in articles]


def access_article(reference: str, *, language: str) -> Article:
    """The article that a page shows, with its text and category.

    :raises NoSuchArticle: if there is none to be read in that language
    """
    if "\x00" in reference:
        raise NoSuchArticle(reference)
    article = (
        Article.objects.visible()
        .in_language(language)
        .select_related("current_revision", "category")
        .filter(reference=reference)
        .first()
    )
    if article is None:
        raise NoSuchArticle(reference)
    return article


def article_alternatives(reference: str) -> list[Alternate]:
    """The addresses of an article in every language it is published in."""
    articles = Article.objects.visible().filter(reference=reference).order_by("language")
    return [Alternate(article.language, url_of(article)) for article in articles]


def category_titles(language: str) -> dict[int, str]:
    """Titles by category id; where one has no title in `language`, another language's stands in."""
    titles = {}
    for text in CategoryText.objects.all():
        if text.language == language or text.category_id not in titles:
            titles[text.category_id] = text.title
    return titles


def shelves(language: str) -> list[Shelf]:
    """Every category that has something to read in `language`, with its first articles. Four queries, always."""
    first = (
        Article.objects.visible()
        .in_language(language)
        .filter(category=OuterRef("pk"))
        .order_by("pk")
        .values("pk")[: SHOWN_PER_CATEGORY + 1]
    )
    categories = list(Category.objects.annotate(first=ArraySubquery(first)).order_by("position", "slug"))
    loose = list(
        Article.objects.visible()
        .in_language(language)
        .filter(category=None)
        .order_by("pk")
        .select_related("current_revision")[:SHOWN_PER_CATEGORY]
    )
    ids = [id for category in categories for id in category.first[:SHOWN_PER_CATEGORY]]
    articles = Article.objects.select_related("current_revision").in_bulk(ids)
    titles = category_titles(language)
    found = [
        Shelf(
            slug=category.slug,
            title=titles.get(category.pk, category.slug),
            articles=[articles[id] for id in category.first[:SHOWN_PER_CATEGORY]],
            has_more=len(category.first) > SHOWN_PER_CATEGORY,
        )
        for category in categories
        if category.first
    ]
    return [*found, Shelf("", "", loose, has_more=False)] if loose else found


def related_articles(article: Article, *, limit: int = 4) -> list[Article]:
    """Others of the same category."""
    if article.category_id is None:
        return []
    return list(
        Article.objects.visible()
        .in_language(article.language)
        .filter(category=article.category_id)
        .exclude(pk=article.pk)
        .order_by("pk")
        .select_related("current_revision")[:limit]
    )


def url_of(article: Article) -> str:
    """Its address under its own language, whatever language is active."""
    with translation.override(article.language):
        return article.get_absolute_url()


def _found(article: Article, score: float) -> FoundArticle:
    revision = article.current_revision
    body = revision.body if revision else ""
    return FoundArticle(article.pk, article.reference, str(article), url_of(article), score, excerpt(body))
