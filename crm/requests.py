"""The request as views get it, after the middleware of every page."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from crm.actors import Who


class Request(HttpRequest):
    """`who` is crm.middleware.WhoMiddleware's, `htmx` django_htmx's, LANGUAGE_CODE Django's."""

    who: Who
    htmx: HtmxDetails


def address_of(request: HttpRequest) -> str | None:
    """The IP address that a request comes from, if it is known."""
    return request.META.get("REMOTE_ADDR") or None
