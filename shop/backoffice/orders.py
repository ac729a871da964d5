"""Orders in the back office: a list to work through, and one page with the whole story and the next step.

Pages read; every button is a POST, and buttons.py says what it does.
"""

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from crm import api as crm
from shop.backoffice.buttons import BUTTONS, Refused, ShipForm, hand_over, may_fulfil
from shop.backoffice.story import access_order, story_of
from shop.models import Shipment
from shop.orders.lines import name_of_product
from shop.orders.states import STATE_NAMES, state_name
from shop.orders.steps import NotInThatState
from shop.oscar import Order
from shop.shipments.carriers import CARRIERS
from shop.shipments.services import NotLeftToPack, pack
from shop.templatetags.money import money

STATE_COLOURS = {
    "pending": "warning",
    "confirmed": "info",
    "paid": "info",
    "packed": "info",
    "part_shipped": "success",
    "shipped": "success",
    "delivered": "success",
    "cancelled": "danger",
}
BULK = 100  # orders at a time


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(STATE_NAMES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(status=self.value()) if self.value() else queryset


@admin.register(Order)
class OrderAdmin(ModelAdmin):
    list_display = ("number", "customer", "state", "total", "placed_at", "needs")
    list_filter = (StateFilter, "shipping_code")
    search_fields = ("number", "purchase__email", "purchase__customer__name")
    search_help_text = _("An order number, a name or an address")
    ordering = ("-date_placed", "-pk")
    list_select_related = ("purchase__customer",)
    show_full_result_count = False
    list_per_page = 50
    actions = ("pack_all", "ship_all")

    class Media:
        css = {"all": ["css/desk.css"]}

    # --- Who may ---

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_fulfil_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("order.change_order")

    # --- The list ---

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).prefetch_related("attention")

    @display(description=_("state"), label=STATE_COLOURS, ordering="status")
    def state(self, order: Any) -> tuple[str, str]:
        return order.status, state_name(order.status)

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

    @display(description=_("needs a person"))
    def needs(self, order: Any) -> str:
        return ", ".join(matter.get_kind_display() for matter in order.attention.all() if not matter.settled_at)

    @action(description=_("Pack the selected orders"), permissions=["fulfil"])
    def pack_all(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        """Each order by itself: one that cannot be packed holds up no other."""
        packed, skipped = 0, []
        for order in queryset.order_by("pk")[:BULK]:
            try:
                pack(order.pk, lines=None, actor=crm.actor_of(request), now=timezone.now())
            except (NotInThatState, NotLeftToPack):
                skipped.append(order.number)
            else:
                packed += 1
        if packed:
            messages.success(request, ngettext("%d order is packed.", "%d orders are packed.", packed) % packed)
        if skipped:
            text = _now("Not packed, because there is nothing to pack in that state: %(numbers)s")
            messages.warning(request, text % {"numbers": ", ".join(skipped)})

    @action(description=_("Hand the selected orders to a carrier"), permissions=["fulfil"])
    def ship_all(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponseRedirect:
        ids = ",".join(str(pk) for pk in queryset.order_by("pk").values_list("pk", flat=True)[:BULK])
        return redirect(f"{reverse('admin:shop_order_ship_all')}?orders={ids}")

    # --- One order ---

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("ship/", wrap(require_http_methods(["GET", "POST"])(self.ship_many)), name="shop_order_ship_all"),
            *(
                path(f"<int:order_id>/{code}/", wrap(require_POST(self._step(step))), name=f"shop_order_{code}")
                for code, step in BUTTONS.items()
            ),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method != "GET" or not (object_id.isascii() and object_id.isdecimal()) or len(object_id) > 15:
            raise Http404
        order = _access(request, int(object_id))
        context = {
            **self.admin_site.each_context(request),
            "title": order.number,
            "opts": self.opts,
            "story": story_of(order, user=request.user, language=request.LANGUAGE_CODE),
            "carriers": list(CARRIERS.values()),
            "refund_key": uuid.uuid4(),
        }
        request.current_app = self.admin_site.name
        return render(request, "shop/admin/order_story.html", context)

    def _step(self, step: Callable[[HttpRequest, Order], str]) -> Callable[..., HttpResponse]:
        """A view that takes one step and says what came of it."""

        def view(request: HttpRequest, order_id: int) -> HttpResponse:
            order = _access(request, order_id)
            try:
                messages.success(request, step(request, order))
            except NotInThatState as error:
                text = _now("Nothing was changed: the order is %(state)s by now.")
                messages.warning(request, text % {"state": state_name(error.status)})
            except Refused as error:
                messages.error(request, str(error))
            return redirect("admin:order_order_change", order.pk)

        return view

    # --- Many parcels at once ---

    def ship_many(self, request: HttpRequest) -> HttpResponse:
        """A row for each packed shipment; rows without a carrier are left for later, a refused row stays."""
        may_fulfil(request)
        rows = _packed_shipments(request.GET.get("orders", ""), request.LANGUAGE_CODE)
        if request.method == "POST":
            rows = self._hand_over_rows(request, rows)
            if not rows:
                return redirect("admin:order_order_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": _now("Hand over to the carrier"),
            "opts": self.opts,
            "rows": rows,
            "carriers": list(CARRIERS.values()),
        }
        return render(request, "shop/admin/orders_ship.html", context)

    def _hand_over_rows(self, request: HttpRequest, rows: Iterable[Shipment]) -> list[Shipment]:
        left, done = [], 0
        for shipment in rows:
            form = ShipForm(
                {name: request.POST.get(f"{name}-{shipment.pk}", "") for name in ("carrier", "tracking_number")}
            )
            if not form["carrier"].value():
                left.append(shipment)
                continue
            try:
                hand_over(request, shipment, form)
            except NotInThatState as error:
                text = _now("Nothing was changed: the order is %(state)s by now.") % {"state": state_name(error.status)}
                messages.warning(request, f"{shipment.order.number}: {text}")
                left.append(shipment)
            except Refused as error:
                messages.error(request, f"{shipment.order.number}: {error}")
                left.append(shipment)
            else:
                done += 1
        if done:
            text = ngettext("%d parcel was handed over.", "%d parcels were handed over.", done)
            messages.success(request, text % done)
        return left


def _access(request: HttpRequest, order_id: int) -> Order:
    try:
        return access_order(request.user, order_id)
    except Order.DoesNotExist as error:
        raise Http404 from error


def _packed_shipments(text: str, language: str) -> list[Shipment]:
    """Each of their lines with its `name`, as staff read it."""
    ids = [int(id) for id in text.split(",")[:BULK] if id.isascii() and id.isdigit() and len(id) < 16]
    texts = ("lines__line__product__texts", "lines__line__product__parent__texts")
    shipments = list(
        Shipment.objects.filter(order__in=ids, state=Shipment.State.PACKED)
        .select_related("order__shipping_address", "order__purchase__customer")
        .prefetch_related(*texts)
        .order_by("pk")
    )
    for shipment in shipments:
        entry: Any
        for entry in shipment.lines.all():
            entry.name = name_of_product(entry.line.product, language) or entry.line.title
    return shipments
