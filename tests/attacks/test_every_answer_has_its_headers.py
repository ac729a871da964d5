"""Every address of the site answers under a policy without 'unsafe-inline', and with the other headers."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client, override_settings
from django.urls import URLResolver, get_resolver, reverse
from django.utils import translation

from config.policies import BY_PREFIX, SHOP, policy_of
from tests.conftest import PASSWORD
from tests.shop import shelves

PAGES_OF_STAFF = ("/admin/", "/dashboard/", "/desk/")


def addresses() -> Iterator[str]:
    """Every named address, its parameters filled with 1; of the admin, the kinds of pages of one model."""
    with translation.override("en"):
        yield from _below(get_resolver(), "/")
    yield from (
        reverse("admin:index"),
        reverse("admin:login"),
        reverse("admin:catalogue_product_changelist"),
        reverse("admin:crm_user_add"),
        reverse("admin:crm_user_change", args=[1]),
        reverse("admin:jsi18n"),
    )


def _below(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for ways in resolver.reverse_dict.values():
        for template, parameters in ways[0]:
            yield prefix + template % dict.fromkeys(parameters, "1")
    for space, (before, inside) in resolver.namespace_dict.items():
        if space != "admin":
            yield from _below(inside, prefix + before)


def directives(response: Any) -> dict[str, list[str]]:
    rules = response.headers["Content-Security-Policy"].split("; ")
    return {name: sources for name, *sources in (rule.split() for rule in rules)}


def check(response: Any, path: str) -> None:
    policy = directives(response)
    everything = " ".join(source for sources in policy.values() for source in sources)
    assert "unsafe-inline" not in everything, path
    assert "*" not in everything.replace("*.", ""), path
    assert policy["default-src"] == ["'none'"], path
    assert policy["frame-ancestors"] == ["'none'"], path
    assert ("'unsafe-eval'" in everything) == path.startswith("/admin/"), path
    if path.startswith(("/media/", "/static/")):
        assert policy["sandbox"] == [], path
        assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin", path
    else:
        assert policy["base-uri"] == ["'none'"], path
        assert "form-action" in policy, path
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin", path
        assert "camera=()" in response.headers["Permissions-Policy"], path
    if not path.startswith(PAGES_OF_STAFF):
        assert "nonce" not in everything, path
    assert response.headers["X-Content-Type-Options"] == "nosniff", path
    assert response.headers["X-Frame-Options"] == "DENY", path
    assert response.headers["Referrer-Policy"] == "same-origin", path
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin", path


def test_there_are_many_addresses() -> None:
    assert len(set(addresses())) > 150


@pytest.mark.parametrize("who", ["a stranger", "the owner"])
def test_every_named_address(db: None, django_user_model: Any, who: str) -> None:
    """Whatever it answers: a page, a refusal, a redirect, or that there is no such thing."""
    client = Client(raise_request_exception=False)
    if who == "the owner":
        client.force_login(django_user_model.objects.create_superuser("owner@example.com", PASSWORD))
    seen = set()
    for path in sorted(set(addresses())):
        response = client.get(path)
        seen.add(response.status_code)
        check(response, path)
    assert {200, 302, 404} <= seen


def test_a_page_with_goods(db: None) -> None:
    product = shelves.product("Copper cezve", "Bakır cezve")
    kitchen = shelves.department("Kitchen", "Mutfak", product)
    for path in (
        "/en/",
        "/en/catalogue/",
        f"/en/catalogue/copper-cezve_{product.pk}/",
        f"/en/catalogue/category/kitchen_{kitchen.pk}/",
    ):
        response = Client().get(path)
        assert response.status_code == 200
        assert directives(response).keys() == SHOP.keys()
        check(response, path)


def test_errors_have_them_as_well(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    answers = {
        403: strict.post("/en/basket/add/1/"),
        404: strict.get("/en/nowhere/"),
        400: strict.get("/en/", headers={"host": "evil.example"}),
    }
    monkeypatch.setattr("shop.home.views.departments", lambda language: 1 / 0)
    answers[500] = strict.get("/en/")
    for status, answer in answers.items():
        assert answer.status_code == status
        check(answer, str(status))


def test_a_file_that_somebody_uploaded_runs_nothing(db: None) -> None:
    name = default_storage.save("test.svg", ContentFile(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"))
    try:
        response = Client().get(f"/media/{name}")
        assert response.status_code == 200
        assert directives(response) == {"default-src": ["'none'"], "sandbox": [], "frame-ancestors": ["'none'"]}
        check(response, "/media/")
    finally:
        default_storage.delete(name)


def test_static_files_have_them() -> None:
    response = Client().get("/static/js/shop.js")
    assert response.status_code == 200
    check(response, "/static/")


def test_a_nonce_is_new_every_time_and_stands_on_the_scripts_of_a_page(login: Any, linus: Any) -> None:
    client = login(linus)
    nonces = set()
    for _ in range(2):
        response = client.get("/dashboard/")
        [nonce] = re.findall(r"'nonce-([\w+/=]{20,})'", " ".join(directives(response)["script-src"]))
        inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", response.content.decode())
        assert inline
        assert all(f'nonce="{nonce}"' in tag for tag in inline)
        nonces.add(nonce)
    assert len(nonces) == 2


@override_settings(SECURE_SSL_REDIRECT=True)
def test_where_the_shop_is_encrypted_everything_is_asked_for_so(db: None) -> None:
    assert "upgrade-insecure-requests" in directives(Client().get("/en/", secure=True))


def test_every_policy_is_found_by_its_address() -> None:
    for prefix, policy in BY_PREFIX:
        assert policy_of(prefix + "x") is policy
    assert policy_of("/administration/") is SHOP
    assert policy_of("/en/admin/") is SHOP


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/tr/nope", "/nope", "/media/nope.webp"])
@override_settings(DEBUG=True)
def test_what_is_not_there_has_them_while_somebody_develops_too(client: Client, path: str) -> None:
    answer = client.get(path, follow=True)
    assert answer.status_code == 404
    assert directives(answer)["default-src"] == ["'none'"]
