"""Returns in the back office: a list by what waits, one page for each, every button a POST that calls one service."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from crm import api as crm
from shop.models import ReturnPhoto, ReturnRequest
from shop.orders.due import AmountChanged
from shop.orders.links import order_token
from shop.payment.permissions import may_refund
from shop.requests import whole_number
from shop.returns import services, settling
from shop.returns.photos import photo_response
from shop.returns.steps import ReturnHasMoved, State, is_replaced, named_lines, reference_of
from shop.shipments.carriers import CARRIERS
from shop.shipments.services import NumberTaken
from shop.templatetags.money import money
from shop.templatetags.writing import capital

STATE_COLOURS = {
    State.UNCONFIRMED: "info",
    State.REQUESTED: "warning",
    State.APPROVED: "info",
    State.RECEIVED: "warning",
    State.CLOSED: "success",
    State.REFUSED: "danger",
    State.WITHDRAWN: "info",
}
# What staff is told when a step was not taken.
REFUSALS: dict[type[Exception], Any] = {
    services.CannotBeReplaced: _("What shall come instead is sold out. Refuse it, or agree on something else by mail."),
    services.AnswerMissing: _("Please write the customer why."),
    services.NotThatMany: _("Those numbers do not fit: at least one piece arrived, no more than announced."),
    settling.NotPaidYet: _("The courier still collects for this order. Refund it when all of it has arrived."),
    settling.RefundFailed: _("The provider did not give the money back. Try again later."),
    settling.ReplacementMissing: _("The stock says that what was kept aside is not there. Please count it."),
    settling.ParcelMissing: _("Please choose a carrier and write the parcel number."),
    NumberTaken: _("This carrier has a parcel with that number already. Please check the number."),
}


class WaitingFilter(admin.SimpleListFilter):
    """Opens on what waits for us."""

    title = _("what waits")
    parameter_name = "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("us", _("for us")), ("customer", _("for the customer")), ("nobody", _("done"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        states = {
            "us": (State.REQUESTED, State.RECEIVED),
            "customer": (State.UNCONFIRMED, State.APPROVED),
            "nobody": (State.CLOSED, State.REFUSED, State.WITHDRAWN),
        }
        wanted = states.get(self.value() or "")
        return queryset.filter(state__in=wanted) if wanted else queryset


@admin.register(ReturnRequest)
class ReturnAdmin(ModelAdmin):
    """A return is changed by its buttons only; nothing is added or deleted here."""

    list_display = ("number", "state_shown", "kind_shown", "order_number", "customer", "since")
    list_filter = (WaitingFilter, "state", "kind")
    search_fields = ("number", "order__number", "order__purchase__email", "order__purchase__customer__name")
    ordering = ("-requested_at", "-pk")
    list_select_related = ("order__purchase__customer",)
    show_full_result_count = False
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @display(description=_("state"), label=STATE_COLOURS, ordering="state")
    def state_shown(self, case: ReturnRequest) -> tuple[str, str]:
        return case.state, case.get_state_display()

    @display(description=_("kind"), ordering="kind")
    def kind_shown(self, case: ReturnRequest) -> str:
        return capital(case.get_kind_display())

    @display(description=_("order"), ordering="order__number")
    def order_number(self, case: ReturnRequest) -> str:
        return str(case.order.number)

    @display(description=_("customer"))
    def customer(self, case: ReturnRequest) -> str:
        return str(case.order.purchase.customer)

    @display(description=_("waiting for"), ordering="requested_at")
    def since(self, case: ReturnRequest) -> str:
        return timesince(case.requested_at, depth=1)

    # --- One return ---

    def get_urls(self) -> list[URLPattern]:
        steps = [
            ("approve", self.approve),
            ("refuse", self.refuse),
            ("receive", self.receive),
            ("refund", self.refund),
            ("replace", self.replace),
        ]
        wrap = self.admin_site.admin_view
        return [
            *(
                path(f"<int:return_id>/{name}/", wrap(require_POST(view)), name=f"shop_return_{name}")
                for name, view in steps
            ),
            path("<int:return_id>/photos/<int:photo_id>/", wrap(require_GET(self.photo)), name="shop_return_photo"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "GET" or not object_id.isdecimal() or len(object_id) > 9:
            raise Http404
        return self._screen(request, int(object_id))

    def _screen(self, request: HttpRequest, return_id: int, *, answer: str = "", status: int = 200) -> HttpResponse:
        returns = ReturnRequest.objects.select_related("order__purchase__customer", "refund", "replacement")
        case = get_object_or_404(returns, pk=return_id)
        order = case.order
        lines = named_lines(case, request.LANGUAGE_CODE)
        is_settleable = case.agreed_amount is not None or settling.can_be_settled(case)
        due = settling.due_for(case) if is_settleable and case.agreed_amount is None else None
        amount = due.amount if due else case.agreed_amount
        is_open = self.has_change_permission(request) and case.closed_at is None and case.state != State.REFUSED
        happened = crm.Interaction.objects.about(reference_of(case)).newest_first()[:50]
        tickets = crm.resolve_references([case.ticket]) if case.ticket else {}
        context = {
            **self.admin_site.each_context(request),
            "title": case.number,
            "opts": self.opts,
            "case": case,
            "order": order,
            "customer": order.purchase.customer,
            "lines": lines,
            "photos": case.photos.order_by("pk"),
            "ticket": tickets.get(case.ticket),
            "timeline": crm.TimelinePage(crm.entries_of(happened), ""),
            "token": order_token(order),
            "answer": answer,
            "carriers": list(CARRIERS.values()),
            "due": due,
            "amount": amount,
            "may_answer": is_open and case.state == State.REQUESTED,
            "may_receive": is_open and case.state == State.APPROVED and case.comes_back and case.agreed_amount is None,
            "may_replace": is_open and is_settleable and case.agreed_amount is None and is_replaced(lines),
            "may_settle": is_open and is_settleable,
            "may_pay": amount is not None and may_refund(request.user, amount),
            "may_refuse": is_open
            and case.state in (State.REQUESTED, State.APPROVED, State.RECEIVED)
            and case.agreed_amount is None
            and case.kind != ReturnRequest.Kind.UNDELIVERED
            and not any(line.restocked for line in lines),
        }
        request.current_app = self.admin_site.name
        return render(request, "shop/admin/return_screen.html", context, status=status)

    def photo(self, request: HttpRequest, return_id: int, photo_id: int) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return photo_response(get_object_or_404(ReturnPhoto, pk=photo_id, request_id=return_id))

    # --- Its buttons ---

    def approve(self, request: HttpRequest, return_id: int) -> HttpResponse:
        return self._step(
            request,
            return_id,
            services.approve_return,
            answer=request.POST.get("answer", ""),
            comes_back=request.POST.get("comes_back") != "no",
        )

    def refuse(self, request: HttpRequest, return_id: int) -> HttpResponse:
        return self._step(request, return_id, services.refuse_return, answer=request.POST.get("answer", ""))

    def receive(self, request: HttpRequest, return_id: int) -> HttpResponse:
        def count(name: str, line_id: int) -> int:
            return whole_number(request.POST.get(f"{name}_{line_id}", ""), default=-1)

        case = get_object_or_404(ReturnRequest, pk=return_id)
        line_ids = case.lines.values_list("pk", flat=True)
        arrived = {
            line_id: services.Arrived(count("received", line_id), count("restocked", line_id)) for line_id in line_ids
        }
        return self._step(request, return_id, services.receive_return, arrived=arrived)

    def refund(self, request: HttpRequest, return_id: int) -> HttpResponse:
        """The amount that was shown is posted with it: the cap is asked about it, the service refuses any other."""
        try:
            amount = Decimal(request.POST.get("amount", "")[:20])
        except InvalidOperation as error:
            raise Http404 from error
        if not amount.is_finite() or not may_refund(request.user, amount):
            raise PermissionDenied
        return self._step(request, return_id, settling.refund_return, expected=amount)

    def replace(self, request: HttpRequest, return_id: int) -> HttpResponse:
        return self._step(
            request,
            return_id,
            settling.send_replacement,
            carrier=request.POST.get("carrier", ""),
            parcel_number=request.POST.get("parcel_number", ""),
        )

    def _step(
        self, request: HttpRequest, return_id: int, service: Callable[..., ReturnRequest], **arguments: Any
    ) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        case = get_object_or_404(ReturnRequest.objects.select_related("order"), pk=return_id)
        try:
            done = service(case.pk, actor=crm.actor_of(request), now=timezone.now(), **arguments)
        except ReturnHasMoved as moved:
            messages.warning(request, _now("Nothing was changed: it is %(state)s by now.") % {"state": moved.state})
        except AmountChanged as changed:
            amount = money(changed.amount, case.order.currency)
            messages.warning(request, _now("Nothing was changed: it is %(amount)s by now.") % {"amount": amount})
        except tuple(REFUSALS) as refusal:
            messages.error(request, REFUSALS[type(refusal)])
            return self._screen(request, return_id, answer=request.POST.get("answer", ""), status=422)
        else:
            messages.success(request, _now("It is %(state)s now.") % {"state": done.get_state_display()})
        return redirect(reverse("admin:shop_returnrequest_change", args=[return_id]))
