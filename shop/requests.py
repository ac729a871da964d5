"""The request as the shop's views get it: what crm's, Oscar's and htmx's middleware have put on it."""

from typing import Any

from django_htmx.middleware import HtmxDetails

from crm import api as crm


class ShopRequest(crm.Request):
    basket: Any
    strategy: Any
    htmx: HtmxDetails
