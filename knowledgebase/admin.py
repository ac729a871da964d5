"""Articles in the admin. A text is changed through save_article(), which keeps every former one."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from crm import api as crm
from knowledgebase.articles import MAX_TITLE, Draft, NotAnArticle, save_article
from knowledgebase.models import Article, ArticleQuerySet, Category, CategoryText, Revision, Vote


class ArticleForm(forms.ModelForm):
    title = forms.CharField(label=_("Title"), max_length=MAX_TITLE, widget=UnfoldAdminTextInputWidget)
    body = forms.CharField(
        label=_("Text"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 18}),
        help_text=_("Markdown; HTML is left out."),
    )
    aliases = forms.CharField(
        label=_("Other ways to ask"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
        help_text=_("One to a line: the words that customers use. The search reads them."),
    )
    comment = forms.CharField(
        label=_("What changed"), required=False, max_length=200, widget=UnfoldAdminTextInputWidget
    )
    publish_text = forms.BooleanField(
        label=_("Readers see this text at once"),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("Off: it is kept as a draft, and shown here until it is published."),
    )

    class Meta:
        model = Article
        fields = ("reference", "language", "category", "is_published")
        widgets = {"language": UnfoldAdminSelectWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            newest = self.instance.revisions.first()  # perhaps a draft that waits
            if newest:
                self.initial.update(title=newest.title, body=newest.body, aliases="\n".join(newest.aliases))
        else:
            self.initial["is_published"] = True

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self.draft().check()
            except NotAnArticle as error:
                raise ValidationError(gettext("This cannot be an article: %(reason)s") % {"reason": error}) from error
        return data

    def draft(self) -> Draft:
        data = self.cleaned_data
        category = data.get("category")
        return Draft(
            reference=data.get("reference") or self.instance.reference,
            language=data.get("language") or self.instance.language,
            title=data["title"],
            body=data["body"],
            aliases=tuple(data["aliases"].splitlines()),
            category=category.slug if category else "",
        )


class NeedsAttention(admin.SimpleListFilter):
    title = _("needs attention")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Mostly found unhelpful"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        if self.value() == "yes" and isinstance(queryset, ArticleQuerySet):
            return queryset.needs_attention()
        return queryset


class RevisionInline(TabularInline):
    """History, to read only."""

    model = Revision
    fk_name = "article"
    fields = ("created_at", "title", "actor", "comment", "is_approved")
    readonly_fields = fields
    extra = 0
    max_num = 0
    can_delete = False
    verbose_name_plural = _("History")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Article)
class ArticleAdmin(ModelAdmin):
    form = ArticleForm
    list_display = ("title", "language", "shelf", "status", "helpful_votes", "unhelpful_votes", "share", "reference")
    list_filter = ("language", "category", "is_published", NeedsAttention)
    search_fields = ("title_fold", "alias_fold", "reference")
    search_help_text = _("Words of the title or of an alias, or the reference")
    list_select_related = ("current_revision", "category")
    list_per_page = 50
    show_full_result_count = False
    ordering = ("-pk",)
    inlines = (RevisionInline,)
    fieldsets = (
        (None, {"fields": ("title", "body", "aliases")}),
        (_("Shelf"), {"fields": ("reference", "language", "category", "is_published")}),
        (_("This change"), {"fields": ("comment", "publish_text")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        return Article.objects.with_votes()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Article], search_term: str
    ) -> tuple[QuerySet[Article], bool]:
        """Titles and aliases are kept folded, so what is typed is folded too."""
        folded = crm.fold(search_term[:200])
        return super().get_search_results(request, queryset, folded or search_term[:200].replace("\x00", ""))

    def get_readonly_fields(self, request: HttpRequest, obj: Article | None = None) -> tuple[str, ...]:
        return ("reference", "language") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        """An article that was read and voted on is unpublished, not deleted."""
        return False

    def save_model(self, request: HttpRequest, obj: Article, form: Any, change: bool) -> None:
        saved = save_article(
            form.draft(),
            actor=crm.actor_of(request),
            now=timezone.now(),
            comment=form.cleaned_data["comment"],
            is_published=form.cleaned_data["is_published"],
            publish_text=form.cleaned_data["publish_text"],
        )
        obj.pk = saved.article.pk
        obj.refresh_from_db()

    @display(description=_("title"), ordering="title_fold")
    def title(self, article: Article) -> str:
        return str(article)

    @display(description=_("category"), ordering="category")
    def shelf(self, article: Article) -> str:
        return article.category.slug if article.category else ""

    @display(description=_("status"), label={"published": "success", "hidden": "warning", "draft": "info"})
    def status(self, article: Article) -> tuple[str, str]:
        if article.current_revision_id is None:
            return "draft", gettext("draft")
        return ("published", gettext("published")) if article.is_published else ("hidden", gettext("hidden"))

    @display(description=_("helped"), ordering="helpful")
    def helpful_votes(self, article: Any) -> int:
        return int(article.helpful)

    @display(description=_("did not"), ordering="unhelpful")
    def unhelpful_votes(self, article: Any) -> int:
        return int(article.unhelpful)

    @display(description=_("share"))
    def share(self, article: Any) -> str:
        votes = article.helpful + article.unhelpful
        return f"{100 * article.helpful // votes} %" if votes else "–"


class CategoryTextInline(TabularInline):
    model = CategoryText
    extra = 0


@admin.register(Category)
class CategoryAdmin(ModelAdmin):
    list_display = ("slug", "position")
    inlines = (CategoryTextInline,)


@admin.register(Vote)
class VoteAdmin(ModelAdmin):
    """What readers said, with the search that led them there: to read only."""

    list_display = ("changed_at", "revision", "is_helpful", "query", "reason")
    list_filter = ("is_helpful", "revision__article__language")
    list_select_related = ("revision",)
    search_fields = ("query", "reason", "revision__title")
    ordering = ("-changed_at",)
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Vote | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Vote | None = None) -> bool:
        return False
