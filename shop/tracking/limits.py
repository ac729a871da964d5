"""How often an address may guess. Counted in the cache: with Redis down the form works, uncounted, and says so."""

import logging

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

TRIES = 10
SECONDS = 600


class TooManyTries(Exception):
    """This address has to wait."""


def count_try(address: str) -> None:
    """:raises TooManyTries: after TRIES tries in SECONDS"""
    key = f"track-order:{address}"
    try:
        cache.add(key, 0, timeout=SECONDS)
        tries = cache.incr(key)
    except (RedisError, ValueError) as error:
        logger.warning("tries at the tracking form are not counted: %s", error)
        return
    if tries > TRIES:
        raise TooManyTries(address)
