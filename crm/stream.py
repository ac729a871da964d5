"""The Redis stream that traces wait in. A trace is worth less than a page: Redis down means no trace, at once."""

import json
import logging
import time
from typing import Any

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

STREAM = "esnaf:traces"
MAX_LENGTH = 1_000_000
PAUSE_SECONDS = 5.0

_client: redis.Redis | None = None
# After a failure this process does not try for a moment, so that a dead Redis does not slow every page.
_paused_until = 0.0


def client() -> redis.Redis:
    global _client
    if _client is None:
        _client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.2)
    return _client


def write_trace(entry: dict[str, Any]) -> bool:
    """Append an entry; False if Redis did not take it."""
    global _paused_until
    if time.monotonic() < _paused_until:
        return False
    try:
        client().xadd(STREAM, {"json": json.dumps(entry)}, maxlen=MAX_LENGTH, approximate=True)
    except redis.RedisError as error:
        _paused_until = time.monotonic() + PAUSE_SECONDS
        logger.warning("traces are not kept for %s s: %s", PAUSE_SECONDS, error)
        return False
    return True


def read_traces(count: int) -> list[tuple[bytes, bytes]]:
    """The oldest entries: their stream ids and what write_trace() made of them, as JSON."""
    entries: Any = client().xrange(STREAM, count=count)
    return [(entry_id, fields.get(b"json", b"")) for entry_id, fields in entries]


def remove_traces(ids: list[bytes]) -> None:
    client().xdel(STREAM, *ids)
