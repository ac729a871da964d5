from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SupportConfig(AppConfig):
    name = "support"
    label = "support"
    verbose_name = _("Desk")

    def ready(self) -> None:
        from support import events, references

        events.register()
        references.register()
