from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm import api as crm
from support import api as support
from support.models import InboundMail

LIST = "admin:helpdesk_ticket_changelist"


def titles(response: Any) -> list[str]:
    return [ticket.title for ticket in response.context["cl"].result_list]


def queries_of(client: Any, address: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in captured]


def test_sections_hold_what_their_names_say(ask: Any, grace: Any, login: Any, now: Any) -> None:
    actor = crm.Actor.staff(grace.pk)
    new, waiting, done = ask(title="new"), ask(title="waiting"), ask(title="done")
    support.reply_to_ticket(waiting.pk, text="?", actor=actor, now=now)
    support.resolve_ticket(done.pk, text="!", actor=actor, now=now)
    client = login(grace)
    expected = {
        "": ["new"], "mine": ["waiting"], "unassigned": ["new"], "waiting": ["waiting"], "resolved": ["done"],
        "all": ["done", "new", "waiting"],
    }  # fmt: skip
    for section, wanted in expected.items():
        found = titles(client.get(reverse(LIST), {"section": section} if section else {}))
        assert sorted(found) == wanted, section
    assert new.pk


def test_search_looks_through_everything_said_folded(ask: Any, grace: Any, login: Any, now: Any) -> None:
    ticket = ask(title="İade", email="işık@example.com".replace("ş", "s").replace("ı", "i"), text="Vazo kırık geldi")
    support.add_note(ticket.pk, text="Depoda YENİSİ var", actor=crm.Actor.staff(grace.pk), now=now)
    ask(title="Other")
    client = login(grace)
    for words in ("iade", "KIRIK vazo", "yenisi", "isik@example.com", "guest iade", str(ticket.pk)):
        assert titles(client.get(reverse(LIST), {"q": words})) == ["İade"], words
    assert client.get(reverse(LIST), {"q": "\0"}).status_code == 400
    for words in ("x" * 10_000, "kırık other", "..."):
        assert titles(client.get(reverse(LIST), {"q": words})) == [], words


def test_the_list_asks_the_same_number_of_questions_for_any_length(ask: Any, grace: Any, login: Any) -> None:
    client = login(grace)
    ask()
    few = queries_of(client, reverse(LIST))
    for number in range(12):
        ask(email=f"g{number}@example.com")
    many = queries_of(client, reverse(LIST))
    assert len(many) == len(few) <= 19, many


def test_the_screen_asks_the_same_number_of_questions_for_any_length(
    ask: Any, grace: Any, login: Any, now: Any
) -> None:
    client, ticket = login(grace), ask()
    address = reverse("admin:helpdesk_ticket_change", args=[ticket.pk])
    support.customer_replied(ticket.pk, text="x", actor=crm.Actor.system("test"), now=now)
    few = queries_of(client, address)
    for number in range(10):
        at = now + timedelta(minutes=number)
        support.customer_replied(ticket.pk, text=f"{number}", actor=crm.Actor.system("test"), now=at)
    many = queries_of(client, address)
    assert len(many) == len(few) <= 35, many


def test_the_screen_shows_whom_and_what_it_is_about(
    ask: Any, ada: Any, mallory: Any, grace: Any, login: Any, order_as_guest: Any, now: Any
) -> None:
    order = order_as_guest()
    ticket = ask(ada, email="ada@example.com", order_id=order.pk, query="late parcel")
    guest = crm.customer_for_guest(email="ada@example.com", name="Other Ada", language="tr", visitor=None, now=now)
    page = login(grace).get(
        reverse("admin:helpdesk_ticket_change", args=[ticket.pk]), headers={"accept-language": "en"}
    )
    text = page.content.decode()
    for words in (ada.name, "proved", "account", order.number, "late parcel", "Other Ada", "Wrote to the desk"):
        assert words in text, words
    assert reverse("admin:order_order_change", args=[order.pk]) in text
    assert reverse("admin:crm_customer_change", args=[guest.pk]) in text


def test_taking_assigning_and_sorting(ask: Any, grace: Any, linus: Any, ada: Any, login: Any) -> None:
    ticket, client = ask(), login(grace)
    assign = reverse("admin:support_ticket_assign", args=[ticket.pk])
    client.post(assign, {"to": "me"})
    ticket.refresh_from_db()
    assert ticket.assigned_to == grace
    client.post(assign, {"to": str(linus.pk)})
    client.post(assign, {"to": str(ada.account_id)})
    client.post(reverse("admin:support_ticket_sort", args=[ticket.pk]), {"priority": "1"})
    client.post(reverse("admin:support_ticket_sort", args=[ticket.pk]), {"priority": "9"})
    ticket.refresh_from_db()
    assert (ticket.assigned_to, ticket.priority) == (linus, 1)
    assert crm.Interaction.objects.filter(kind="support.ticket.assigned").count() == 2


@pytest.mark.parametrize("who", ["stranger", "mallory", "staff"])
def test_nobody_else_sees_or_presses_anything(who: str, ask: Any, mallory: Any, client: Any) -> None:
    ticket = ask(title="A private matter")
    if who == "mallory":
        client.force_login(mallory.account)
    if who == "staff":
        client.force_login(crm.User.objects.create_user("clerk@example.com", "x", is_staff=True))
    addresses = [reverse(LIST), reverse("admin:helpdesk_ticket_change", args=[ticket.pk])]
    addresses += [
        reverse(f"admin:support_ticket_{step}", args=[ticket.pk]) for step in ("answer", "assign", "sort", "reopen")
    ]
    addresses += [
        reverse("admin:support_ticket_file", args=[ticket.pk, 1]),
        reverse("admin:support_inboundmail_changelist"),
    ]
    for address in addresses:
        for method in (client.get, client.post):
            response = method(address, {"text": "x", "step": "answer", "to": "me", "priority": "1"})
            assert response.status_code in (302, 403, 405), address
            assert "A private matter" not in response.content.decode()
    ticket.refresh_from_db()
    assert ticket.assigned_to is None and not ticket.followup_set.exists()


def test_buttons_are_posts(ask: Any, grace: Any, login: Any) -> None:
    ticket, client = ask(), login(grace)
    for step in ("answer", "assign", "sort", "reopen"):
        assert client.get(reverse(f"admin:support_ticket_{step}", args=[ticket.pk])).status_code == 405
    for ticket_id in ("999999", "99999999999999999999", "abc"):
        assert client.get(f"/admin/helpdesk/ticket/{ticket_id}/change/").status_code == 404


def test_mail_in_quarantine_can_be_read(grace: Any, login: Any, now: Any, db: None) -> None:
    support.receive_mail(b"Subject: \0 nobody\r\n\r\n<script>alert(1)</script>", now=now)
    mail = InboundMail.objects.get()
    client = login(grace)
    assert client.get(reverse("admin:support_inboundmail_changelist")).status_code == 200
    page = client.get(reverse("admin:support_inboundmail_change", args=[mail.pk]))
    assert page.status_code == 200
    assert "&lt;script&gt;alert(1)" in page.content.decode()
