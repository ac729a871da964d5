"""Asking to be told when something is back, and the pages behind the links in those mails."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from crm import api as crm
from shop.alerts import services
from shop.alerts.forms import AlertForm
from shop.catalogue.selectors import NotSold, listed_id_of, product_page
from shop.index.refresh import version_for
from shop.limits import TooManyTries, count_try, visitor_of
from shop.models import StockAlert
from shop.orders.lines import name_of_product
from shop.requests import ShopRequest

TRIES, SECONDS = 10, 3600


@never_cache
@require_http_methods(["GET", "POST"])
def ask(request: ShopRequest, product_id: int) -> HttpResponse:
    """The answer is the same whether the address is known or not."""
    try:
        page = product_page(
            listed_id_of(product_id), version=version_for(request), language=request.LANGUAGE_CODE, option=product_id
        )
    except NotSold as error:
        raise Http404 from error
    form = AlertForm(request.POST or None)
    context = {"form": form, "product": page, "product_id": product_id, "robots": "noindex"}
    if request.method == "GET" or not form.is_valid():
        status = 422 if form.errors else 200
        return render(request, "shop/alerts/alert_ask.html", context, status=status)
    email = crm.normalise_email(form.cleaned_data["email"])
    customer_id = _proved(request, email)
    try:
        count_try("stock-alert", visitor_of(request), tries=TRIES, seconds=SECONDS)
        services.ask_for_alert(
            product_id,
            email=email,
            proved_customer=customer_id,
            language=request.LANGUAGE_CODE,
            actor=request.who.actor,
            now=timezone.now(),
        )
    except TooManyTries:
        form.add_error(None, _("That is a lot in a short time. Please wait an hour and try again."))
        return render(request, "shop/alerts/alert_ask.html", context, status=429)
    except services.NothingToWaitFor as error:
        raise Http404 from error
    except services.IsThereAlready:
        messages.success(request, _("Good news: it is there again."))
        return redirect(page.chosen.url)
    if customer_id is not None:
        messages.success(request, _("We write to you as soon as it is back."))
        return redirect(page.chosen.url)
    return render(request, "shop/alerts/alert_check_mail.html", {**context, "email": email})


def _proved(request: ShopRequest, email: str) -> int | None:
    """The customer whose address that is beyond doubt."""
    user = request.user
    if not user.is_authenticated or user.email_verified_at is None or crm.normalise_email(user.email) != email:
        return None
    return request.who.customer_id


@never_cache
@require_http_methods(["GET", "POST"])
def confirm(request: ShopRequest, token: str) -> HttpResponse:
    """GET asks, POST confirms: a scanner that opens links confirms nothing."""
    try:
        if request.method == "POST":
            alert = services.confirm_alert(token, actor=request.who.actor, now=timezone.now())
        else:
            alert = services.alert_for_token(token)
    except services.NotAnAlertLink:
        return render(request, "crm/link_refused.html", status=404)
    context = {"alert": alert, "title": _title(alert, request.LANGUAGE_CODE), "robots": "noindex"}
    return render(request, "shop/alerts/alert_confirm.html", context)


@csrf_exempt  # The link itself is the proof, and mail programs post here without having seen a page of ours.
@never_cache
@require_http_methods(["GET", "POST"])
def stop(request: ShopRequest, token: str) -> HttpResponse:
    """GET asks, POST does it."""
    try:
        if request.method == "POST":
            services.call_off_alert(token)
            return render(request, "shop/alerts/alert_stop.html", {"is_done": True, "robots": "noindex"})
        alert = services.alert_for_token(token)
    except services.NotAnAlertLink:
        return render(request, "crm/link_refused.html", status=404)
    context = {"is_done": False, "title": _title(alert, request.LANGUAGE_CODE), "robots": "noindex"}
    return render(request, "shop/alerts/alert_stop.html", context)


def _title(alert: StockAlert, language: str) -> str:
    return name_of_product(alert.product, language) or str(alert.product.title)
