"""The shop's pages. Names are Oscar's where Oscar's models and dashboard link to them."""

from django.urls import URLPattern, URLResolver, include, path

from shop.tracking import urls as tracking

# Pages in the namespace "shop"; the rooms below have namespaces of their own.
_shop = [
    path("track/", include(tracking.urlpatterns)),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((_shop, "shop"))),
    path("checkout/", include("shop.checkout.urls")),
    path("account/", include("shop.account.urls")),
]
