from django.apps import AppConfig
from django.db.models.signals import post_migrate

from config.celery import app as celery_app

__all__ = ["ConfigConfig", "celery_app"]


class ConfigConfig(AppConfig):
    """The wiring: settings, urls, processes and their system checks. It owns no data."""

    name = "config"
    label = "config"

    def ready(self) -> None:
        from config import checks, roles

        checks.register_all()
        post_migrate.connect(roles.grant_roles, sender=self, dispatch_uid="config.grant_roles")
