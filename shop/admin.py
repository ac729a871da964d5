"""The back office's view of the shop. What Oscar's own dashboard does well is linked, not built again."""

from django.contrib import admin

OSCAR_APPS = {
    "address",
    "analytics",
    "basket",
    "catalogue",
    "communication",
    "customer",
    "offer",
    "order",
    "partner",
    "payment",
    "reviews",
    "shipping",
    "voucher",
    "wishlists",
}
for _model in [model for model in admin.site._registry if model._meta.app_label in OSCAR_APPS]:
    admin.site.unregister(_model)

# Registers ours, where Oscar's have made room.
from shop.backoffice import attention, categories, files, goods, offers, orders, synonyms  # noqa: E402, F401
from shop.returns import admin as returns  # noqa: E402, F401
from shop.reviews import admin as reviews  # noqa: E402, F401
