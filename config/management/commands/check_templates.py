"""`manage.py check_templates`: what can be known of the templates without showing them (config/template_checks.py)."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template import Engine

from config import template_checks


class Command(BaseCommand):
    help = "Check every template: syntax, links, static files, texts without gettext, levels of extends, unused ones."

    def handle(self, *args: Any, **options: Any) -> None:
        found = template_checks.complaints(settings.BASE_DIR, Engine.get_default())
        if found:
            raise CommandError("\n".join([*found, f"{len(found)} to be set right."]))
        self.stdout.write("All templates are well.")
