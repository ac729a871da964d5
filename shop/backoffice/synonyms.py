"""Words that mean the same to the search: one group to a line of the list."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from crm import api as crm
from shop.models import Synonyms
from shop.search.synonyms import NotSynonyms, read_words, save_synonyms


class SynonymsForm(forms.ModelForm):
    words = forms.CharField(
        label=_("Words that mean the same"),
        max_length=1000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_(
            "Single words with commas between them: mug, cup. Whoever searches for one of them also finds products "
            "that use another. Plurals and other forms need not be named."
        ),
    )

    class Meta:
        model = Synonyms
        fields = ("language",)
        widgets = {"language": UnfoldAdminSelectWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["words"] = str(self.instance)

    def clean_words(self) -> list[str]:
        try:
            return read_words(self.cleaned_data["words"])
        except NotSynonyms as error:
            raise ValidationError(str(error)) from error


@admin.register(Synonyms)
class SynonymsAdmin(ModelAdmin):
    form = SynonymsForm
    list_display = ("group", "language")
    list_filter = ("language",)
    search_fields = ("folded",)
    search_help_text = _("A word of the group")
    ordering = ("-language", "folded")
    show_full_result_count = False
    fieldsets = ((None, {"fields": ("language", "words")}),)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Synonyms], search_term: str
    ) -> tuple[QuerySet[Synonyms], bool]:
        folded = crm.fold(search_term[:200])
        return super().get_search_results(request, queryset, folded or search_term[:200].replace("\x00", ""))

    def save_model(self, request: HttpRequest, obj: Synonyms, form: Any, change: bool) -> None:
        save_synonyms(obj, form.cleaned_data["words"])

    @display(description=_("words"), ordering="folded")
    def group(self, synonyms: Synonyms) -> str:
        return str(synonyms)
