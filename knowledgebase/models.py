"""Articles of the help centre, what each of them said over time, and whether that helped."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Category(models.Model):
    slug = models.SlugField(_("address"), max_length=80, unique=True)
    position = models.PositiveIntegerField(_("position"), default=100)

    class Meta:
        verbose_name = _("help category")
        verbose_name_plural = _("help categories")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.slug


class CategoryText(models.Model):
    """What a category is called in one language."""

    category = models.ForeignKey(Category, models.CASCADE, related_name="texts", verbose_name=_("category"))
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    title = models.CharField(_("title"), max_length=120)

    class Meta:
        verbose_name = _("category title")
        verbose_name_plural = _("category titles")
        constraints = [
            models.UniqueConstraint(fields=["category", "language"], name="a_help_category_title_per_language")
        ]

    def __str__(self) -> str:
        return self.title


class ArticleQuerySet(models.QuerySet["Article"]):
    def visible(self) -> "ArticleQuerySet":
        """What anybody may read. Every page and every search starts here."""
        return self.filter(is_published=True, current_revision__isnull=False)

    def in_language(self, language: str) -> "ArticleQuerySet":
        return self.filter(language=language)

    def with_votes(self) -> "ArticleQuerySet":
        """Adds `helpful` and `unhelpful`: votes on the text that is read now."""
        return self.annotate(helpful=_votes(is_helpful=True), unhelpful=_votes(is_helpful=False))

    def needs_attention(self) -> "ArticleQuerySet":
        """Read, and mostly found unhelpful: three or more such votes, and no fewer than the helpful ones."""
        disliked = (
            Vote.objects.order_by()
            .values("revision")
            .annotate(no=Count("pk", filter=Q(is_helpful=False)), yes=Count("pk", filter=Q(is_helpful=True)))
            .filter(no__gte=3, yes__lte=F("no"))
        )
        return self.filter(current_revision__in=disliked.values("revision"))


class Article(models.Model):
    """One answer in one language. `reference` is the same in every language; the text is `current_revision`'s."""

    reference = models.CharField(_("reference"), max_length=200)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    slug = models.SlugField(_("address"), max_length=80)
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="articles", verbose_name=_("category")
    )
    current_revision = models.OneToOneField(
        "Revision", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("current text")
    )
    is_published = models.BooleanField(_("published"), default=False)
    created_at = models.DateTimeField(_("created at"))
    # Folded by crm.fold, so that no database locale has a say in what matches; one alias to a line.
    title_fold = models.TextField(editable=False)
    alias_fold = models.TextField(editable=False, blank=True)
    body_fold = models.TextField(editable=False, blank=True)
    # What the search looks words up in. Weight A: title, B: aliases. 'simple': folding has done the rest.
    heads_vector = models.GeneratedField(
        expression=SearchVector("title_fold", weight="A", config="simple")
        + SearchVector("alias_fold", weight="B", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    body_vector = models.GeneratedField(
        expression=SearchVector("body_fold", config="simple"), output_field=SearchVectorField(), db_persist=True
    )

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("help article")
        verbose_name_plural = _("help articles")
        constraints = [models.UniqueConstraint(fields=["reference", "language"], name="an_article_per_language")]
        indexes = [
            models.Index(
                fields=["category", "language", "id"], condition=Q(is_published=True), name="kb_article_by_category"
            ),
            GinIndex(fields=["heads_vector"], name="kb_article_heads"),
            GinIndex(fields=["body_vector"], name="kb_article_body"),
        ]

    def __str__(self) -> str:
        return self.current_revision.title if self.current_revision else self.reference

    def get_absolute_url(self) -> str:
        """Its page, under the language that is active now (override it to link across languages)."""
        return reverse("knowledgebase:article", args=[self.reference, self.slug])


class RevisionQuerySet(models.QuerySet["Revision"]):
    def update(self, **kwargs: Any) -> int:
        """A text that somebody read and voted on is never rewritten: write a new one."""
        if set(kwargs) - {"is_approved"}:
            raise TypeError("a revision is not edited; save_article() makes a new one")
        return super().update(**kwargs)


class Revision(models.Model):
    """What an article said from some day on. Readers see approved ones only; votes belong to it."""

    article = models.ForeignKey(Article, models.PROTECT, related_name="revisions", verbose_name=_("article"))
    title = models.CharField(_("title"), max_length=300)
    body = models.TextField(_("text"))
    aliases = ArrayField(models.TextField(), verbose_name=_("other ways to ask"), default=list, blank=True)
    actor = models.CharField(_("by"), max_length=60)
    comment = models.CharField(_("what changed"), max_length=200, blank=True)
    is_approved = models.BooleanField(_("approved"), default=False)
    created_at = models.DateTimeField(_("written at"))

    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("text of an article")
        verbose_name_plural = _("texts of articles")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.title


class Vote(models.Model):
    """One reader's word on one text. A second word of the same reader replaces the first."""

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="votes", verbose_name=_("text"))
    voter = models.CharField(_("by"), max_length=80)
    is_helpful = models.BooleanField(_("helped"))
    query = models.CharField(_("searched for"), max_length=200, blank=True)
    reason = models.CharField(_("what was missing"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("first voted at"))
    changed_at = models.DateTimeField(_("voted at"))

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        constraints = [models.UniqueConstraint(fields=["revision", "voter"], name="a_reader_votes_once_on_a_text")]

    def __str__(self) -> str:
        return f"{self.voter}: {'+' if self.is_helpful else '-'}"


class Term(models.Model):
    """A word of the articles in one language, and how many of them use it. The empty word counts all articles."""

    language = models.CharField(max_length=8)
    # Byte order: the search reads ranges of words that start alike from the unique index.
    term = models.TextField(db_collation="C")
    article_count = models.IntegerField(default=0)

    class Meta:
        verbose_name = _("word")
        verbose_name_plural = _("words")
        constraints = [models.UniqueConstraint(fields=["language", "term"], name="a_word_per_language")]
        indexes = [GistIndex(fields=["term"], opclasses=["gist_trgm_ops"], name="kb_term_likeness")]

    def __str__(self) -> str:
        return self.term


def _votes(*, is_helpful: bool) -> Coalesce:
    """A subquery, not a join: a list page counts for its own rows only."""
    votes = Vote.objects.filter(revision=OuterRef("current_revision"), is_helpful=is_helpful).order_by()
    return Coalesce(Subquery(votes.values("revision").annotate(count=Count("pk")).values("count")), 0)
