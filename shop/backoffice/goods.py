"""Products and categories: texts and prices; the rest is edited in Oscar's dashboard, which is linked."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, StackedInline, TabularInline

from shop.models import CategoryText, ProductText
from shop.oscar import Category, Product, StockRecord


class ProductTextInline(StackedInline):
    model = ProductText
    extra = 0
    fields = ("language", "title", "description", "option_name")


class StockRecordInline(TabularInline):
    model = StockRecord
    extra = 0
    fields = ("partner", "partner_sku", "price", "price_before", "price_currency", "vat_rate", "num_in_stock")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Locked while the form is checked and saved: an order that is placed in between has to wait for it."""
        records = super().get_queryset(request)
        return records.select_for_update(of=("self",)) if request.method == "POST" else records


@admin.register(Product)
class ProductAdmin(ModelAdmin):
    """Texts and prices; the rest of a product is edited in Oscar's dashboard, which is linked."""

    list_display = ("title", "upc", "structure", "is_public", "date_updated")
    list_filter = ("is_public", "structure")
    search_fields = ("title", "upc", "texts__title", "stockrecords__partner_sku")
    ordering = ("title", "pk")
    fields = ("title", "upc", "is_public")
    readonly_fields = ("upc",)
    inlines = (ProductTextInline, StockRecordInline)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class CategoryTextInline(StackedInline):
    model = CategoryText
    extra = 0


@admin.register(Category)
class CategoryAdmin(ModelAdmin):
    list_display = ("name", "is_public")
    search_fields = ("name", "texts__title")
    ordering = ("path",)
    fields = ("name", "is_public")
    inlines = (CategoryTextInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
