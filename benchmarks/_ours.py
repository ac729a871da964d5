"""Our own shop for a benchmark that needs it empty: a database of the benchmark's own, gone at its next run."""

import contextlib
import os
from collections.abc import Iterator

import django
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command

from benchmarks._databases import database_url, make_database
from config import services


@contextlib.contextmanager
def our_shop(database: str) -> Iterator[None]:
    """The services up, Django set up, an empty shop in a database of this name."""
    with services.running():
        make_database(database)
        outer = os.environ.get("DATABASE_URL", "")
        os.environ["DATABASE_URL"] = database_url(database)
        try:
            django.setup()
            settings.DEBUG = False  # as in production, and as stock Oscar's: with it Django keeps every query
            cache.clear()  # the keys of an earlier run's goods are this run's keys, too
            call_command("migrate", verbosity=0)
            yield
        finally:
            os.environ["DATABASE_URL"] = outer
