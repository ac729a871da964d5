from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from helpdesk.models import Ticket

from crm import api as crm
from support import api as support
from tests.races import run_at_once
from tests.support.conftest import question


def test_it_knows_the_customer_the_order_and_what_was_read(ask: Any, ada: Any, order_as_guest: Any) -> None:
    order = order_as_guest()
    ticket = ask(ada, order_id=order.pk, query="cargo", articles_read=["delivery", "late"], topic="delivery")
    context = support.TicketContext.objects.get(ticket=ticket)
    assert (context.customer, context.order, context.query) == (ada, order, "cargo")
    assert context.articles_read == ["delivery", "late"]
    entry = crm.timeline(ada.pk)[0]
    assert (entry.kind, entry.detail) == ("support.ticket.opened", "Delivery") or entry.kind == "support.ticket.opened"
    assert entry.subject is not None and str(ticket.pk) in entry.subject.url


def test_its_writer_gets_a_receipt_that_can_be_replied_to(ask: Any) -> None:
    ticket = ask()
    mail = crm.OutgoingMail.objects.get(reference=f"support.ticket:{ticket.pk}")
    assert mail.to == "guest@example.com"
    assert mail.headers["Reply-To"] == support.reply_address(ticket.pk)
    assert "/contact/tickets/" in mail.text and "/contact/tickets/" in mail.html


def test_an_address_gets_few_receipts_within_an_hour(ask: Any, now: Any) -> None:
    for _ in range(5):
        ask()
    assert Ticket.objects.count() == 5
    assert crm.OutgoingMail.objects.filter(to="guest@example.com").count() == 3
    ask(at=now + timedelta(hours=2))
    assert crm.OutgoingMail.objects.filter(to="guest@example.com").count() == 4


def test_nul_and_endless_text_are_taken(ask: Any) -> None:
    ticket = ask(title="a\0b " + "x" * 10_000, text="\0" + "ş" * 10_000 + "\udce9", query="q\0" * 300)
    ticket.refresh_from_db()
    assert "\0" not in ticket.title + ticket.description
    assert len(ticket.title) == 200
    assert ticket.description.startswith("ş" * 10_000)


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_four_times_at_once_opens_one_ticket(now: Any) -> None:
    customer = crm.customer_for_guest(email="g@example.com", name="G", language="en", visitor=None, now=now)
    asked = question(submission=uuid4())
    support.open_ticket(  # the queue is there already
        customer.pk, question=question(), actor=crm.Actor.customer(customer.pk), now=now
    )

    def send() -> int:
        return support.open_ticket(customer.pk, question=asked, actor=crm.Actor.customer(customer.pk), now=now).pk

    numbers = run_at_once(*[send] * 4)
    assert len(set(numbers)) == 1
    assert Ticket.objects.count() == 2
    assert crm.OutgoingMail.objects.filter(reference=f"support.ticket:{numbers[0]}").count() == 1
    assert crm.Interaction.objects.filter(subject=f"support.ticket:{numbers[0]}").count() == 1


def test_tickets_follow_when_two_customers_are_one(ask: Any, ada: Any, now: Any) -> None:
    ticket = ask(email="other@example.com")
    guest = support.TicketContext.objects.get(ticket=ticket).customer
    crm.merge_customers(guest.pk, into_id=ada.pk, reason="test", actor=crm.Actor.system("test"), now=now)
    assert support.TicketContext.objects.get(ticket=ticket).customer == ada
