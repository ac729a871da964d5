"""The request as the shop's views get it: what crm's, Oscar's and htmx's middleware have put on it."""

from typing import Any

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from crm.api import Who


class ShopRequest(HttpRequest):
    who: Who
    basket: Any
    strategy: Any
    htmx: HtmxDetails
