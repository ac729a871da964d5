"""How often somebody may try something. Counted in the cache: with Redis down it works, uncounted, and says so."""

import hashlib
import logging
from ipaddress import IPv6Address, ip_address, ip_network

from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

from crm import api as crm

logger = logging.getLogger(__name__)


class TooManyTries(Exception):
    """Whoever it is has to wait."""


def count_try(purpose: str, who: str, *, tries: int, seconds: int) -> None:
    """Count one more try of `who` at something. The time runs from the first try, and refused ones do not prolong it.

    :raises TooManyTries: after `tries` within `seconds`
    """
    key = f"tries:{purpose}:{hashlib.sha256(who.encode('utf-8', 'replace')).hexdigest()[:32]}"
    try:
        cache.add(key, 0, timeout=seconds)
        count = cache.incr(key)
    except (RedisError, ValueError) as error:
        logger.warning("tries at %s are not counted: %s", purpose, error)
        return
    if count == tries + 1:
        logger.warning("too many tries at %s: refused for up to %s seconds: %.60s", purpose, seconds, who)
    if count > tries:
        raise TooManyTries(purpose)


def visitor_of(request: HttpRequest) -> str:
    """Whom tries are counted for: the address; of IPv6 the network, since one visitor has all addresses of it."""
    address = crm.address_of(request) or ""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((known, 64), strict=False)) if isinstance(known, IPv6Address) else address
