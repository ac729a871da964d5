from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from config.celery import app as celery_app

__all__ = ["ConfigConfig", "celery_app"]


class ConfigConfig(AppConfig):
    """The wiring: settings, urls, processes and their system checks. It owns no data."""

    name = "config"
    label = "config"

    def ready(self) -> None:
        from unfold import fields

        from config import borrowed_templates, checks, roles

        fields.prettify_json = borrowed_templates.readable_json
        checks.register_all()
        # post_migrate is sent for apps with models only (this one has none), one after the other: after the last one
        # every permission is there.
        last = [app for app in apps.get_app_configs() if app.models_module][-1]
        post_migrate.connect(roles.grant_roles, sender=last, dispatch_uid="config.grant_roles")
