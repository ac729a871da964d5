from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from crm import api as crm
from support import api as support
from support.tickets import default_queue
from tests.races import run_at_once
from tests.support.conftest import question


def answers(ticket: Any) -> Any:
    return crm.OutgoingMail.objects.filter(
        reference=f"support.ticket:{ticket.pk}", template__contains="ticket_answered"
    )


def press(client: Any, ticket: Any, **form: Any) -> Any:
    data = {"text": "It arrives tomorrow.", "step": "answer", "seen": "0", "submission": str(uuid4()), **form}
    return client.post(reverse("admin:support_ticket_answer", args=[ticket.pk]), data)


def test_the_answer_reaches_the_customer_in_the_thread(ask: Any, grace: Any, now: Any) -> None:
    ticket = ask()
    receipt = crm.OutgoingMail.objects.get(reference=f"support.ticket:{ticket.pk}")
    support.reply_to_ticket(ticket.pk, text="Tomorrow.", actor=crm.Actor.staff(grace.pk), now=now, seen=0)
    mail = answers(ticket).get()
    assert "Tomorrow." in mail.text and "Tomorrow." in mail.html
    assert mail.headers["In-Reply-To"] == receipt.message_id
    assert mail.headers["Reply-To"] == support.reply_address(ticket.pk)
    ticket.refresh_from_db()
    assert ticket.assigned_to == grace
    assert support.TicketContext.objects.get(ticket=ticket).turn == "customer"
    assert crm.Interaction.objects.filter(kind="support.ticket.answered").count() == 1


def test_a_double_click_sends_one_answer(ask: Any, grace: Any, login: Any) -> None:
    ticket, client, submission = ask(), login(grace), str(uuid4())
    for _ in range(2):
        assert press(client, ticket, submission=submission).status_code == 302
    assert answers(ticket).count() == 1
    assert ticket.followup_set.count() == 1


def test_whoever_missed_something_is_stopped_with_the_draft_kept(ask: Any, grace: Any, login: Any, now: Any) -> None:
    ticket, client = ask(), login(grace)
    support.customer_replied(ticket.pk, text="It is here now!", actor=crm.Actor.system("test"), now=now)
    response = press(client, ticket, text="We are still looking <b>for it</b>")
    assert response.status_code == 409
    page = response.content.decode()
    assert "We are still looking &lt;b&gt;for it&lt;/b&gt;" in page
    assert "desk-card--new" in page and "It is here now!" in page
    assert not answers(ticket).exists()
    assert ticket.followup_set.count() == 1
    assert not crm.Interaction.objects.filter(kind="support.ticket.answered").exists()


def test_an_empty_answer_is_none(ask: Any, grace: Any, login: Any) -> None:
    ticket = ask()
    response = press(login(grace), ticket, text="  \n ")
    assert response.status_code == 422
    assert not ticket.followup_set.exists() and not answers(ticket).exists()


def test_a_note_is_never_mailed_nor_shown_to_the_customer(ask: Any, grace: Any, login: Any, client: Any) -> None:
    ticket = ask()
    press(login(grace), ticket, step="note", text="Difficult customer, be careful")
    assert ticket.followup_set.get().public is False
    assert not answers(ticket).exists()
    page = client.get(reverse("support:ticket", args=[support.ticket_token(ticket.pk)]))
    assert page.status_code == 200 and b"Difficult" not in page.content


def test_answer_and_resolve_then_the_customer_writes_again(ask: Any, grace: Any, login: Any, now: Any) -> None:
    ticket = ask()
    press(login(grace), ticket, step="answer_and_resolve")
    ticket.refresh_from_db()
    assert ticket.status == ticket.RESOLVED_STATUS and ticket.resolution == "It arrives tomorrow."
    support.customer_replied(ticket.pk, text="It did not.", actor=crm.Actor.system("test"), now=now)
    ticket.refresh_from_db()
    assert ticket.status == ticket.REOPENED_STATUS
    kinds = set(crm.Interaction.objects.filter(subject=f"support.ticket:{ticket.pk}").values_list("kind", flat=True))
    assert kinds >= {f"support.ticket.{what}" for what in ("opened", "answered", "resolved", "replied", "reopened")}


def test_resolved_without_a_word_mails_nobody(ask: Any, grace: Any, login: Any) -> None:
    ticket = ask()
    press(login(grace), ticket, step="resolve", text="")
    ticket.refresh_from_db()
    assert ticket.status == ticket.RESOLVED_STATUS
    assert crm.OutgoingMail.objects.filter(reference=f"support.ticket:{ticket.pk}").count() == 1  # the receipt


@pytest.mark.django_db(transaction=True)
def test_of_two_agents_at_once_one_sends_and_one_is_told(now: Any) -> None:
    group = Group.objects.get_or_create(name="agents")[0]
    agents = [crm.User.objects.create_user(f"a{n}@example.com", "x", is_staff=True) for n in (1, 2)]
    for agent in agents:
        agent.groups.add(group)
    customer = crm.customer_for_guest(email="g@example.com", name="G", language="en", visitor=None, now=now)
    default_queue()
    ticket = support.open_ticket(customer.pk, question=question(), actor=crm.Actor.customer(customer.pk), now=now)

    def answer(agent: Any) -> Any:
        return lambda: support.reply_to_ticket(
            ticket.pk, text=f"From {agent.pk}", actor=crm.Actor.staff(agent.pk), now=now, seen=0, submission=uuid4()
        )

    outcomes = run_at_once(*[answer(agent) for agent in agents])
    assert sum(isinstance(outcome, support.SomebodyWrote) for outcome in outcomes) == 1
    assert ticket.followup_set.count() == 1
    assert answers(ticket).count() == 1
