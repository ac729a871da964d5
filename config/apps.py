from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.http import HttpRequest, HttpResponse
from django.urls import get_resolver

from config.celery import app as celery_app

__all__ = ["ConfigConfig", "celery_app"]


def _page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    view: Any = get_resolver().resolve_error_handler(404)
    response: HttpResponse = view(request, exception=exception)
    return response


class ConfigConfig(AppConfig):
    """The wiring: settings, urls, processes and their system checks. It owns no data."""

    name = "config"
    label = "config"

    def ready(self) -> None:
        from django.views import debug
        from unfold import fields

        from config import borrowed_templates, checks, roles

        fields.prettify_json = borrowed_templates.readable_json
        # With DEBUG, too: whoever looks at the shop for the first time is to see its own page.
        debug.technical_404_response = _page_not_found
        checks.register_all()
        # post_migrate is sent for apps with models only (this one has none), one after the other: after the last one
        # every permission is there.
        last = [app for app in apps.get_app_configs() if app.models_module][-1]
        post_migrate.connect(roles.grant_roles, sender=last, dispatch_uid="config.grant_roles")
