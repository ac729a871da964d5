"""Every address of the site. Shoppers' pages carry their language in the path; staff's follow the browser's."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.static import serve

from config.guards import guard, may_change_orders
from config.views import favicon

_oscar_dashboard: Any = apps.get_app_config("dashboard")
_dashboard, _dashboard_app, _dashboard_namespace = _oscar_dashboard.urls

# Shoppers' pages first: addresses are tried in this order.
urlpatterns: list[URLPattern | URLResolver] = i18n_patterns(
    path("", include("shop.urls")),
    path("help/", include("knowledgebase.urls")),
    path("contact/", include("support.urls")),
    path("me/", include("crm.urls")),
)

urlpatterns += [
    path("admin/", include("shop.backoffice.urls")),
    path("admin/", admin.site.urls),
    path("dashboard/", include((guard(_dashboard, may_change_orders), _dashboard_app), _dashboard_namespace)),
    path("desk/", include("support.desk.helpdesk_urls")),
    path("webhooks/carriers/", include("shop.shipments.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("webhooks/payments/", include("shop.payment.urls")),
    path("favicon.ico", favicon),
    path("", include("shop.seo.urls")),
    path("media/sizes/", include("shop.pictures.urls")),
    # Pictures of products: public, few, and the same in production (a CDN in front takes the load off).
    path("media/<path:path>", serve, {"document_root": settings.MEDIA_ROOT}),
]

handler404 = "shop.seo.not_found.page_not_found"
