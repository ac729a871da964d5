#!/usr/bin/env python
"""Django's command line; brings its own Postgres and Valkey where the environment names none, and the Turkish."""

import os
import sys

from django.core.management import execute_from_command_line

from config import services, translations


def main() -> None:
    """Run one management command between the start and the end of the services it needs."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    services.load_dotenv()
    try:
        translations.compile_catalogue()
        with services.running():
            execute_from_command_line(sys.argv)
    except (services.ServiceError, translations.TranslationError) as error:
        sys.exit(f"manage.py: {error}")


if __name__ == "__main__":
    main()
