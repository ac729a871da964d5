"""Products: a list that says what is missing, and one page with both languages, pictures, price, stock and the past.

What only Oscar's dashboard does (making variants, recommendations) is linked.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextInputWidget,
)

from shop.backoffice.bulk import BulkActions
from shop.backoffice.files import download
from shop.backoffice.titles import TurkishOrder
from shop.backoffice.words import WordsForm, readers, rows, words_fields
from shop.catalogue.completeness import NAMES, incomplete, missing_of
from shop.catalogue.editing import class_of_new_products, main_title, write_product
from shop.catalogue.offers import looks_of
from shop.files.exporting import export_lines
from shop.oscar import Category, Product, ProductClass, ProductImage, StockRecord
from shop.prices.chart import chart_of
from shop.prices.history import prices_of
from shop.templatetags.money import money
from shop.templatetags.writing import capital

PARTS = ("title", "slug", "description", "option_name", "facts")
MISSING_SHOWN = 3


class ProductForm(WordsForm):
    """Of a variant the title is its value ("Blue"); categories and the option's name are its parent's."""

    parts = PARTS
    upc = forms.CharField(label=_("SKU"), max_length=64, widget=UnfoldAdminTextInputWidget)
    categories_of = forms.ModelMultipleChoiceField(
        label=_("Categories"),
        queryset=Category.objects.order_by("path"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    grams = forms.IntegerField(
        label=_("Weight in grams"),
        required=False,
        min_value=1,
        max_value=1_000_000,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("One piece with its wrapping"),
    )

    class Meta:
        model = Product
        fields = ("upc", "is_public", "product_class")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            weight = getattr(self.instance, "weight", None)
            self.initial["grams"] = weight.grams if weight else None
            self.initial["categories_of"] = list(self.instance.categories.values_list("pk", flat=True))
        if "product_class" in self.fields:
            kind: Any = self.fields["product_class"]
            kind.required, kind.empty_label = True, None
            self.initial.setdefault("product_class", class_of_new_products().pk)
        if "categories_of" in self.fields:
            self.fields["categories_of"].label_from_instance = _indented  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.instance._state.adding and "product_class" not in self.fields:
            self.instance.product_class = class_of_new_products()
        if not self.instance.title and not self.errors:
            # Oscar wants one; write_product says which.
            self.instance.title = main_title(self.words)
        return data


for _name, _field in words_fields(*PARTS).items():
    ProductForm.base_fields[_name] = _field
    ProductForm.declared_fields[_name] = _field


def _indented(category: Any) -> str:
    return f"{'– ' * (category.depth - 1)}{category.name}"


class RowForm(forms.ModelForm):
    """A row of a table. What a field is called stands above its column, for eyes only: each says it to ears."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # A select is wrapped, and what is said to the wrapper reaches nobody.
            widget: Any = field.widget
            getattr(widget, "widget", widget).attrs.setdefault("aria-label", field.label)


class StockRecordForm(RowForm):
    """Oscar's own Turkish labels say other things."""

    class Meta:
        model = StockRecord
        fields = ("partner", "partner_sku", "price", "price_before", "price_currency", "vat_rate", "num_in_stock")
        labels = {"partner": _("Supplier"), "partner_sku": _("SKU"), "price_currency": _("Currency")}


class StockRecordInline(TabularInline):
    model = StockRecord
    form = StockRecordForm
    extra = 0
    fields = (
        *("partner", "partner_sku", "price", "price_before", "price_currency", "vat_rate"),
        *("num_in_stock", "reserved"),
    )
    readonly_fields = ("reserved",)
    verbose_name = verbose_name_plural = _("Price and stock")
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Locked while the form is checked and saved: an order that is placed in between has to wait for it."""
        records = super().get_queryset(request).order_by("pk")
        return records.select_for_update(of=("self",)) if request.method == "POST" else records

    @display(description=_("reserved"))
    def reserved(self, record: Any) -> int:
        return record.num_allocated or 0

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class PictureForm(RowForm):
    class Meta:
        model = ProductImage
        fields = ("original", "caption", "display_order")
        labels = {"original": _("Picture"), "caption": _("Caption"), "display_order": _("Place")}


class PictureInline(TabularInline):
    model = ProductImage
    form = PictureForm
    extra = 0
    fields = ("original", "caption", "display_order")
    ordering = ("display_order", "pk")
    verbose_name, verbose_name_plural = _("Picture"), _("Pictures")
    hide_title = True  # Oscar says "Image of …" there, in English


class MissingFilter(admin.SimpleListFilter):
    title = _("what is missing")
    parameter_name = "missing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("any", _("anything")), *((name, capital(title)) for name, title in NAMES.items())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return incomplete(queryset, value) if value in ("any", *NAMES) else queryset


@admin.register(Product)
class ProductAdmin(BulkActions, ModelAdmin):
    """Products; variants are reached from the page of theirs."""

    form = ProductForm
    list_display = ("title", "sku", "price", "in_stock", "is_public", "completeness", "date_updated")
    list_filter = (MissingFilter, "is_public", "categories")
    search_fields = (
        *("title", "title__folded", "texts__title", "texts__title__folded"),
        *("upc", "stockrecords__partner_sku", "children__upc"),
    )
    ordering = ("title", "pk")
    inlines = (StockRecordInline, PictureInline)
    show_full_result_count = False
    list_per_page = 50
    actions = ("change_prices", "change_stock", "export_selected")
    change_form_before_template = "shop/admin/_product_head.html"
    change_form_after_template = "shop/admin/_product_foot.html"

    class Media:
        css = {"all": ["css/desk.css", "css/goods.css"]}

    # --- The list ---

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        products = super().get_queryset(request)
        match = request.resolver_match
        if match and match.url_name == "catalogue_product_changelist":
            products = products.exclude(structure=Product.CHILD).prefetch_related(
                "stockrecords", "children__stockrecords"
            )
        return products

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[TurkishOrder]:
        return TurkishOrder

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """What the shown products lack, asked for all of them at once."""
        changelist = super().get_changelist_instance(request)
        lacks = missing_of(list(changelist.result_list))
        for product in changelist.result_list:
            product.lacks = lacks.get(product.pk, [])
        return changelist

    @display(description=_("SKU"), ordering="upc")
    def sku(self, product: Any) -> str:
        return product.upc or "–"

    @display(description=_("price"))
    def price(self, product: Any) -> str:
        records = [record for record in _records(product) if record.price is not None]
        if not records:
            return "–"
        cheapest = min(records, key=lambda record: record.price)
        text = money(cheapest.price, cheapest.price_currency)
        return f"{text} …" if len({record.price for record in records}) > 1 else text

    @display(description=_("in stock"))
    def in_stock(self, product: Any) -> str:
        counted = [record.num_in_stock for record in _records(product) if record.num_in_stock is not None]
        return str(sum(counted)) if counted else "–"

    @display(description=_("completeness"))
    def completeness(self, product: Any) -> str:
        names = [NAMES[name] for name in product.lacks]
        shown = [(name,) for name in names[:MISSING_SHOWN]]
        if len(names) > MISSING_SHOWN:
            shown.append((f"+{len(names) - MISSING_SHOWN}",))
        badges = format_html_join(" ", '<span class="goods-badge">{}</span>', shown)
        done = f"{len(NAMES) - len(names)}/{len(NAMES)}"
        if names:
            done = f"{done} · {_('Missing:')}"
        return format_html('<span class="goods-badges"><span class="goods-done">{}</span> {}</span>', done, badges)

    @action(description=_("Export the selected as CSV"), permissions=["change"])
    def export_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponseBase:
        ids = queryset.order_by().values("pk")
        return download(export_lines(Product.objects.filter(pk__in=ids)), "products.csv")

    # --- One product ---

    @display(description=_("Weight in grams"))
    def grams(self, product: Any) -> str:
        weight = getattr(product, "weight", None)
        return str(weight.grams) if weight else "–"

    @display(description=_("Categories"))
    def categories_of(self, product: Any) -> str:
        return ", ".join(product.categories.order_by("path").values_list("name", flat=True)) or "–"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        is_child = obj is not None and obj.is_child
        is_parent = obj is not None and obj.is_parent
        words = rows(*(part for part in PARTS if part != "option_name" or is_parent))
        if is_child:
            words = rows("title")
        base: list[tuple[str, ...]] = [("upc",), ("grams", "is_public")]
        if not is_child:
            base.append(("categories_of",))
        if obj is None and ProductClass.objects.count() > 1:
            base.insert(0, ("product_class",))
        return [(_("Words"), {"fields": words}), (_("Base"), {"fields": base})]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Only what the page shows is a field of it: what is not shown is not changed."""
        form = super().get_form(request, obj, change, **kwargs)
        shown = {name for _title, part in self.get_fieldsets(request, obj) for row in part["fields"] for name in row}
        for name in [name for name in form.base_fields if name not in shown]:
            del form.base_fields[name]
        return form

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """A product with variants is not bought itself."""
        return (PictureInline,) if obj is not None and obj.is_parent else self.inlines

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.structure = Product.STANDALONE
        categories = form.cleaned_data.get("categories_of")
        write_product(
            obj,
            words=form.words,
            category_ids=None if categories is None else [category.pk for category in categories],
            grams=form.cleaned_data["grams"],
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        product = kwargs.get("obj")
        if product is not None:
            entries = prices_of(product.pk)
            context.update(
                product=product,
                lacks=[NAMES[name] for name in missing_of([product]).get(product.pk, [])]
                if not product.is_child
                else [],
                parent=product.parent,
                variants=product.children.prefetch_related("texts", "stockrecords").order_by("pk"),
                page_url=looks_of([product.pk], get_language() or "")[product.pk].url,
                prices=entries[:100],
                chart=chart_of(entries),
            )
        return super().render_change_form(request, context, *args, **kwargs)


def _records(product: Any) -> list[Any]:
    return [
        *product.stockrecords.all(),
        *(record for child in product.children.all() for record in child.stockrecords.all()),
    ]


for _name, _reads in readers(*PARTS).items():
    setattr(ProductAdmin, _name, _reads)
