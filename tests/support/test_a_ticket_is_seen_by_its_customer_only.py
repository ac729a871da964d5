from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import signing
from django.urls import reverse

from crm import api as crm
from support import api as support
from support.links import TICKET_SALT

NASTY = "<script>alert('x')</script> {{ settings.SECRET_KEY }} [a](javascript:alert(1))"


def test_an_account_with_somebody_elses_address_sees_nothing_of_theirs(ask: Any, client: Any, now: Any) -> None:
    ask(email="victim@example.com", title="A private matter")
    thief = crm.open_account(
        email="victim@example.com",
        password="a-long-enough-password",
        name="Thief",
        language="en",
        who=crm.Who(None, None),
        wants_offers=False,
        now=now,
    )
    client.force_login(thief)
    pages = [reverse("support:ticket_list"), reverse("helpdesk:my-tickets"), reverse("helpdesk:public_view")]
    for address in pages:
        response = client.get(address, {"ticket": "destek-1", "email": "victim@example.com"})
        assert "A private matter" not in response.content.decode()
    assert not support.TicketContext.objects.of_customer(crm.customer_of_account(thief.pk).pk).exists()


def test_proving_the_address_brings_the_guests_tickets_along(ask: Any, client: Any, ada: Any, now: Any) -> None:
    ask(email="second@example.com", title="Mine as well")
    crm.mark_verified(ada, "second@example.com", now=now)
    client.force_login(ada.account)
    assert "Mine as well" in client.get(reverse("support:ticket_list")).content.decode()


@pytest.mark.parametrize("token", ["1", "1:a:b", "x" * 5000, "1%00:a:b"])
def test_a_forged_link_opens_nothing(token: str, ask: Any, client: Any) -> None:
    ask()
    address = reverse("support:ticket", args=["TOKEN"]).replace("TOKEN", token)
    assert client.get(address).status_code == 404
    assert client.post(address, {"message": "hi", "submission": str(uuid4())}).status_code == 404
    assert not crm.Interaction.objects.filter(kind="support.ticket.replied").exists()


def test_a_link_for_something_else_opens_nothing(ask: Any, client: Any) -> None:
    ticket = ask()
    token = signing.TimestampSigner(salt=TICKET_SALT + "x").sign(str(ticket.pk))
    assert client.get(reverse("support:ticket", args=[token])).status_code == 404


def test_an_old_link_closes(ask: Any, client: Any, monkeypatch: Any) -> None:
    token = support.ticket_token(ask().pk)
    monkeypatch.setattr("support.links.TICKET_LINK_MAX_AGE", timedelta(seconds=-1))
    assert client.get(reverse("support:ticket", args=[token])).status_code == 404


def test_a_reply_sent_twice_is_kept_once(ask: Any, client: Any) -> None:
    ticket = ask()
    address = reverse("support:ticket", args=[support.ticket_token(ticket.pk)])
    data = {"message": "Any news?", "submission": str(uuid4())}
    assert [client.post(address, data).status_code for _ in range(2)] == [302, 302]
    assert ticket.followup_set.count() == 1
    assert support.TicketContext.objects.get().turn == "agent"


def test_a_script_is_shown_as_text_everywhere(ask: Any, client: Any, grace: Any, now: Any) -> None:
    ticket = ask(title=NASTY, text=NASTY, query=NASTY)
    support.customer_replied(ticket.pk, text=NASTY, actor=crm.Actor.system("test"), now=now, other_sender=NASTY)
    support.reply_to_ticket(ticket.pk, text=NASTY, actor=crm.Actor.staff(grace.pk), now=now)
    pages = [client.get(reverse("support:ticket", args=[support.ticket_token(ticket.pk)]))]
    client.force_login(grace)
    pages += [
        client.get(reverse("admin:helpdesk_ticket_change", args=[ticket.pk])),
        client.get(reverse("admin:helpdesk_ticket_changelist"), {"section": "all"}),
        client.get(reverse("admin:helpdesk_ticket_changelist"), {"q": NASTY}),
    ]
    texts = [page.content.decode() for page in pages]
    texts += list(crm.OutgoingMail.objects.values_list("html", flat=True))
    assert all(page.status_code == 200 for page in pages)
    for text in texts:
        assert "<script>alert" not in text
        assert "development-only-secret-key" not in text
        assert 'href="javascript' not in text
