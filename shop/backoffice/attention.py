"""The list of what needs a person, and its number in the menu."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from crm import api as crm
from shop.attention.services import settle
from shop.models import Attention
from shop.templatetags.writing import capital


def open_matters(request: HttpRequest) -> int | str:
    """How many wait, for the menu; nothing where none does."""
    return Attention.objects.filter(settled_at=None).count() or ""


class OpenFilter(admin.SimpleListFilter):
    """What is open, unless somebody asks for more."""

    title = _("state")
    parameter_name = "settled"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("settled")), ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        chosen = self.value()
        yield {
            "selected": chosen is None,
            "query_string": changelist.get_query_string(remove=["settled"]),
            "display": _("open"),
        }
        for value, title in self.lookup_choices:
            query = changelist.get_query_string({"settled": value})
            yield {"selected": chosen == value, "query_string": query, "display": title}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        return queryset.filter(settled_at__isnull=self.value() != "yes")


@admin.register(Attention)
class AttentionAdmin(ModelAdmin):
    list_display = ("what", "order_link", "detail", "waiting", "settle_button")
    list_display_links = None
    list_filter = (OpenFilter, "kind")
    list_select_related = ("order",)
    ordering = ("opened_at", "pk")
    show_full_result_count = False
    actions = None

    class Media:
        css = {"all": ["css/desk.css"]}

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("order.view_order")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @display(description=_("what it is"), ordering="kind")
    def what(self, matter: Attention) -> str:
        return capital(matter.get_kind_display())

    @display(description=_("order"))
    def order_link(self, matter: Attention) -> str:
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:order_order_change", args=[matter.order_id]), matter.order.number
        )

    @display(description=_("waiting for"), ordering="opened_at")
    def waiting(self, matter: Attention) -> str:
        return timesince(matter.opened_at, depth=1)

    @display(description="")
    def settle_button(self, matter: Attention) -> str:
        if matter.settled_at:
            return f"{matter.settled_by} · {date_format(timezone.localtime(matter.settled_at), 'j M Y')}"
        # The list is itself a form: the button posts that one to another address, with its token.
        return format_html(
            '<button class="desk-button desk-button--small" formmethod="post" formaction="{}">{}</button>',
            reverse("admin:shop_attention_settle", args=[matter.pk]),
            _now("Settled"),
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.settle))
        return [path("<int:matter_id>/settle/", view, name="shop_attention_settle"), *super().get_urls()]

    def settle(self, request: HttpRequest, matter_id: int) -> HttpResponse:
        if not request.user.has_perm("order.view_order"):
            raise PermissionDenied
        if settle(matter_id, actor=crm.actor_of(request), now=timezone.now()):
            messages.success(request, _now("Settled."))
        else:
            messages.info(request, _now("It was settled already."))
        back = request.POST.get("order", "")
        if back.isascii() and back.isdigit() and len(back) < 16:
            return redirect("admin:order_order_change", int(back))
        return redirect("admin:shop_attention_changelist")
