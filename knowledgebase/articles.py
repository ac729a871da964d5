"""Writing articles: every change of a text is a new revision."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils.text import slugify

from crm import api as crm
from knowledgebase.models import Article, Category, CategoryText, Revision
from knowledgebase.rendering import plain_text

MAX_TITLE = 300
MAX_BODY = 50_000
MAX_ALIASES = 2_000
MAX_ALIAS = 500
MAX_REFERENCE = 200

_NOT_IN_A_REFERENCE = re.compile(r"[\x00-\x1f\x7f\\]|(^|/)\.{0,2}(/|$)|^\s|\s$")


class NotAnArticle(ValueError):
    """A text that cannot be an article; the message says why."""


@dataclass(frozen=True)
class Draft:
    """An article as somebody wrote it. `category` is a slug or a title, "" for none."""

    reference: str
    language: str
    title: str
    body: str
    aliases: Sequence[str] = field(default_factory=tuple)
    category: str = ""

    def check(self) -> None:
        """:raises NotAnArticle: with the first reason found"""
        if not self.reference or len(self.reference) > MAX_REFERENCE or _NOT_IN_A_REFERENCE.search(self.reference):
            raise NotAnArticle(f"the id must be 1 to {MAX_REFERENCE} characters that can stand in an address")
        if self.language not in dict(settings.LANGUAGES):
            raise NotAnArticle(f"the language must be one of {', '.join(dict(settings.LANGUAGES))}")
        if not self.title.strip() or len(self.title) > MAX_TITLE:
            raise NotAnArticle(f"the title must be 1 to {MAX_TITLE} characters")
        if not self.body.strip() or len(self.body) > MAX_BODY:
            raise NotAnArticle(f"the body must be 1 to {MAX_BODY} characters")
        if len(self.aliases) > MAX_ALIASES or any(len(alias) > MAX_ALIAS for alias in self.aliases):
            raise NotAnArticle(f"at most {MAX_ALIASES} aliases of at most {MAX_ALIAS} characters")
        if len(self.category) > 120 or (self.category.strip() and not category_slug(self.category)):
            raise NotAnArticle("the category must be at most 120 characters, with a letter or digit among them")
        if any("\x00" in text for text in (self.title, self.body, self.category, *self.aliases)):
            raise NotAnArticle("a NUL character")


@dataclass(frozen=True)
class Saved:
    article: Article
    is_new: bool
    revision: Revision | None  # None: it said so already


def category_slug(category: str) -> str:
    return slugify(crm.fold(category))[:80]


@transaction.atomic
def save_article(
    draft: Draft,
    *,
    actor: crm.Actor,
    now: datetime,
    comment: str = "",
    is_published: bool | None = None,
    publish_text: bool = True,
) -> Saved:
    """Write an article, or a new text of it; what is unchanged stays as it is.

    `is_published` None leaves it (a new one is published); `publish_text` False keeps the text as a draft that
    nobody reads until the same text is saved for publishing.

    :raises NotAnArticle: if the draft cannot be one
    """
    draft.check()
    category = _category_for(draft)
    article, is_new = Article.objects.get_or_create(
        reference=draft.reference,
        language=draft.language,
        defaults={
            "slug": _slug_for(draft.title),
            "category": category,
            "is_published": is_published is not False,
            "created_at": now,
            "title_fold": "",
        },
    )
    article = Article.objects.select_for_update(of=("self",)).select_related("current_revision").get(pk=article.pk)
    _set_shelf(article, category, is_published)
    if _says(article.current_revision, draft):
        return Saved(article, is_new, None)
    newest = article.revisions.first()
    if newest is None or not _says(newest, draft):
        newest = Revision.objects.create(
            article=article,
            title=draft.title.strip(),
            body=draft.body,
            aliases=_clean(draft.aliases),
            actor=str(actor),
            comment=comment[:200],
            created_at=now,
        )
    elif not publish_text:
        return Saved(article, is_new, None)
    if publish_text:
        _make_current(article, newest)
    return Saved(article, is_new, newest)


@transaction.atomic
def publish_revision(revision_id: int, *, actor: crm.Actor) -> Article:
    """Make a text the one that readers see; an older one may come back. `actor` is named for the caller's log."""
    revision = Revision.objects.select_related("article").get(pk=revision_id)
    article = Article.objects.select_for_update(of=("self",)).get(pk=revision.article_id)
    if article.current_revision_id != revision.pk:
        _make_current(article, revision)
    return article


@transaction.atomic
def save_articles(
    drafts: Sequence[Draft], *, actor: crm.Actor, now: datetime, comment: str = "", counts_words: bool = True
) -> list[Saved]:
    """save_article() for many at once, in a handful of statements. No draft may come twice.

    `counts_words` False: the caller calls recount_words() in the same transaction, once for all its batches.
    """
    for draft in drafts:
        draft.check()
    categories = _categories_for(drafts)

    def text(draft: Draft, article: Article) -> Revision:
        return Revision(
            article=article,
            title=draft.title.strip(),
            body=draft.body,
            aliases=_clean(draft.aliases),
            actor=str(actor),
            comment=comment[:200],
            is_approved=True,
            created_at=now,
        )

    known = {
        (article.reference, article.language): article
        for article in Article.objects.select_for_update(of=("self",))
        .select_related("current_revision")
        .filter(reference__in=[draft.reference for draft in drafts])
        .order_by("pk")
    }
    saved = _create_together(
        [draft for draft in drafts if (draft.reference, draft.language) not in known], text, categories
    )
    rewritten = []
    for draft in drafts:
        article = known.get((draft.reference, draft.language))
        if article is None:
            continue
        _set_shelf(article, categories[draft.category], None)
        if _says(article.current_revision, draft):
            saved.append(Saved(article, is_new=False, revision=None))
        else:
            rewritten.append(Saved(article, is_new=False, revision=text(draft, article)))
    if counts_words:
        _count_words([row.article.pk for row in rewritten if row.article.current_revision_id is not None], sign=-1)
    _rewrite_together(rewritten)
    if counts_words:
        _count_words([row.article.pk for row in saved if row.is_new] + [row.article.pk for row in rewritten], sign=1)
    return saved + rewritten


def _create_together(
    drafts: Sequence[Draft], text: Callable[[Draft, Article], Revision], categories: dict[str, Category | None]
) -> list[Saved]:
    """New articles with their first text. Its number is drawn beforehand, so that each row is written once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('knowledgebase_revision', 'id')) FROM generate_series(1, %s)",
            [len(drafts)],
        )
        numbers = [number for (number,) in cursor.fetchall()]
    articles, revisions = [], []
    for draft, number in zip(drafts, numbers, strict=True):
        article = Article(
            reference=draft.reference,
            language=draft.language,
            category=categories[draft.category],
            is_published=True,
        )
        revision = text(draft, article)
        revision.pk = number
        article.created_at = revision.created_at
        _take_text(article, revision)
        articles.append(article)
        revisions.append(revision)
    Article.objects.bulk_create(articles)
    for article, revision in zip(articles, revisions, strict=True):
        revision.article = article
    Revision.objects.bulk_create(revisions)
    return [
        Saved(article, is_new=True, revision=revision) for article, revision in zip(articles, revisions, strict=True)
    ]


def _rewrite_together(rows: list[Saved]) -> None:
    Revision.objects.bulk_create([row.revision for row in rows if row.revision])
    for row in rows:
        if row.revision:
            _take_text(row.article, row.revision)
    Article.objects.bulk_update(
        [row.article for row in rows],
        ["current_revision", "slug", "title_fold", "alias_fold", "body_fold"],
        batch_size=100,
    )


def _make_current(article: Article, revision: Revision) -> None:
    if article.current_revision_id is not None:
        _count_words([article.pk], sign=-1)
    Revision.objects.filter(pk=revision.pk).update(is_approved=True)
    revision.is_approved = True
    _take_text(article, revision)
    article.save(update_fields=["current_revision", "slug", "title_fold", "alias_fold", "body_fold"])
    _count_words([article.pk], sign=1)


def _take_text(article: Article, revision: Revision) -> None:
    article.current_revision = revision
    article.slug = _slug_for(revision.title)
    article.title_fold = crm.fold(revision.title)
    article.alias_fold = "\n".join(filter(None, map(crm.fold, revision.aliases)))
    article.body_fold = crm.fold(plain_text(revision.body))


def _count_words(article_ids: Sequence[int], *, sign: int) -> None:
    """Keep Term in step, words in order so that two writers never wait for each other in a circle."""
    if not article_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO knowledgebase_term (language, term, article_count)
            SELECT article.language, word.word, %s * count(*)
            FROM knowledgebase_article article
            CROSS JOIN LATERAL (
                SELECT '' UNION ALL
                SELECT unnest(tsvector_to_array(article.heads_vector || article.body_vector))
            ) AS word (word)
            WHERE article.id = ANY(%s)
            GROUP BY 1, 2
            ORDER BY article.language, word.word
            ON CONFLICT (language, term)
            DO UPDATE SET article_count = knowledgebase_term.article_count + EXCLUDED.article_count
            """,
            [sign, list(article_ids)],
        )


@transaction.atomic
def recount_words() -> None:
    """Count every word of every article anew. For large imports: a row updated once a batch would be found ever more
    slowly, as none of its former versions can be cleared away before the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM knowledgebase_term")
        cursor.execute(
            """
            INSERT INTO knowledgebase_term (language, term, article_count)
            SELECT article.language, word.word, count(*)
            FROM knowledgebase_article article
            CROSS JOIN LATERAL (
                SELECT '' UNION ALL
                SELECT unnest(tsvector_to_array(article.heads_vector || article.body_vector))
            ) AS word (word)
            WHERE article.current_revision_id IS NOT NULL
            GROUP BY article.language, word.word
            ORDER BY article.language, word.word
            ON CONFLICT (language, term) DO UPDATE SET article_count = EXCLUDED.article_count
            """
        )


def _says(revision: Revision | None, draft: Draft) -> bool:
    return revision is not None and (revision.title, revision.body, revision.aliases) == (
        draft.title.strip(),
        draft.body,
        _clean(draft.aliases),
    )


def _set_shelf(article: Article, category: Category | None, is_published: bool | None) -> None:
    changed = []
    if category is not None and article.category_id != category.pk:
        article.category = category
        changed.append("category")
    if is_published is not None and article.is_published != is_published:
        article.is_published = is_published
        changed.append("is_published")
    if changed:
        article.save(update_fields=changed)


def _categories_for(drafts: Iterable[Draft]) -> dict[str, Category | None]:
    """Each category once in each language."""
    wanted = {(draft.category, draft.language): draft for draft in drafts}
    return {category: _category_for(draft) for (category, _language), draft in wanted.items()}


def _category_for(draft: Draft) -> Category | None:
    slug = category_slug(draft.category)
    if not slug:
        return None
    last = Category.objects.aggregate(last=Max("position"))["last"] or 0
    category, _is_new = Category.objects.get_or_create(slug=slug, defaults={"position": last + 10})
    title = draft.category.strip()
    if title == slug:
        title = title.replace("-", " ").capitalize()
    CategoryText.objects.get_or_create(category=category, language=draft.language, defaults={"title": title})
    return category


@transaction.atomic
def name_category(slug: str, *, position: int, titles: dict[str, str]) -> Category:
    """Make a category, or give it another place and other titles ({"tr": "…", "en": "…"})."""
    category, _is_new = Category.objects.update_or_create(slug=slug, defaults={"position": position})
    for language, title in titles.items():
        CategoryText.objects.update_or_create(category=category, language=language, defaults={"title": title})
    return category


def _clean(aliases: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, (alias.strip() for alias in aliases))))


def _slug_for(title: str) -> str:
    return slugify(crm.fold(title))[:80].strip("-") or "article"
