"""The address of a visitor behind proxies: only what our own proxies wrote is believed."""

from typing import Any

import pytest
from django.test import RequestFactory

from crm import api as crm


def address(forwarded: str | None, *, nearest: str = "10.0.0.1") -> str | None:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return crm.address_of(RequestFactory().get("/", REMOTE_ADDR=nearest, headers=headers))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "believed"),
    [
        (0, None, "10.0.0.1"),
        (0, "203.0.113.7", "10.0.0.1"),  # a stranger's header
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "1.1.1.1, 203.0.113.7", "203.0.113.7"),  # the first one the stranger wrote
        (1, "1.1.1.1, 2.2.2.2,203.0.113.7 ", "203.0.113.7"),
        (2, "1.1.1.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        (2, "203.0.113.7", "10.0.0.1"),  # came round one of the proxies
        (1, None, "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "203.0.113.7, unknown", "10.0.0.1"),
        (1, "203.0.113.7, <script>", "10.0.0.1"),
        (1, "2001:DB8::7", "2001:db8::7"),
    ],
)
def test_the_visitor_stands_before_as_many_proxies_as_we_trust(
    settings: Any, proxies: int, forwarded: str | None, believed: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert address(forwarded) == believed


def test_an_address_that_nobody_knows_is_none(settings: Any) -> None:
    assert address("203.0.113.7", nearest="") is None
