"""The Redis stream that traces wait in. A trace is worth less than a page: Redis down means no trace, at once.

They are sent on connections that Redis has been told not to answer on, so a page does not wait until one has arrived.
Whether they do is seen when the next is sent, or not at all: a Redis that is full drops them in silence.
"""

import json
import logging
import time
from functools import cache
from typing import Any

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

STREAM = "esnaf:traces"
MAX_LENGTH = 1_000_000
PAUSE_SECONDS = 5.0

TIMEOUTS = {"socket_timeout": 0.5, "socket_connect_timeout": 0.2}


# After a failure this process does not try for a moment, so that a dead Redis does not slow every page.
_paused_until = 0.0


def client() -> redis.Redis:
    return _client(settings.REDIS_URL)


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, **TIMEOUTS)


@cache
def _senders(url: str) -> redis.ConnectionPool:
    """Connections without answers."""
    return redis.ConnectionPool.from_url(url, **TIMEOUTS, redis_connect_func=_ask_for_silence)


def _ask_for_silence(connection: Any) -> None:
    connection.on_connect()
    connection.send_command("CLIENT", "REPLY", "OFF")


def write_trace(entry: dict[str, Any]) -> bool:
    """Send an entry to the end of the stream; False if Redis is away."""
    global _paused_until
    if time.monotonic() < _paused_until:
        return False
    senders = _senders(settings.REDIS_URL)
    try:
        connection = senders.get_connection()
        try:
            connection.send_command("XADD", STREAM, "MAXLEN", "~", MAX_LENGTH, "*", "json", json.dumps(entry))
        finally:
            senders.release(connection)
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
