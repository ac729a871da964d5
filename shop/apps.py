from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShopConfig(AppConfig):
    name = "shop"
    label = "shop"
    verbose_name = _("Shop")

    def ready(self) -> None:
        from crm import api as crm
        from shop import events, receivers, references
        from shop.alerts import services as alerts
        from shop.orders import selectors
        from shop.reviews import services as reviews

        events.register()
        references.register()
        receivers.connect()
        crm.register_merger(selectors.move_purchases)
        crm.register_merger(reviews.move_reviews)
        crm.register_merger(alerts.move_alerts)
