"""How often somebody may try. Counted in the cache: with Redis down the page works, uncounted, and the log says so."""

import logging

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


class TooManyTries(Exception):
    """They have to wait."""


def count_try(purpose: str, who: str, *, tries: int, seconds: int) -> None:
    """Count one try of `who` (an address, a number) at `purpose`.

    :raises TooManyTries: if it is more than the `tries` that are free in `seconds`
    """
    key = f"tries:{purpose}:{who}"
    try:
        cache.add(key, 0, timeout=seconds)
        count = cache.incr(key)
    except (RedisError, ValueError) as error:
        logger.warning("tries at %s are not counted: %s", purpose, error)
        return
    if count > tries:
        raise TooManyTries(purpose)
