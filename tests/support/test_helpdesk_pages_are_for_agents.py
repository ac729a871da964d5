"""Every address of helpdesk, asked for by everybody who is no agent."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import NoReverseMatch, get_resolver, reverse

from crm import api as crm
from support import api as support
from support.desk.helpdesk_urls import CLOSED

ARGUMENTS: dict[str, Any] = {
    "ticket_id": 1, "followup_id": 1, "cc_id": 1, "dependency_id": 1, "attachment_id": 1, "checklist_id": 1, "pk": 1,
    "item_id": 1, "checklist_template_id": 1, "type_": "preset", "report": "daysuntilticketclosedbymonth",
    "query": "e30=", "user_name": "x", "queue_slug": "destek", "slug": "x", "vote": "up", "uidb64": "x", "token": "x",
}  # fmt: skip


def addresses() -> Iterator[tuple[str, str]]:
    namespace = get_resolver().namespace_dict["helpdesk"][1]
    for name in {name for name in namespace.reverse_dict if isinstance(name, str)}:
        for possibility in namespace.reverse_dict.getlist(name):
            for _, names in possibility[0]:
                yield name, reverse(f"helpdesk:{name}", kwargs={key: ARGUMENTS[key] for key in names})


def test_helpdesk_names_still_reverse() -> None:
    names = {name for name, _ in addresses()}
    assert {"view", "dashboard", "list", "home", "login", "public_view", "kb_index", "rss_unassigned"} <= names
    assert len(names) > 50


def test_there_is_no_api_and_no_kanban() -> None:
    for name in ("ticket-list", "user_tickets-list", "kanban"):
        with pytest.raises(NoReverseMatch):
            reverse(f"helpdesk:{name}")


@pytest.mark.parametrize("who", ["stranger", "ada", "mallory", "staff"])
def test_nobody_else_gets_in(who: str, client: Any, ask: Any, ada: Any, mallory: Any) -> None:
    ticket = ask(ada, email="ada@example.com", title="A private matter")
    ARGUMENTS["ticket_id"] = ticket.pk
    if who == "staff":
        client.force_login(crm.User.objects.create_user("clerk@example.com", "x", is_staff=True))
    elif who != "stranger":
        client.force_login({"ada": ada, "mallory": mallory}[who].account)
    before = list(ticket.followup_set.values()), crm.OutgoingMail.objects.count()
    for name, address in addresses():
        for method in (client.get, client.post):
            key = ticket.secret_key if method == client.post else "guessed"
            response = method(address, {"ticket": ticket.ticket, "email": "ada@example.com", "key": key})
            assert response.status_code in (302, 403, 404, 405), (name, response.status_code)
            if response.status_code == 302:
                assert who == "stranger" and "login" in response["Location"], (name, response["Location"])
            if method == client.get:
                assert ticket.secret_key not in response.content.decode()
            assert ticket.title not in response.content.decode()
    assert before == (list(ticket.followup_set.values()), crm.OutgoingMail.objects.count())


def test_agents_look_but_a_get_changes_nothing(ask: Any, grace: Any, login: Any, now: Any) -> None:
    ticket, client = ask(), login(grace)
    support.resolve_ticket(ticket.pk, text="Done.", actor=crm.Actor.staff(grace.pk), now=now)
    for word in ("close", "take", "subscribe"):
        assert client.get(reverse("helpdesk:view", args=[ticket.pk]) + f"?{word}").status_code == 405
    for name in ("hold", "unhold"):
        assert client.get(reverse(f"helpdesk:{name}", args=[ticket.pk])).status_code == 404
    ticket.refresh_from_db()
    assert ticket.status == ticket.RESOLVED_STATUS and ticket.on_hold is False
    assert client.get(reverse("helpdesk:view", args=[ticket.pk]))["Location"] == reverse(
        "admin:helpdesk_ticket_change", args=[ticket.pk]
    )
    assert client.get(reverse("helpdesk:dashboard")).status_code == 200
    assert client.get(reverse("helpdesk:list")).status_code in (200, 302)


def test_what_would_write_past_our_services_is_closed_to_agents_too(ask: Any, grace: Any, login: Any) -> None:
    ticket, client = ask(), login(grace)
    ARGUMENTS["ticket_id"] = ticket.pk
    mails = crm.OutgoingMail.objects.count()
    for name, address in addresses():
        if name in CLOSED:
            assert client.post(address, {"comment": "x", "public": "1", "new_status": 3}).status_code == 404, name
    assert not ticket.followup_set.exists()
    assert crm.OutgoingMail.objects.count() == mails
