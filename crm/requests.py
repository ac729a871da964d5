from django.http import HttpRequest

from crm.actors import Who


class Request(HttpRequest):
    """A request that has been through crm.middleware.WhoMiddleware."""

    who: Who
