"""Categories: both languages side by side, and which of them is missing."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from shop.backoffice.words import WordsForm, readers, rows, words_fields
from shop.catalogue.editing import LANGUAGES, write_category
from shop.models import CategoryText
from shop.oscar import Category
from shop.templatetags.writing import capital

PARTS = ("title", "slug", "description")
MISSING = {
    "title_tr": _("Turkish title"),
    "title_en": _("English title"),
    "description_tr": _("Turkish description"),
    "description_en": _("English description"),
}


class CategoryForm(WordsForm):
    parts = PARTS

    class Meta:
        model = Category
        fields = ("is_public", "image")


for _name, _field in words_fields(*PARTS).items():
    CategoryForm.base_fields[_name] = _field
    CategoryForm.declared_fields[_name] = _field


class MissingWordsFilter(admin.SimpleListFilter):
    title = _("what is missing")
    parameter_name = "missing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, capital(title)) for name, title in MISSING.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        part, _line, language = (self.value() or "").partition("_")
        if part not in PARTS or language not in LANGUAGES:
            return queryset
        texts = CategoryText.objects.filter(category=OuterRef("pk"), language=language).exclude(**{part: ""})
        return queryset.exclude(Exists(texts))


@admin.register(Category)
class CategoryAdmin(ModelAdmin):
    form = CategoryForm
    list_display = ("indented", "is_public", "missing")
    list_filter = (MissingWordsFilter, "is_public")
    search_fields = ("name", "texts__title")
    ordering = ("path",)
    fieldsets = ((None, {"fields": (*rows(*PARTS), ("is_public", "image"))}),)

    class Media:
        css = {"all": ["css/goods.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("texts")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @display(description=_("category"), ordering="path")
    def indented(self, category: Any) -> str:
        return f"{'– ' * (category.depth - 1)}{category.name}"

    @display(description=_("missing"))
    def missing(self, category: Any) -> str:
        texts = {text.language: text for text in category.texts.all()}
        lacks = []
        for name, title in MISSING.items():
            part, _line, language = name.partition("_")
            if not getattr(texts.get(language), part, ""):
                lacks.append((title,))
        return format_html_join(" ", '<span class="goods-badge">{}</span>', lacks)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        write_category(obj, words=form.words)


for _name, _reads in readers(*PARTS).items():
    setattr(CategoryAdmin, _name, _reads)
