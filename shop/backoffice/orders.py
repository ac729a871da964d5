"""Orders in the back office: a list to work through, and one page with the whole story and the next step.

Pages read; every button is a POST to a view that calls one service.
"""

import uuid
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
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
from shop.backoffice.story import access_order, story_of
from shop.models import Payment, Refund, Shipment
from shop.orders.cancelling import cancel_order, cancel_rest
from shop.orders.due import AmountChanged
from shop.orders.states import STATE_NAMES, state_name
from shop.orders.steps import NotInThatState
from shop.oscar import Order
from shop.payment.permissions import may_refund
from shop.payment.providers import BY_HAND
from shop.payment.refunds import NothingToRefund, TooMuch, confirm_refund, refund_payment
from shop.payment.services import PaymentUnderWay, confirm_bank_transfer, transfer_of
from shop.requests import whole_number
from shop.returns.services import Arrived, NotThatMany
from shop.returns.settling import NotPaidYet, RefundFailed, due_for, refund_return
from shop.returns.steps import ReturnHasMoved
from shop.returns.undelivered import PiecesAskedBack, book_undelivered
from shop.shipments.carriers import CARRIERS, CannotAnnounce
from shop.shipments.services import NotLeftToPack, NumberTaken, contents_of, deliver, pack, ship
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


class ShipForm(forms.Form):
    carrier = forms.CharField(max_length=60)
    tracking_number = forms.CharField(max_length=60, required=False)


class RefundForm(forms.Form):
    """`key` was made with the page: a second click is the same refund."""

    payment = forms.IntegerField()
    amount = forms.DecimalField(max_digits=12, decimal_places=2, min_value=Decimal("0.01"), localize=True)
    reason = forms.CharField(max_length=200)
    key = forms.UUIDField()


class TransferForm(forms.Form):
    amount = forms.DecimalField(max_digits=12, decimal_places=2, min_value=Decimal("0.01"), localize=True)


class CancelForm(forms.Form):
    reason = forms.CharField(max_length=200)


class CancelRestForm(CancelForm):
    """`amount` is what the page showed: the cap is asked about it, the service refuses any other."""

    amount = forms.DecimalField(max_digits=12, decimal_places=2, min_value=0)


class Refused(Exception):
    """What staff wanted cannot be done; the text says why and what to do."""


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
        steps: dict[str, Callable[[HttpRequest, Order], str]] = {
            "transfer": self._confirm_transfer,
            "pack": self._pack,
            "ship": self._ship,
            "deliver": self._deliver,
            "cancel": self._cancel,
            "cancelrest": self._cancel_rest,
            "undelivered": self._note_undelivered,
            "refund": self._refund,
            "paidout": self._note_payout,
        }
        return [
            path("ship/", wrap(require_http_methods(["GET", "POST"])(self.ship_many)), name="shop_order_ship_all"),
            *(
                path(f"<int:order_id>/{code}/", wrap(require_POST(self._step(step))), name=f"shop_order_{code}")
                for code, step in steps.items()
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

    def _pack(self, request: HttpRequest, order: Order) -> str:
        _may_fulfil(request)
        lines = {}
        for line_id in order.lines.values_list("pk", flat=True):
            text = request.POST.get(f"line-{line_id}", "0").strip() or "0"
            if not (text.isascii() and text.isdigit()) or len(text) > 6:
                raise Refused(_now("Please write whole numbers."))
            if int(text):
                lines[line_id] = int(text)
        try:
            pack(order.pk, lines=lines, actor=crm.actor_of(request), now=timezone.now())
        except NotLeftToPack as error:
            raise Refused(_now("Nothing was packed: that is more than is left, or nothing at all.")) from error
        return _now("Packed.")

    def _ship(self, request: HttpRequest, order: Order) -> str:
        _may_fulfil(request)
        _hand_over(request, _shipment(request, order), ShipForm(request.POST))
        return _now("Handed over. The customer gets a mail with the tracking link.")

    def _deliver(self, request: HttpRequest, order: Order) -> str:
        _may_fulfil(request)
        deliver(_shipment(request, order).pk, actor=crm.actor_of(request), now=timezone.now())
        return _now("Marked as delivered.")

    def _cancel(self, request: HttpRequest, order: Order) -> str:
        _may_fulfil(request)
        form = CancelForm(request.POST)
        if not form.is_valid():
            raise Refused(_now("Please say why the order is cancelled: the customer reads it."))
        paid = order.payments.filter(status__in=Payment.HOLDS_MONEY)
        goes_back = sum((payment.amount - payment.refunded for payment in paid), Decimal(0))
        if goes_back and not may_refund(request.user, goes_back):
            raise Refused(_now("That is more than you may refund. Please ask a manager. Nothing was cancelled."))
        try:
            cancel_order(order.pk, reason=form.cleaned_data["reason"], actor=crm.actor_of(request), now=timezone.now())
        except PaymentUnderWay as error:
            raise Refused(_now("It is being paid at this moment. Please try again in some minutes.")) from error
        return _now("The order is cancelled. What was paid goes back.")

    def _cancel_rest(self, request: HttpRequest, order: Order) -> str:
        _may_fulfil(request)
        form = CancelRestForm(request.POST)
        if not form.is_valid():
            raise Refused(_now("Please say why the order is cancelled: the customer reads it."))
        amount = form.cleaned_data["amount"]
        if not may_refund(request.user, amount):
            raise Refused(_now("That is more than you may refund. Please ask a manager. Nothing was cancelled."))
        try:
            cancel_rest(
                order.pk,
                expected=amount,
                reason=form.cleaned_data["reason"],
                actor=crm.actor_of(request),
                now=timezone.now(),
            )
        except AmountChanged as error:
            text = _now("Nothing was changed: it is %(amount)s by now.")
            raise Refused(text % {"amount": money(error.amount, order.currency)}) from error
        return _now("The rest is cancelled. What was paid for it goes back.")

    def _note_undelivered(self, request: HttpRequest, order: Order) -> str:
        """Booked first; the money follows if this person may give so much back, otherwise the return waits."""
        _may_fulfil(request)
        shipment = _shipment(request, order)
        arrived = {
            line_id: Arrived(_count(request, f"back-{line_id}"), _count(request, f"shelf-{line_id}"))
            for line_id in contents_of(shipment)
        }
        actor, now = crm.actor_of(request), timezone.now()
        try:
            case = book_undelivered(shipment.pk, arrived=arrived, actor=actor, now=now)
        except NotThatMany as error:
            text = _now("Those numbers do not fit. Nothing was changed: what was not delivered is all here again.")
            raise Refused(text) from error
        except PiecesAskedBack as error:
            text = _now("The customer has asked to send these back: please note at that return what came.")
            raise Refused(text) from error
        if case.closed_at:
            return _now("Booked as %(number)s. There is no money to give back.") % {"number": case.number}
        amount = due_for(case).amount
        values = {"number": case.number, "amount": money(amount, order.currency)}
        if not may_refund(request.user, amount):
            return _now("Booked as %(number)s. A manager has to give %(amount)s back there.") % values
        try:
            refund_return(case.pk, expected=amount, actor=actor, now=now)
        except (AmountChanged, ReturnHasMoved, NotPaidYet, RefundFailed):
            return _now("Booked as %(number)s. The money did not go back yet: please look there.") % values
        return _now("Booked as %(number)s. %(amount)s goes back to the customer.") % values

    def _confirm_transfer(self, request: HttpRequest, order: Order) -> str:
        _may_fulfil(request)
        form = TransferForm(request.POST)
        if not form.is_valid():
            raise Refused(_now("Please write the amount as the bank's statement has it."))
        payment = transfer_of(order)
        if payment is None:
            raise Refused(_now("Nobody wanted to pay this order by transfer. Nothing was confirmed."))
        if form.cleaned_data["amount"] != payment.amount:
            text = _now("That is not the amount of the order (%(amount)s). Nothing was confirmed.")
            raise Refused(text % {"amount": money(payment.amount, payment.currency)})
        payment = confirm_bank_transfer(
            order.pk, amount=payment.amount, actor=crm.actor_of(request), now=timezone.now()
        )
        if payment.status == Payment.Status.SURPLUS:
            return _now("The order cannot have this money: it is noted as paid too much. Please transfer it back.")
        if order.status == "cancelled":
            return _now("The payment is confirmed. Everything was still there: the order is paid after all.")
        return _now("The payment is confirmed.")

    def _refund(self, request: HttpRequest, order: Order) -> str:
        form = RefundForm(request.POST)
        if not form.is_valid():
            raise Refused(_now("Please give an amount and a reason. Nothing was refunded."))
        data = form.cleaned_data
        payment = _payment(order, data["payment"])
        if not may_refund(request.user, data["amount"]):
            raise Refused(_now("That is more than you may refund. Please ask a manager. Nothing was refunded."))
        try:
            refund = refund_payment(
                payment.pk,
                amount=data["amount"],
                key=str(data["key"]),
                reason=data["reason"],
                actor=crm.actor_of(request),
                now=timezone.now(),
            )
        except TooMuch as error:
            text = _now("That is more than is left of the payment (%(left)s). Nothing was refunded.")
            raise Refused(text % {"left": money(error.left, payment.currency)}) from error
        except NothingToRefund as error:
            raise Refused(_now("There is no money of this order to give back.")) from error
        if refund.status == refund.Status.FAILED:
            raise Refused(_now("The provider refused the refund: %(why)s") % {"why": refund.failure})
        if refund.status == refund.Status.PENDING:
            return _now("The refund is under way; we keep asking the provider until it is done.")
        return _now("%(amount)s was refunded.") % {"amount": money(refund.amount, refund.currency)}

    def _note_payout(self, request: HttpRequest, order: Order) -> str:
        _may_fulfil(request)
        text = request.POST.get("refund", "")
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
        # What a provider sends is noted when the provider says so, and not a moment earlier.
        refund = Refund.objects.filter(pk=number, payment__order=order, payment__provider__in=BY_HAND).first()
        if refund is None:
            raise Refused(_now("This refund is not of this order. Please look at the page again."))
        confirm_refund(refund.pk, actor=crm.actor_of(request), now=timezone.now())
        return _now("Noted: %(amount)s was paid out.") % {"amount": money(refund.amount, refund.currency)}

    # --- Many parcels at once ---

    def ship_many(self, request: HttpRequest) -> HttpResponse:
        """A row for each packed shipment; rows without a carrier are left for later, a refused row stays."""
        _may_fulfil(request)
        rows = _packed_shipments(request.GET.get("orders", ""))
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
                _hand_over(request, shipment, form)
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


def _may_fulfil(request: HttpRequest) -> None:
    if not request.user.has_perm("order.change_order"):
        raise PermissionDenied


def _count(request: HttpRequest, name: str) -> int:
    return whole_number(request.POST.get(name, ""), default=-1)


def _shipment(request: HttpRequest, order: Order) -> Shipment:
    """The shipment that the form names, if it is this order's."""
    text = request.POST.get("shipment", "")
    if text.isascii() and text.isdigit() and len(text) < 16:
        found = order.shipments.filter(pk=int(text)).first()
        if found:
            return found
    raise Refused(_now("This shipment is not of this order. Please look at the page again."))


def _payment(order: Order, payment_id: int) -> Payment:
    found = order.payments.filter(pk=payment_id).first() if 0 < payment_id < 2**63 else None
    if found is None:
        raise Refused(_now("This payment is not of this order. Please look at the page again."))
    return found


def _hand_over(request: HttpRequest, shipment: Shipment, form: ShipForm) -> None:
    if not form.is_valid():
        raise Refused(_now("Please choose a carrier and write the parcel number."))
    try:
        ship(shipment.pk, **form.cleaned_data, actor=crm.actor_of(request), now=timezone.now())
    except NumberTaken as error:
        raise Refused(_now("This carrier has a parcel with that number already. Please check the number.")) from error
    except CannotAnnounce as error:
        raise Refused(_now("This carrier gives no numbers by itself: please write the one on its label.")) from error


def _packed_shipments(text: str) -> list[Shipment]:
    ids = [int(id) for id in text.split(",")[:BULK] if id.isascii() and id.isdigit() and len(id) < 16]
    return list(
        Shipment.objects.filter(order__in=ids, state=Shipment.State.PACKED)
        .select_related("order__shipping_address", "order__purchase__customer")
        .prefetch_related("lines__line")
        .order_by("pk")
    )
