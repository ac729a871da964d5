from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation
from helpdesk.models import Ticket

from crm import api as crm
from shop import api as shop
from support import api as support
from support.contact import views
from support.models import TicketFile

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


@pytest.fixture
def send(client: Any, db: None) -> Callable[..., Any]:
    def _send(**changes: Any) -> Any:
        data = {
            "name": "Zoë",
            "email": "Zoe@Example.net",
            "topic": "delivery",
            "title": "Where is it?",
            "message": "I wait.",
            "submission": str(uuid4()),
            **changes,
        }
        with translation.override("en"):
            return client.post(reverse("support:ticket_create"), data)

    return _send


def test_a_guest_writes_and_sees_the_conversation(send: Any, client: Any) -> None:
    response = send()
    context = support.TicketContext.objects.get()
    assert context.email == "zoe@example.net" and context.customer.account is None
    page = client.get(response["Location"])
    assert page.status_code == 200 and b"I wait." in page.content
    assert crm.OutgoingMail.objects.get().to == "zoe@example.net"


def test_a_guest_with_an_order_link_writes_about_that_order(send: Any, client: Any, order_as_guest: Any) -> None:
    order = order_as_guest(email="zoe@example.net")
    token = shop.order_token(order)
    page = client.get(reverse("support:ticket_create"), {"order": token})
    assert order.number in page.content.decode()
    send(order_link=token)
    context = support.TicketContext.objects.get()
    assert context.order == order
    assert context.customer == order.purchase.customer


def test_the_link_alone_does_not_make_a_stranger_the_buyer(send: Any, order_as_guest: Any) -> None:
    order = order_as_guest(email="buyer@example.net")
    send(order_link=shop.order_token(order), email="stranger@example.net")
    context = support.TicketContext.objects.get()
    assert context.order == order
    assert context.customer != order.purchase.customer


@pytest.mark.parametrize("link", ["E-AAAA-BBBB-CC:forged", "\0", "x" * 10_000])
def test_a_forged_order_link_is_no_order(link: str, client: Any, db: None) -> None:
    page = client.get(reverse("support:ticket_create"), {"order": link})
    assert page.status_code == 200
    assert page.context["order"] is None


@pytest.mark.parametrize(
    ("topic", "chosen"), [("product", "product"), ("return", "return"), ("", "other"), ("\0", "other")]
)
def test_a_link_says_what_it_is_about(topic: str, chosen: str, client: Any, db: None) -> None:
    page = client.get(reverse("support:ticket_create"), {"topic": topic, "q": "Cezve: Is it copper?"})
    assert f'<option value="{chosen}" selected>' in page.content.decode()


def test_only_own_orders_can_be_picked(send: Any, login: Any, ada: Any, order_as_guest: Any) -> None:
    foreign = order_as_guest(email="other@example.net")
    login(ada)
    assert send(order=str(foreign.pk), email="ada@example.com").status_code in (302, 422)
    assert not support.TicketContext.objects.filter(order=foreign).exists()


def test_logged_in_the_ticket_is_the_accounts(send: Any, login: Any, ada: Any, client: Any) -> None:
    login(ada)
    page = client.get(reverse("support:ticket_create")).content.decode()
    assert 'value="ada@example.com"' in page
    send(email="ada@example.com")
    assert support.TicketContext.objects.get().customer == ada
    assert "Where is it?" in client.get(reverse("support:ticket_list")).content.decode()


def test_a_second_click_opens_no_second_ticket(send: Any) -> None:
    number = str(uuid4())
    first, second = send(submission=number), send(submission=number)
    assert first.status_code == second.status_code == 302
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"message": "a\0b"}, "Null characters"),
        ({"message": "x" * 10_000}, "8000"),
        ({"email": "nobody"}, "valid email"),
        ({"website": "http://spam.example"}, ""),
        ({"submission": "none"}, ""),
        ({"topic": "everything"}, ""),
        ({"attachments": SimpleUploadedFile("a.exe", b"MZ")}, "a.exe"),
        ({"attachments": SimpleUploadedFile("a.png", b"<script>alert(1)</script>")}, "a.png"),
        ({"attachments": SimpleUploadedFile("big.pdf", b"%PDF-" + b"0" * 20 * 1024 * 1024)}, "5 MB"),
        ({"attachments": [SimpleUploadedFile(f"{n}.png", PNG) for n in range(4)]}, "3"),
    ],
)  # fmt: skip
def test_bad_input_is_said_and_nothing_is_kept(changes: dict[str, Any], words: str, send: Any, db: None) -> None:
    response = send(**changes)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Ticket.objects.exists() and not TicketFile.objects.exists()
    assert not crm.OutgoingMail.objects.exists()
    assert not crm.Interaction.objects.filter(kind__startswith="support.").exists()


def test_files_are_handed_out_by_link_only_and_never_shown(
    send: Any, client: Any, ask: Any, settings: Any, tmp_path: Any
) -> None:
    location = send(attachments=[SimpleUploadedFile("../../Fiş <b>.png", PNG)])["Location"]
    file = TicketFile.objects.get()
    token = location.rstrip("/").rsplit("/", 1)[1]
    response = client.get(reverse("support:file", args=[token, file.pk]))
    assert b"".join(response.streaming_content) == PNG
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "/" not in file.name and "Fi" not in file.file.name
    other = support.ticket_token(ask(email="other@example.net").pk)
    assert client.get(reverse("support:file", args=[other, file.pk])).status_code == 404
    assert client.get(f"/media/{file.file.name}").status_code == 404


def test_nobody_opens_dozens_of_tickets_within_an_hour(send: Any) -> None:
    statuses = [send().status_code for _ in range(8)]
    assert statuses == [302] * 6 + [422] * 2
    assert Ticket.objects.count() == 6


def test_it_works_with_redis_down(send: Any, settings: Any) -> None:
    settings.CACHES = {
        "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:9/0"},
    }
    assert send().status_code == 302
    assert Ticket.objects.count() == 1


def test_articles_are_offered_while_writing(client: Any, db: None, monkeypatch: Any) -> None:
    asked = []
    monkeypatch.setattr(views.knowledgebase, "search_articles", lambda query, **_: asked.append(query) or [])
    response = client.get(reverse("support:suggestions"), {"title": "return\0 it", "message": "x" * 10_000})
    assert response.status_code == 200
    assert len(asked) == 1 and len(asked[0]) <= 400 and "\0" not in asked[0]


def test_the_form_speaks_the_language_of_its_address(client: Any, db: None) -> None:
    pages = {}
    for language in ("tr", "en"):
        with translation.override(language):
            pages[language] = client.get(reverse("support:ticket_create")).content.decode()
    assert "Up to 3, 5 MB each" in pages["en"]
    assert 'lang="tr"' in pages["tr"]
