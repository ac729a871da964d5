"""The request as views get it, after the middleware of every page."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from crm.actors import Who


class Request(HttpRequest):
    """`who` is crm.middleware.WhoMiddleware's, `htmx` django_htmx's, LANGUAGE_CODE Django's."""

    who: Who
    htmx: HtmxDetails


def objects_to_tracking(request: HttpRequest) -> bool:
    """Global Privacy Control or Do Not Track."""
    return request.headers.get("Sec-GPC") == "1" or request.headers.get("DNT") == "1"


def address_of(request: HttpRequest) -> str | None:
    """The IP address that a request comes from, if it is known.

    Each of the TRUSTED_PROXIES in front of us adds the address that it was called from to X-Forwarded-For, at the
    end: so many from the end stands the visitor. What stands before it the visitor wrote, and it is not believed.
    """
    nearest = request.META.get("REMOTE_ADDR") or None
    proxies = settings.TRUSTED_PROXIES
    if not proxies:
        return nearest
    addresses = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if len(addresses) < proxies:
        return nearest  # it did not come through all of them
    try:
        return str(ip_address(addresses[-proxies].strip()))
    except ValueError:
        return nearest
