"""The Celery app. Tasks are doors to services: fetch nothing, decide nothing, call one function."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("esnaf")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
