import time
from datetime import timedelta
from typing import Any

from helpdesk.models import FollowUp, Ticket

from crm import api as crm
from support import api as support
from support.agents import is_agent


def test_it_is_loaded_once_over_a_year_and_mails_nobody(ada: Any, mallory: Any, order_as_guest: Any, now: Any) -> None:
    mails = crm.OutgoingMail.objects.count()
    began = time.monotonic()
    count = support.load_demo(now)
    assert time.monotonic() - began < 10
    assert count == Ticket.objects.count() == 36
    assert support.load_demo(now) == 0
    assert Ticket.objects.count() == 36
    assert crm.OutgoingMail.objects.count() == mails
    dates = sorted(support.TicketContext.objects.values_list("created_at", flat=True))
    assert now - timedelta(days=366) < dates[0] < now - timedelta(days=300)
    assert FollowUp.objects.filter(date__gt=now).count() == 0
    assert all(ticket.created == ticket.context.created_at for ticket in Ticket.objects.select_related("context"))


def test_its_agents_can_log_in(client: Any, db: None, now: Any) -> None:
    support.load_demo(now)
    for email in ("grace@example.com", "linus@example.com"):
        assert client.login(username=email, password="esnaf")
        assert is_agent(crm.User.objects.get(email=email))


def test_it_tells_the_timelines(ada: Any, now: Any) -> None:
    support.load_demo(now)
    kinds = set(crm.Interaction.objects.filter(kind__startswith="support.").values_list("kind", flat=True))
    assert {f"support.ticket.{what}" for what in ("opened", "answered", "replied", "noted", "resolved")} <= kinds
