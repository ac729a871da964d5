"""Names of offers in both languages; conditions and benefits are Oscar's dashboard's business, which is linked."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from crm import api as crm
from shop.catalogue.editing import LANGUAGES
from shop.offer.names import name_offer
from shop.oscar import ConditionalOffer

NAMES = {"tr": _("Turkish name"), "en": _("English name")}


class OfferForm(forms.ModelForm):
    name_tr = forms.CharField(
        label=NAMES["tr"], required=False, max_length=128, widget=UnfoldAdminTextInputWidget({"lang": "tr"})
    )
    name_en = forms.CharField(
        label=NAMES["en"], required=False, max_length=128, widget=UnfoldAdminTextInputWidget({"lang": "en"})
    )

    class Meta:
        model = ConditionalOffer
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for text in self.instance.texts.all() if self.instance.pk else ():
            self.initial[f"name_{text.language}"] = text.name

    def names(self) -> dict[str, str]:
        return {language: crm.clean_line(self.cleaned_data[f"name_{language}"]) for language in LANGUAGES}


@admin.register(ConditionalOffer)
class OfferAdmin(ModelAdmin):
    form = OfferForm
    list_display = ("name", "status", "in_both", "dashboard")
    list_filter = ("status", "offer_type")
    search_fields = ("name", "texts__name")
    ordering = ("-priority", "pk")
    fieldsets = ((None, {"fields": ("name", ("name_tr", "name_en"), "dashboard")}),)
    readonly_fields = ("name", "dashboard")
    show_full_result_count = False
    actions = None
    list_before_template = "shop/admin/_offers_head.html"

    class Media:
        css = {"all": ["css/desk.css", "css/goods.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("texts")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @display(description=_("missing"))
    def in_both(self, offer: Any) -> str:
        has = {text.language for text in offer.texts.all()}
        lacks = [(NAMES[language],) for language in LANGUAGES if language not in has]
        return format_html_join(" ", '<span class="goods-badge">{}</span>', lacks)

    @display(description=_("conditions and benefit"))
    def dashboard(self, offer: Any) -> str:
        return format_html(
            '<a href="{}">{}</a>', reverse("dashboard:offer-detail", args=[offer.pk]), _now("In the shop dashboard")
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        name_offer(obj, form.names())
