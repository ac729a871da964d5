from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class SupportConfig(AppConfig):
    name = "support"
    label = "support"
    verbose_name = _("Desk")

    def ready(self) -> None:
        from support import events, references

        # Staff know one desk, whatever it is made of.
        apps.get_app_config("helpdesk").verbose_name = self.verbose_name
        events.register()
        references.register()
