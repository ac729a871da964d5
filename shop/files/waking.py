"""A nudge for a worker. The row is the queue: with the broker down the file waits for beat."""

import logging

from celery import current_app
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def wake_worker(step: str, file_id: int) -> None:
    """`step` is "check" or "run"."""
    try:
        current_app.send_task(f"shop.tasks.{step}_catalogue_file", [file_id], retry=False)
    except (OSError, KombuError, RedisError) as error:
        logger.warning("catalogue file %s waits, no worker could be woken: %s", file_id, error)
