"""Tricks with addresses, links, cookies, names and headers."""

from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from crm import api as crm
from tests.conftest import PASSWORD
from tests.shop.conftest import fill_basket, make_product, order_as_guest
from tests.shop.test_checkout_pages_refuse_bad_input import form
from tests.support.conftest import ask

__all__ = ["ask", "fill_basket", "make_product", "order_as_guest"]

pytestmark = pytest.mark.django_db

NAMES = [
    "Ada",
    "Ada\r\nBcc: everybody@example.com",
    "<script>alert(1)</script>",
    "\u202eadA \u2067x",
    "😀😀 👨‍👩‍👧",
    "ğüşıöç İI",
    "{{ 7 }}{% now 'Y' %}%(x)s {0}",
    "ş" * 120,
    "a@b, Eve <eve@example.com>",
]


@pytest.fixture(autouse=True)
def _outbox(settings: Any) -> None:
    """As it is outside of tests, where Django puts its own in place."""
    settings.EMAIL_BACKEND = "crm.backends.OutboxBackend"


@pytest.fixture
def shopper(client: Client, make_product: Any) -> Client:
    client.post(f"/en/basket/add/{make_product().pk}/", {"quantity": 1})
    return client


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name[:12]))
def test_any_name_orders_and_its_mails_go_to_one_address(
    shopper: Client, name: str, linus: crm.User, settings: Any
) -> None:
    data = form(name=name, address=name, city=name[:90])
    to_pay = shopper.post("/en/checkout/", data)
    assert to_pay.status_code == 302
    thanks = shopper.post(to_pay.url, {"method": "simulated-card", "card_number": "4242424242424242"})
    page = shopper.get(thanks.url)
    tracking = shopper.get(thanks.url.replace("/checkout/", "/track/").replace("thank-you/", ""))
    assert (page.status_code, tracking.status_code) == (200, 200)
    shopper.post("/en/contact/", {
        "name": name[:100], "email": "ada@example.com", "topic": "other", "title": name, "message": name,
        "submission": "11111111-1111-4111-8111-111111111111",
    })  # fmt: skip
    crm.deliver_due_mail()
    assert len(mail.outbox) == crm.OutgoingMail.objects.count() >= 2
    for sent in mail.outbox:
        raw = sent.message()
        assert sent.recipients() == ["ada@example.com"]
        assert raw["Bcc"] is None and "\nBcc" not in str(raw["Subject"])
        assert "<script>" not in "".join(part.get_payload() for part in raw.walk() if "html" in part.get_content_type())
    shopper.force_login(linus)
    customer = crm.Customer.objects.get()
    for address in (f"/admin/crm/customer/{customer.pk}/change/", "/admin/order/order/", "/admin/crm/outgoingmail/"):
        staff = shopper.get(address)
        assert staff.status_code == 200
        assert "<script>alert(1)" not in staff.content.decode()


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name[:12]))
def test_any_name_opens_an_account(client: Client, name: str) -> None:
    data = {"name": name, "email": "new@example.com", "password": "three plain words"}
    assert client.post("/en/account/open/", data).status_code == 200
    assert crm.User.objects.filter(email="new@example.com").exists()
    crm.deliver_due_mail()
    assert [sent.recipients() for sent in mail.outbox] == [["new@example.com"]]
    assert client.post("/en/account/login/", {"username": "new@example.com", "password": "three plain words"}).url
    assert "<script>alert(1)" not in client.get("/en/account/").content.decode()


@pytest.mark.parametrize(
    "email", ["a@example.com\nBcc: b@example.com", "a@example.com,b@example.com", "a\0@example.com"]
)
def test_an_address_that_is_two_is_none(shopper: Client, email: str) -> None:
    assert shopper.post("/en/checkout/", form(email=email)).status_code == 422
    assert shopper.post("/en/account/open/", {"name": "E", "email": email, "password": PASSWORD}).status_code == 422
    assert shopper.post("/en/account/password/", {"email": email}).status_code == 200
    assert not crm.OutgoingMail.objects.exists()


@pytest.mark.parametrize("header", ["HTTP_HOST", "HTTP_X_FORWARDED_HOST"])
def test_a_forged_host_never_stands_in_a_mail(client: Client, ada: crm.Customer, header: str) -> None:
    client.post("/en/account/password/", {"email": "ada@example.com"}, **{header: "evil.example"})
    texts = "".join(crm.OutgoingMail.objects.values_list("text", flat=True))
    assert "evil.example" not in texts
    assert header == "HTTP_HOST" or f"{settings.SITE_URL}/en/account/password/" in texts


def test_a_reset_answers_the_same_for_a_stranger_and_mails_nobody(client: Client, ada: crm.Customer) -> None:
    before = crm.OutgoingMail.objects.count()
    stranger = client.post("/en/account/password/", {"email": "nobody@example.com"}, follow=True)
    assert crm.OutgoingMail.objects.count() == before
    known = client.post("/en/account/password/", {"email": "ada@example.com"}, follow=True)
    assert crm.OutgoingMail.objects.count() == before + 1
    assert stranger.redirect_chain == known.redirect_chain
    assert "nobody@example.com" not in stranger.content.decode()


def test_asking_for_a_new_password_again_and_again_floods_nobody(client: Client, ada: crm.Customer) -> None:
    before = crm.OutgoingMail.objects.count()
    answers = {client.post("/en/account/password/", {"email": "ada@example.com"}).url for _ in range(6)}
    assert answers == {"/en/account/password/sent/"}
    # Two, should the ten minutes end just while this runs.
    assert 1 <= crm.OutgoingMail.objects.count() - before <= 2


@pytest.mark.parametrize("way", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_no_door_leads_out_of_the_shop(client: Client, ada: crm.Customer, way: str) -> None:
    answers = [
        client.post("/en/account/login/", {"username": "ada@example.com", "password": PASSWORD, "next": way}),
        client.get("/en/account/login/", {"next": way}),
        client.post("/i18n/setlang/", {"language": "tr", "next": way}),
        client.post("/en/account/logout/", {"next": way}),
    ]
    assert [answer.status_code for answer in answers] == [302] * 4
    assert not any("evil" in answer.url or "javascript" in answer.url for answer in answers)


def test_a_login_changes_the_number_of_the_session(client: Client, make_product: Any, ada: crm.Customer) -> None:
    client.post(f"/en/basket/add/{make_product().pk}/", {"quantity": 1})
    before = client.cookies["sessionid"].value
    client.post("/en/account/login/", {"username": "ada@example.com", "password": PASSWORD})
    assert client.cookies["sessionid"].value != before
    assert client.cookies["sessionid"]["httponly"]
    assert client.get("/en/basket/").context["page"].lines


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "..%2f..%2fetc/passwd", "%2e%2e/db.sqlite3", "%00", "", "//etc/passwd"]
)
def test_the_pictures_folder_gives_nothing_else(client: Client, path: str, tmp_path: Any, settings: Any) -> None:
    client.raise_request_exception = False
    assert client.get(f"/media/{path}").status_code in (302, 400, 404)


def test_a_form_without_its_token_does_nothing(make_product: Any, ada: crm.Customer, order_as_guest: Any) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ada.account)
    product = make_product()
    users = crm.User.objects.count()
    posts = [
        f"/en/basket/add/{product.pk}/", "/en/basket/lines/1/", "/en/checkout/", "/en/track/", "/en/account/login/",
        "/en/account/logout/", "/en/account/open/", "/en/account/offers/", "/en/account/verify/", "/en/contact/",
        "/en/account/password/", "/en/help/votes/1/", "/i18n/setlang/", "/admin/login/", "/en/me/verify/x/",
    ]  # fmt: skip
    assert [browser.post(address).status_code for address in posts] == [403] * len(posts)
    assert "sessionid" in browser.cookies
    assert crm.User.objects.count() == users


def test_pages_cannot_be_framed_or_sniffed(client: Client) -> None:
    for address in ("/en/", "/en/checkout/", "/admin/login/"):
        answer = client.get(address)
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_page_in_a_language_we_do_not_speak_is_not_found(client: Client) -> None:
    for prefix in ("de", "xx", "en-us", "EN%00", "tr/en"):
        assert client.get(f"/{prefix}/basket/").status_code in (302, 404)
