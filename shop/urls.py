"""The shop's pages. Names are Oscar's where Oscar's models and dashboard link to them."""

from django.urls import URLPattern, URLResolver, include, path

from shop import oscar_links
from shop.alerts import urls as alerts
from shop.documents import urls as documents
from shop.home import views as home
from shop.questions import urls as questions
from shop.returns import urls as returns
from shop.reviews import urls as reviews
from shop.tracking import urls as tracking
from shop.wishlist import urls as wishes

# Pages in the namespace "shop"; the rooms below have namespaces of their own.
_shop: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("track/", include(tracking.urlpatterns)),
    *returns.urlpatterns,
    *reviews.urlpatterns,
    *wishes.urlpatterns,
    *alerts.urlpatterns,
    *questions.urlpatterns,
    path("orders/<str:token>/documents/", include(documents.urlpatterns)),
]

urlpatterns: list[URLPattern | URLResolver] = [
    # Tried in this order: what is asked for most comes before the many of the namespace.
    path("catalogue/", include("shop.catalogue.urls")),
    path("search/", include("shop.search.urls")),
    path("", include((_shop, "shop"))),
    path("basket/", include("shop.basket.urls")),
    path("checkout/", include("shop.checkout.urls")),
    path("account/", include("shop.account.urls")),
    path("offers/", include((oscar_links.offer, "offer"))),
]
