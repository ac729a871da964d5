"""The second page: how to pay, and what becomes of it."""

from collections.abc import Sequence

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from crm import api as crm
from shop.checkout.forms import PaymentForm
from shop.documents.papers import papers_of
from shop.models import Attention, Payment
from shop.orders.lines import lines_of
from shop.orders.links import NotAnOrderLink, order_for_token
from shop.orders.placing import Order
from shop.payment import services
from shop.payment.content_policy import allow_iyzico, allow_stripe
from shop.payment.providers import (
    PROVIDERS,
    BankTransfer,
    Iyzico,
    Provider,
    ProviderUnreachable,
    SimulatedCard,
    Stripe,
)
from shop.payment.providers.simulated import CARDS
from shop.payment.providers.stripe import CardPage
from shop.payment.services import CannotBePaid, NotOffered, PaymentUnderWay, payment_choices
from shop.requests import ShopRequest
from shop.tracking.knowing import email_shown


def _order_or_404(token: str) -> Order:
    try:
        return order_for_token(token)
    except NotAnOrderLink as error:
        raise Http404 from error


@never_cache
@require_http_methods(["GET", "POST"])
def pay(request: ShopRequest, token: str) -> HttpResponse:
    """Choose how to pay; while a payment is under way, the page that waits for it.

    A double click or a second tab pays once; what was declined may be followed by another try.
    """
    order = _order_or_404(token)
    if order.status != "pending":
        return _lead_on(request, "checkout:thank-you", token)
    if request.method == "POST":
        return _pay_now(request, order, token)
    waiting = order.payments.filter(status=Payment.Status.PENDING).first()
    if waiting is None:
        if request.htmx:
            return _lead_on(request, "checkout:pay", token)
        methods = payment_choices(order)
        return _show_methods(request, order, token, PaymentForm(methods=methods), methods)
    if request.htmx:
        return HttpResponse(status=204)  # still waiting: the page asks again by itself
    card_page = _card_page(waiting, token)
    context = {
        "order": order,
        "token": token,
        "payment": waiting,
        "lines": lines_of(order, request.LANGUAGE_CODE),
        "is_transfer": waiting.provider == BankTransfer.code,
        "stripe": card_page,
        "email": email_shown(request, order, now=timezone.now()),
    }
    response = render(request, "shop/checkout/wait.html", context)
    return allow_stripe(response) if card_page else response


def _card_page(payment: Payment, token: str) -> CardPage | None:
    """Stripe's own fields, for a payment that waits for a card; None if it is another's, or Stripe is away."""
    provider = PROVIDERS[payment.provider]
    if not isinstance(provider, Stripe):
        return None
    try:
        return provider.card_page(payment, return_url=_return_url(token, payment))
    except ProviderUnreachable:
        return None


def _pay_now(request: ShopRequest, order: Order, token: str) -> HttpResponse:
    methods = payment_choices(order)
    form = PaymentForm(request.POST, methods=methods)
    if not form.is_valid():
        return _show_methods(request, order, token, form, methods, status=422)
    method = form.cleaned_data["method"]
    try:
        payment = services.pay(
            order.pk,
            provider=method,
            form={**form.cleaned_data, "ip": crm.address_of(request) or ""},
            return_url=lambda payment: _return_url(token, payment),
            now=timezone.now(),
        )
    except (PaymentUnderWay, CannotBePaid, NotOffered) as problem:
        return _say_why_not(request, token, problem)
    if payment.status == Payment.Status.DECLINED:
        text = _("The payment was declined. Nothing was charged; please try another card or another way to pay.")
        form.add_error("card_number" if method == SimulatedCard.code else "method", text)
        return _show_methods(request, order, token, form, methods, status=422)
    if payment.status == Payment.Status.PENDING and payment.details.get("next_url"):
        return redirect(payment.details["next_url"])
    return redirect(_page_after(payment), token=token)


def _page_after(payment: Payment) -> str:
    return "checkout:thank-you" if payment.status in services.SETTLED else "checkout:pay"


def _return_url(token: str, payment: Payment) -> str:
    return settings.SITE_URL + reverse("checkout:return", args=[token, payment.reference])


def _say_why_not(request: ShopRequest, token: str, problem: Exception) -> HttpResponse:
    if isinstance(problem, CannotBePaid):
        messages.error(request, _("This order was cancelled because it was not paid in time."))
        return redirect("shop:tracking", token=token)
    if isinstance(problem, NotOffered):
        messages.error(request, _("This order cannot be paid like that. Please choose another way."))
    return redirect("checkout:pay", token=token)  # a payment is under way: that page waits for it


def _show_methods(
    request: ShopRequest,
    order: Order,
    token: str,
    form: PaymentForm,
    methods: Sequence[Provider],
    status: int = 200,
) -> HttpResponse:
    last = order.payments.order_by("-pk").first()
    chosen = form["method"].value() or (methods[0].code if methods else "")
    context = {
        "order": order,
        "token": token,
        "lines": lines_of(order, request.LANGUAGE_CODE),
        "form": form,
        "methods": methods,
        "chosen": chosen,
        "card_code": SimulatedCard.code,
        "cards": CARDS,
        "has_failed": bool(last and last.status == Payment.Status.DECLINED and last.reason != "cancelled"),
        "has_mismatch": order.attention.filter(kind=Attention.Kind.MISMATCH, settled_at=None).exists(),
    }
    response = render(request, "shop/checkout/pay.html", context, status=status)
    return allow_iyzico(response) if any(isinstance(method, Iyzico) for method in methods) else response


def _lead_on(request: ShopRequest, name: str, token: str) -> HttpResponse:
    """To another page, also where htmx is what asks."""
    url = reverse(name, args=[token])
    return HttpResponseClientRedirect(url) if request.htmx else HttpResponseRedirect(url)


@never_cache
@require_POST
def pay_another_way(request: ShopRequest, token: str) -> HttpResponse:
    """Give up the payment under way, at its provider first; if it was paid in this moment, that counts."""
    order = _order_or_404(token)
    try:
        given_up = services.give_up_payment(order.pk, now=timezone.now())
    except PaymentUnderWay:
        text = _("We cannot reach the payment company to stop the payment under way. Please wait a little.")
        messages.warning(request, text)
        return redirect("checkout:pay", token=token)
    if given_up and given_up.status == Payment.Status.CAPTURED:
        messages.success(request, _("The payment had gone through in this moment."))
    return redirect("checkout:pay", token=token)


@csrf_exempt  # providers' pages post here from their own site
@never_cache
@require_http_methods(["GET", "POST"])
def come_back(request: ShopRequest, token: str, reference: str) -> HttpResponse:
    """The browser comes back from a provider. Whatever it says: the provider is asked what became of the payment."""
    if request.method == "POST":
        # Posted by another site, so without our cookies: an answer that is no page gives the browser no new ones.
        return HttpResponseRedirect(request.path, status=303, content_type="text/plain")
    order = _order_or_404(token)
    payment = get_object_or_404(order.payments, reference=reference)
    payment = services.look_again(payment.pk, now=timezone.now())
    return redirect(_page_after(payment), token=token)


@never_cache
@require_GET
def thank_you(request: ShopRequest, token: str) -> HttpResponse:
    order = _order_or_404(token)
    if order.status == "pending":
        return redirect("checkout:pay", token=token)
    if order.status == "cancelled":
        return redirect("shop:tracking", token=token)
    context = {
        "order": order,
        "token": token,
        "lines": lines_of(order, request.LANGUAGE_CODE),
        "has_account": request.user.is_authenticated,
        "is_due_at_the_door": order.purchase.paid_at is None,
        "email": email_shown(request, order, now=timezone.now()),
        "papers": papers_of(order),
    }
    return render(request, "shop/checkout/thank.html", context)
