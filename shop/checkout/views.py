"""Two pages from the basket to the order: where it goes, then the payment."""

import contextlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core import signing
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
from shop.basket.selectors import BasketPage, basket_page
from shop.basket.services import BasketIsClosed
from shop.basket.vouchers import take_out_codes
from shop.checkout.forms import DeliveryForm, PaymentForm, country_choices
from shop.documents.accepted import AcceptedDocument, NotWhatWasAccepted
from shop.documents.papers import papers_of
from shop.documents.terms import accepted_documents, shown_documents, wording_of
from shop.models import Attention, Payment
from shop.offer.delivery import delivery_offer
from shop.orders.lines import lines_of
from shop.orders.links import NotAnOrderLink, order_for_token, order_token
from shop.orders.placing import (
    BasketIsEmpty,
    NotEnoughStock,
    NotOneCurrency,
    Order,
    TotalChanged,
    place_order,
)
from shop.orders.selectors import orders_of_customer
from shop.orders.waiting import remember_waiting, waiting_order
from shop.oscar import Applicator, Basket
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
from shop.shipping.options import TooHeavy, options_for
from shop.shipping.weights import weigh
from shop.tracking.knowing import email_shown, remember_who_ordered

BASKET_SALT = "shop.checkout-basket"


class NotYourBasket(Exception):
    """The form is of an account that is not logged in here (any more)."""


@never_cache
@require_http_methods(["GET", "POST"])
def index(request: ShopRequest) -> HttpResponse:
    """Where the order goes. Submitting twice leads to the one order that the basket became."""
    if request.method == "POST":
        return _submit(request)
    if request.basket.is_empty:
        if not waiting_order(request.session):  # of which the basket's page tells
            messages.info(request, _("There is nothing in your basket."))
        return redirect("basket:summary")
    page = basket_page(request.basket, language=request.LANGUAGE_CODE)
    if page.gone or page.has_problems:
        return redirect("basket:summary")  # it says what is wrong, line by line
    form = DeliveryForm(initial=_what_we_know(request))
    return _show_form(request, form, page=page)


def _submit(request: ShopRequest) -> HttpResponse:
    form = DeliveryForm(request.POST)
    try:
        basket_id = signing.Signer(salt=BASKET_SALT).unsign_object(request.POST.get("basket", ""))
    except signing.BadSignature:
        messages.error(request, _("We could not read the form. Please check your basket and try again."))
        return redirect("basket:summary")
    if not form.is_valid():
        return _show_form(request, form, status=422)
    basket = _basket(request, basket_id)
    if basket and basket.owner_id not in (None, request.user.pk):
        return _back_to_basket(request, NotYourBasket())
    now = timezone.now()
    accepted: tuple[AcceptedDocument, ...] = ()
    if basket and basket.status != Basket.SUBMITTED:
        page = basket_page(basket, language=request.LANGUAGE_CODE)
        if page.gone:
            return redirect("basket:summary")  # it says what is gone, line by line
        if not page.lines:
            return _back_to_basket(request, BasketIsEmpty())
        grams = weigh(basket)
        wording = wording_of(shown_documents(page, grams=grams, language=request.LANGUAGE_CODE))
        if page.total == form.cleaned_data["expected_goods_total"] and form.cleaned_data["wording"] != wording:
            return _ask_to_read_again(request, form)
        try:
            accepted = accepted_documents(
                page, grams=grams, delivery=form.delivery, language=request.LANGUAGE_CODE, now=now
            )
        except TooHeavy as problem:
            form.add_error("option", str(problem))
            return _show_form(request, form, status=422)
    try:
        order = place_order(
            basket_id,
            delivery=form.delivery,
            expected_goods_total=form.cleaned_data["expected_goods_total"],
            user=request.user if request.user.is_authenticated else None,
            visitor=request.who.visitor,
            language=request.LANGUAGE_CODE,
            now=now,
            accepted=accepted,
        )
    except (NotEnoughStock, NotOneCurrency, BasketIsEmpty) as problem:
        return _back_to_basket(request, problem)
    except TotalChanged as change:
        return _back_to_total(request, change)
    except TooHeavy as problem:
        form.add_error("option", str(problem))
        return _show_form(request, form, status=422)
    except NotWhatWasAccepted:
        return _ask_to_read_again(request, form)
    remember_who_ordered(request, order, email=form.cleaned_data["email"], now=now)
    remember_waiting(request.session, order)
    return redirect("checkout:pay", token=order_token(order))


def _basket(request: ShopRequest, basket_id: int) -> Any:
    """The basket that the form was shown for: the browser's own, or that of an old tab; None if it is gone."""
    if request.basket.pk == basket_id:
        return request.basket
    basket = Basket.objects.filter(pk=basket_id).first()
    if basket:
        basket.strategy = request.strategy
        Applicator().apply(basket, request.user, request)
    return basket


def _ask_to_read_again(request: ShopRequest, form: DeliveryForm) -> HttpResponse:
    """The texts, or the goods that they speak of, are not what was read: nothing is ordered, nothing typed is lost."""
    if request.basket.is_empty:
        return _back_to_basket(request, BasketIsEmpty())
    without_tick = request.POST.copy()
    without_tick.pop("accept", None)
    form.data = without_tick
    text = _(
        "The price of the delivery or the documents have changed since you opened this page. Please read them again."
    )
    form.add_error("accept", text)
    return _show_form(request, form, status=409)


def _back_to_basket(request: ShopRequest, problem: Exception) -> HttpResponseRedirect:
    if isinstance(problem, NotEnoughStock):
        text = _("Somebody was quicker. No longer available in that number: %(titles)s")
        messages.error(request, text % {"titles": ", ".join(problem.titles)})
    elif isinstance(problem, NotOneCurrency):
        messages.warning(request, _("Something in the basket cannot be delivered like this. Please change it first."))
    elif request.basket.is_empty:
        messages.info(request, _("There is nothing in your basket."))
    else:  # an old tab: its basket was merged with another one at a login, or is gone
        messages.warning(request, _("We could not read the form. Please check your basket and try again."))
    return redirect("basket:summary")


def _back_to_total(request: ShopRequest, change: TotalChanged) -> HttpResponseRedirect:
    """Nothing was ordered or charged. A voucher that is spent leaves the basket: else the next try would end here."""
    if change.spent_codes:
        with contextlib.suppress(BasketIsClosed):
            take_out_codes(request.basket, change.spent_codes)
        text = _("The voucher %(codes)s has been used already or has expired. Please look at the new total.")
        messages.warning(request, text % {"codes": ", ".join(change.spent_codes)})
    else:
        messages.warning(
            request, _("A price or a campaign in your basket has changed. Nothing was charged; here is the new total.")
        )
    return redirect("checkout:index")


def _what_we_know(request: ShopRequest) -> dict[str, Any]:
    """What the form is filled in with: the account's name, and where its last order went."""
    known: dict[str, Any] = {"country": "TR", "option": "standard"}
    if not request.user.is_authenticated:
        return known
    known |= {"email": request.user.email, "name": request.user.get_full_name()}
    last = orders_of_customer(request.who.customer_id).first() if request.who.customer_id else None
    address = last.shipping_address if last else None
    if address and address.country_id in dict(country_choices()):
        known |= {
            "address": address.line1,
            "postcode": address.postcode,
            "city": address.line4,
            "country": address.country_id,
            "phone": address.phone_number,
        }
    return known


def _show_form(
    request: ShopRequest, form: DeliveryForm, *, page: BasketPage | None = None, status: int = 200
) -> HttpResponse:
    basket = request.basket
    country = form["country"].value() or "TR"
    page = page or basket_page(basket, language=request.LANGUAGE_CODE)
    grams = weigh(basket)
    documents = shown_documents(page, grams=grams, language=request.LANGUAGE_CODE)
    context = {
        "is_only_for_its_shopper": True,
        "form": form,
        "lines": page.lines,
        "discounts": page.discounts,
        "delivery_offer": page.delivery_offer,
        "documents": documents,
        "wording": wording_of(documents),
        "goods_total": basket.total_incl_tax,
        "currency": basket.currency,
        "basket_token": signing.Signer(salt=BASKET_SALT).sign_object(basket.pk),
        "options": _options(country, basket, timezone.now(), grams=grams),
        "chosen": form["option"].value(),
    }
    return render(request, "shop/checkout/fill.html", context, status=status)


def _options(country: str, basket: Any, now: datetime, *, grams: int) -> list[dict[str, Any]]:
    """What goes to a country; `price` is None where the basket is too heavy, and `problem` says so."""
    currency, total = basket.currency or settings.OSCAR_DEFAULT_CURRENCY, basket.total_incl_tax
    offer = delivery_offer(basket)
    return [
        {
            "code": option.code,
            "name": option.name,
            "description": option.description,
            "price": option.price_for(total, currency, grams=grams, offer=offer) if option.takes(grams) else None,
            "problem": "" if option.takes(grams) else str(TooHeavy(option, grams)),
            "missing_to_free": option.missing_to_free(total, currency),
            "arrival": option.arrival(now, country=country),
        }
        for option in options_for(country)
    ]


@never_cache
@require_GET
def options(request: ShopRequest) -> HttpResponse:
    """The shipping options of another country, for the page to swap in."""
    basket = request.basket
    context = {
        "options": _options(request.GET.get("country", ""), basket, timezone.now(), grams=weigh(basket)),
        "currency": basket.currency,
        "chosen": request.GET.get("option", ""),
    }
    return render(request, "shop/checkout/_shipping_options.html", context)


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
