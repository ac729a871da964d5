"""Our settings, for collecting static files without the minutes that compressing them takes: no page asks for them."""

from config.settings import *

STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
