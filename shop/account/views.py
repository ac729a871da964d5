"""The account: opening it, logging in, what stands in it."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from crm import api as crm
from shop.account.forms import ForgottenPasswordForm, OpenAccountForm
from shop.orders.links import order_token
from shop.orders.selectors import orders_of_customer
from shop.requests import ShopRequest

ORDERS_SHOWN = 50


class LoginView(auth_views.LoginView):
    template_name = "shop/account/login.html"
    redirect_authenticated_user = True


class PasswordResetView(auth_views.PasswordResetView):
    form_class = ForgottenPasswordForm
    template_name = "shop/account/password_reset.html"
    email_template_name = "shop/email/password_reset.txt"
    html_email_template_name = "shop/email/password_reset.html"
    extra_email_context = {"site_url": settings.SITE_URL}
    subject_template_name = "shop/email/password_reset.subject.txt"
    success_url = reverse_lazy("customer:password-reset-done")


class PasswordResetConfirmView(auth_views.PasswordResetConfirmView):
    template_name = "shop/account/password_choose.html"
    success_url = reverse_lazy("customer:login")


@never_cache
@require_http_methods(["GET", "POST"])
def register(request: ShopRequest) -> HttpResponse:
    """The page answers the same whether the address has an account or not; its owner learns of the try by mail."""
    if request.user.is_authenticated:
        return redirect("customer:profile-view")
    form = OpenAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            crm.open_account(
                email=data["email"],
                password=data["password"],
                name=data["name"],
                language=request.LANGUAGE_CODE,
                who=request.who,
                wants_offers=data["wants_offers"],
                now=timezone.now(),
            )
        except ValidationError as error:
            form.add_error("password", error)
        except crm.AccountExists:
            crm.remind_of_account(data["email"], now=timezone.now())
        if not form.errors:
            return render(request, "shop/account/check_mail.html", {"email": data["email"]})
    return render(request, "shop/account/open.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@login_required
def profile(request: ShopRequest) -> HttpResponse:
    customer_id = request.who.customer_id
    orders = list(orders_of_customer(customer_id)[:ORDERS_SHOWN]) if customer_id else []
    context = {
        "orders": [(order, order_token(order)) for order in orders],
        "wants_offers": customer_id is not None and crm.wants_offers(customer_id),
        "has_customer": customer_id is not None,
    }
    return render(request, "shop/account/show.html", context)


def orders(request: ShopRequest) -> HttpResponse:
    """They stand in the account; the name is Oscar's, for whoever links to it."""
    return redirect(f"{reverse('customer:profile-view')}#orders")


@login_required
@require_POST
def change_offers(request: ShopRequest) -> HttpResponse:
    """The switch for offers by e-mail."""
    customer_id = request.who.customer_id
    if customer_id is not None:
        is_given = request.POST.get("wants_offers") == "yes"
        crm.choose_offers(
            customer_id,
            is_given=is_given,
            source="account",
            now=timezone.now(),
            ip_address=crm.address_of(request),
        )
        messages.success(request, _("Saved. Thank you.") if is_given else _("Saved. You will get no more offers."))
    return redirect("customer:profile-view")


@login_required
@require_POST
def ask_to_verify(request: ShopRequest) -> HttpResponse:
    if request.who.customer_id is None:
        return redirect("customer:profile-view")
    mail = crm.ask_to_verify(request.who.customer_id, now=timezone.now())
    return render(request, "shop/account/check_mail.html", {"email": mail.to})
