"""What beat is to start exists, and a worker knows it by that name."""

from typing import Any

import pytest
from django.conf import settings

from config.celery import app


@pytest.mark.parametrize("name", sorted(settings.CELERY_BEAT_SCHEDULE))
def test_a_scheduled_task_is_known_to_workers(name: str) -> None:
    app.loader.import_default_modules()
    entry: dict[str, Any] = settings.CELERY_BEAT_SCHEDULE[name]
    assert entry["task"] in app.tasks
