"""Sending something back: from an order's page, with or without an account."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm import api as crm
from shop.models import ReturnRequest
from shop.orders.links import NotAnOrderLink, order_for_token, order_token
from shop.oscar import Order
from shop.requests import ShopRequest
from shop.returns import services
from shop.returns.forms import ReturnForm
from shop.returns.labels import code_of
from shop.returns.links import NotAReturnLink, return_for_token, return_token
from shop.returns.rules import (
    REASONS,
    last_day_to_withdraw,
    may_withdraw,
    replacements_for,
    returnable_lines,
    returns_of,
)
from shop.returns.steps import ReturnHasMoved, State, named_lines

Kind = ReturnRequest.Kind
# What the customer is told when a wish cannot be taken.
REFUSALS: dict[type[Exception], Any] = {
    services.NothingToSendBack: gettext_lazy("There is nothing of this order to send back."),
    services.TooLateToWithdraw: gettext_lazy("The fourteen days to change your mind are over."),
    services.NothingChosen: gettext_lazy("Say of at least one product how many pieces it is about."),
    services.MoreThanWasSent: gettext_lazy("That is more than you have: some of it is on its way back already."),
    services.CannotBeReplaced: gettext_lazy("What you want instead is not there in that number any more."),
    services.TooManyUnconfirmed: gettext_lazy(
        "We have sent several links to the address of this order already. Please confirm one of them first."
    ),
}


def _order_of(token: str) -> Order:
    try:
        order = order_for_token(token)
    except NotAnOrderLink as error:
        raise Http404 from error
    if not hasattr(order, "purchase"):
        raise Http404
    return order


def _return_of(token: str) -> ReturnRequest:
    try:
        return return_for_token(token)
    except NotAReturnLink as error:
        raise Http404 from error


def _is_theirs(request: ShopRequest, order: Order) -> bool:
    """Logged in as the order's customer: the only proof that needs no mail."""
    return request.who.customer_id is not None and request.who.customer_id == order.purchase.customer_id


@never_cache
@require_GET
def returns(request: ShopRequest, token: str) -> HttpResponse:
    order, now = _order_of(token), timezone.now()
    is_theirs = _is_theirs(request, order)
    context = {
        "order": order,
        "token": token,
        # Their pages open for whoever is proved; everybody else has the links in the mails.
        "cases": [(case, return_token(case) if is_theirs else "") for case in returns_of(order)],
        "has_lines": bool(returnable_lines(order, request.LANGUAGE_CODE)),
        "may_withdraw": may_withdraw(order, now=now),
        "last_day": last_day_to_withdraw(order),
        "robots": "noindex",
    }
    return render(request, "shop/returns/return_choose.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def ask(request: ShopRequest, token: str, kind: str) -> HttpResponse:
    order, now = _order_of(token), timezone.now()
    if kind not in REASONS:
        raise Http404
    lines = returnable_lines(order, request.LANGUAGE_CODE)
    if not lines or (kind != Kind.CLAIM and not may_withdraw(order, now=now)):
        if request.method == "POST":
            messages.error(request, REFUSALS[services.TooLateToWithdraw if lines else services.NothingToSendBack])
        return redirect("shop:returns", token)
    replacements = {
        each.line.pk: replacements_for(each.line, request.LANGUAGE_CODE) for each in lines if kind == Kind.EXCHANGE
    }
    arguments: dict[str, Any] = {"kind": kind, "lines": lines, "replacements": replacements}
    is_theirs = _is_theirs(request, order)
    if request.method == "POST":
        form = ReturnForm(request.POST, request.FILES, **arguments)
        if form.is_valid() and (case := _request_return(request, form, order, kind, is_theirs)):
            if is_theirs:
                return redirect("shop:return", return_token(case))
            return render(
                request, "shop/returns/return_check_mail.html", {"case": case, "order": order, "token": token}
            )
    else:
        form = ReturnForm(**arguments)
    context = {
        "form": form,
        "order": order,
        "token": token,
        "kind": kind,
        "is_theirs": is_theirs,
        "last_day": last_day_to_withdraw(order),
        "robots": "noindex",
    }
    return render(request, "shop/returns/return_ask.html", context, status=422 if form.errors else 200)


def _request_return(
    request: ShopRequest, form: ReturnForm, order: Order, kind: str, is_theirs: bool
) -> ReturnRequest | None:
    """None if it cannot be taken; the form says why."""
    given = form.cleaned_data
    try:
        return services.request_return(
            order.pk,
            kind=kind,
            lines=form.wanted(given),
            note=given["note"],
            photos=given["photos"],
            language=request.LANGUAGE_CODE,
            is_proved=is_theirs,
            submission=given["submission"],
            actor=request.who.actor,
            now=timezone.now(),
        )
    except tuple(REFUSALS) as refusal:
        form.add_error(None, REFUSALS[type(refusal)])
        return None


@dataclass(frozen=True)
class Step:
    label: Any
    is_done: bool
    is_current: bool


def _steps(case: ReturnRequest) -> list[Step]:
    """Where it is; none of a return that will not happen."""
    labels = [
        (State.REQUESTED, gettext_lazy("Asked for")),
        (State.APPROVED, gettext_lazy("Agreed")),
        (State.RECEIVED, gettext_lazy("Arrived at our place")),
        (State.CLOSED, gettext_lazy("Settled")),
    ]
    if case.kind == Kind.UNDELIVERED:
        labels = labels[2:]  # nobody asked for it
    if not case.comes_back:
        labels = [step for step in labels if step[0] != State.RECEIVED]
    states = [state for state, _label in labels]
    if case.state not in states:
        return []
    reached = states.index(State(case.state))
    return [Step(label, place <= reached, place == reached) for place, (_state, label) in enumerate(labels)]


@never_cache
@require_GET
def show(request: ShopRequest, token: str) -> HttpResponse:
    case = _return_of(token)
    context = {
        "case": case,
        "token": token,
        "order": case.order,
        "order_token": order_token(case.order),
        "lines": named_lines(case, request.LANGUAGE_CODE),
        "steps": _steps(case),
        "confirm_until": case.requested_at + services.CONFIRM_WITHIN,
        "is_too_late": case.state == State.UNCONFIRMED and timezone.now() > case.requested_at + services.CONFIRM_WITHIN,
        "may_withdraw": case.state in (State.REQUESTED, State.APPROVED) and case.agreed_amount is None,
        "has_label": case.state == State.APPROVED and case.comes_back,
        "robots": "noindex",
    }
    return render(request, "shop/returns/return_show.html", context)


@require_POST
def confirm(request: ShopRequest, token: str) -> HttpResponse:
    case = _return_of(token)
    actor = crm.Actor.customer(case.order.purchase.customer_id)
    try:
        done = services.confirm_return(case.pk, actor=actor, now=timezone.now())
    except services.ConfirmedTooLate:
        messages.error(request, _("This link is older than seven days. Please ask for the return again."))
    except services.MoreThanWasSent:
        messages.error(request, REFUSALS[services.MoreThanWasSent])
    else:
        if done.state == State.REQUESTED:
            messages.success(request, _("Thank you, it is confirmed. A person looks at it and answers by e-mail."))
    return redirect("shop:return", token)


@require_POST
def withdraw(request: ShopRequest, token: str) -> HttpResponse:
    case = _return_of(token)
    actor = crm.Actor.customer(case.order.purchase.customer_id)
    try:
        services.withdraw_return(case.pk, actor=actor, now=timezone.now())
    except ReturnHasMoved as moved:
        messages.error(request, _("Nothing was changed: it is %(state)s by now.") % {"state": moved.state})
    else:
        messages.success(request, _("It is called off; you keep the goods."))
    return redirect("shop:return", token)


@never_cache
@require_GET
def label(request: ShopRequest, token: str) -> HttpResponse:
    """To be printed. There is one as long as the parcel is expected."""
    case = _return_of(token)
    if case.state != State.APPROVED or not case.comes_back:
        raise Http404
    context = {
        "case": case,
        "order": case.order,
        "token": token,
        "lines": named_lines(case, request.LANGUAGE_CODE),
        "code": code_of(case.number),
        "address": settings.RETURNS_ADDRESS,
        "carrier": settings.RETURNS_CARRIER,
        "robots": "noindex",
    }
    return render(request, "shop/returns/return_label.html", context)
