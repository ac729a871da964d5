from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShopConfig(AppConfig):
    name = "shop"
    label = "shop"
    verbose_name = _("Shop")

    def ready(self) -> None:
        from crm import api as crm
        from shop import events, references
        from shop.orders import selectors

        events.register()
        references.register()
        crm.register_merger(selectors.move_purchases)
