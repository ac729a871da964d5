"""Oscar's dashboard: every page opens for a manager, none for anybody else."""

from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from crm import api as crm


def pages(patterns: Any, namespace: str) -> Iterator[str]:
    """The addresses of all pages that need no argument."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}:{pattern.namespace}" if pattern.namespace else namespace
            yield from pages(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern) and pattern.name and not pattern.pattern.regex.groups:
            yield reverse(f"{namespace}:{pattern.name}")


def dashboard_pages() -> list[str]:
    config: Any = apps.get_app_config("dashboard")
    patterns, _app_name, namespace = config.urls
    return sorted(set(pages(patterns, namespace)))


def test_every_page_opens_for_a_manager(linus: crm.User, login: Callable[[Any], Client], order_as_guest: Any) -> None:
    order_as_guest()
    client = login(linus)
    answers = {page: client.get(page).status_code for page in dashboard_pages()}
    assert len(answers) > 30
    accounts = {page for page, status in answers.items() if status == 403}
    assert accounts == {page for page in answers if page.startswith("/dashboard/users/")}, "accounts are the owner's"
    assert {page: status for page, status in answers.items() if status not in (200, 302, 403, 405)} == {}


def test_no_page_opens_for_anybody_else(
    client: Client, ada: crm.Customer, grace: crm.User, order_as_guest: Any
) -> None:
    order_as_guest()
    for person in (None, ada.account, grace):
        client.logout()
        if person:
            client.force_login(person)
        for page in dashboard_pages():
            answer = client.get(page)
            assert answer.status_code == (403 if person else 302), page


def test_the_order_pages_open(linus: crm.User, login: Callable[[Any], Client], order_as_guest: Any) -> None:
    order = order_as_guest()
    client = login(linus)
    assert client.get(reverse("dashboard:order-detail", kwargs={"number": order.number})).status_code == 200
    product = order.lines.get().product
    assert client.get(reverse("dashboard:catalogue-product", kwargs={"pk": product.pk})).status_code == 200
