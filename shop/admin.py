"""The back office's view of the shop. What Oscar's own dashboard does well is linked, not built again."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from crm import api as crm
from shop.models import CategoryText, ProductText
from shop.orders.lines import lines_of
from shop.orders.links import order_token
from shop.orders.selectors import parcels_of
from shop.orders.states import STATE_NAMES, state_name
from shop.orders.steps import NotInThatState
from shop.oscar import Category, Order, Product, StockRecord
from shop.shipments.services import mark_delivered, mark_shipped
from shop.shipping.options import OPTIONS
from shop.templatetags.money import money

OSCAR_APPS = {
    "address",
    "analytics",
    "basket",
    "catalogue",
    "communication",
    "customer",
    "offer",
    "order",
    "partner",
    "payment",
    "reviews",
    "shipping",
    "voucher",
    "wishlists",
}
for _model in [model for model in admin.site._registry if model._meta.app_label in OSCAR_APPS]:
    admin.site.unregister(_model)

STATE_COLOURS = {
    "pending": "warning",
    "paid": "info",
    "shipped": "success",
    "delivered": "success",
    "cancelled": "danger",
}
OPTION_NAMES = {option.code: option.name for option in OPTIONS}


class ShipForm(forms.Form):
    carrier = forms.CharField(label=_("Carrier"), max_length=60, widget=UnfoldAdminTextInputWidget)
    tracking_number = forms.CharField(label=_("Parcel number"), max_length=60, widget=UnfoldAdminTextInputWidget)


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(STATE_NAMES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(status=self.value()) if self.value() else queryset


@admin.register(Order)
class OrderAdmin(ModelAdmin):
    """An order is changed by steps, each a button that calls a service; its fields are for reading."""

    list_display = ("number", "customer", "state", "total", "placed_at")
    list_filter = (StateFilter, "shipping_code")
    search_fields = ("number", "purchase__email", "purchase__customer__name")
    ordering = ("-date_placed", "-pk")
    list_select_related = ("purchase__customer",)
    show_full_result_count = False
    fields = (("number", "state_in_words"), ("customer", "placed_at"), ("delivery", "option"))
    readonly_fields = ("number", "state_in_words", "customer", "placed_at", "delivery", "option")
    change_form_outer_after_template = "shop/admin/order_story.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @display(description=_("state"), label=STATE_COLOURS, ordering="status")
    def state(self, order: Any) -> tuple[str, str]:
        return order.status, self.state_in_words(order)

    @display(description=_("state"))
    def state_in_words(self, order: Any) -> str:
        return state_name(order.status)

    @display(description=_("customer"))
    def customer(self, order: Any) -> str:
        purchase = getattr(order, "purchase", None)
        return str(purchase.customer) if purchase else "–"

    @display(description=_("total"), ordering="total_incl_tax")
    def total(self, order: Any) -> str:
        return money(order.total_incl_tax, order.currency)

    @display(description=_("placed"), ordering="date_placed")
    def placed_at(self, order: Any) -> Any:
        return order.date_placed

    @display(description=_("Delivery"))
    def option(self, order: Any) -> str:
        """In the language of who reads, whatever it was called when it was ordered."""
        return str(OPTION_NAMES.get(order.shipping_code, order.shipping_method or "–"))

    @display(description=_("goes to"))
    def delivery(self, order: Any) -> str:
        return order.shipping_address.summary if order.shipping_address else "–"

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site
        return [
            path("<int:order_id>/ship/", site.admin_view(require_POST(self.ship)), name="shop_order_ship"),
            path("<int:order_id>/deliver/", site.admin_view(require_POST(self.deliver)), name="shop_order_deliver"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        order = self.get_object(request, object_id)
        story = self._story(request, order) if order and hasattr(order, "purchase") else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **story})

    def _story(self, request: HttpRequest, order: Any) -> dict[str, Any]:
        reference = f"shop.order:{order.pk}"
        may_change = request.user.has_perm("order.change_order")
        happened = crm.Interaction.objects.about(reference).newest_first()[:50]
        return {
            "order": order,
            "lines": lines_of(order, request.LANGUAGE_CODE),
            "option": self.option(order),
            "payments": order.payments.order_by("pk"),
            "parcels": parcels_of(order),
            "mails": crm.OutgoingMail.objects.filter(reference=reference).order_by("-pk"),
            "timeline": crm.TimelinePage(crm.entries_of(happened), ""),
            "token": order_token(order),
            "customer_url": reverse("admin:crm_customer_change", args=[order.purchase.customer_id]),
            "ship_form": ShipForm(initial={"carrier": _("Yurt Kargo")}) if may_change else None,
            "can_ship": may_change and order.status in ("paid", "packed"),
            "can_deliver": may_change and order.status == "shipped",
        }

    def ship(self, request: HttpRequest, order_id: int) -> HttpResponse:
        form = ShipForm(request.POST)
        if not request.user.has_perm("order.change_order"):
            return HttpResponse(status=403)
        order = get_object_or_404(Order, pk=order_id)
        if not form.is_valid():
            messages.error(request, _("Carrier and parcel number are both needed."))
        else:
            self._step(request, order, mark_shipped, **form.cleaned_data)
        return redirect("admin:order_order_change", order.pk)

    def deliver(self, request: HttpRequest, order_id: int) -> HttpResponse:
        if not request.user.has_perm("order.change_order"):
            return HttpResponse(status=403)
        order = get_object_or_404(Order, pk=order_id)
        self._step(request, order, mark_delivered)
        return redirect("admin:order_order_change", order.pk)

    def _step(self, request: HttpRequest, order: Any, service: Any, **arguments: Any) -> None:
        try:
            done = service(order.pk, actor=crm.actor_of(request), now=timezone.now(), **arguments)
        except NotInThatState as error:
            state = state_name(error.status)
            messages.warning(request, _("Nothing was changed: the order is %(state)s by now.") % {"state": state})
        else:
            messages.success(request, _("The order is %(state)s now.") % {"state": state_name(done.status)})


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
