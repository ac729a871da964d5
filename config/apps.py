from django.apps import AppConfig

from config.celery import app as celery_app

__all__ = ["ConfigConfig", "celery_app"]


class ConfigConfig(AppConfig):
    """The wiring: settings, urls, processes and their system checks. It owns no data."""

    name = "config"
    label = "config"

    def ready(self) -> None:
        from config import checks

        checks.register_all()
