"""Names as Oscar has them, where Oscar or its dashboard links to them."""

from django.contrib.auth.views import LogoutView, PasswordResetDoneView
from django.urls import path

from shop import oscar_links
from shop.account import views
from shop.documents import views as documents

app_name = "customer"
urlpatterns = [
    *oscar_links.customer,
    path("", views.profile, name="profile-view"),
    path("orders/", views.orders, name="order-list"),
    path("orders/<slug:number>/documents/<slug:kind>.pdf", documents.pdf_of_account, name="order-document"),
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(next_page="shop:home"), name="logout"),
    path("open/", views.register, name="register"),
    path("offers/", views.change_offers, name="change-offers"),
    path("verify/", views.ask_to_verify, name="ask-to-verify"),
    path("password/", views.PasswordResetView.as_view(), name="password-reset"),
    path(
        "password/sent/",
        PasswordResetDoneView.as_view(template_name="shop/account/password_reset_sent.html"),
        name="password-reset-done",
    ),
    path("password/<uidb64>/<token>/", views.PasswordResetConfirmView.as_view(), name="password_reset_confirm"),
]
