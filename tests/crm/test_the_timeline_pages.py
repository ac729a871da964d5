"""One timeline for each customer, newest first, page after page without gaps or repeats."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from crm import api as crm
from crm import references
from crm.models import Interaction

VIEWED = "shop.product.viewed"
PAGE = 37


def fill(customer: crm.Customer, now: datetime, number: int) -> None:
    """Rows of which seven each share an instant, so that only the id tells them apart."""
    rows = [
        Interaction(kind=VIEWED, customer=customer, actor="x", occurred_at=now - timedelta(minutes=index // 7))
        for index in range(number)
    ]
    crm.record_many(rows)


def test_pages_of_a_thousand_rows_have_no_gap_and_no_repeat(
    ada: crm.Customer, mallory: crm.Customer, now: datetime
) -> None:
    fill(ada, now - timedelta(days=1), 1000)
    fill(mallory, now, 50)
    shown: list[tuple[datetime, int]] = []
    before = None
    while page := crm.timeline(ada.pk, limit=PAGE, before=before):
        assert len(page) <= PAGE
        shown += [(entry.occurred_at, entry.id) for entry in page]
        before = shown[-1]
    expected = Interaction.objects.filter(customer=ada).values_list("occurred_at", "id")
    assert shown == sorted(expected, reverse=True)
    assert len(shown) == len(set(shown)) >= 1000


def test_a_row_that_arrives_while_somebody_pages_moves_nothing(ada: crm.Customer, now: datetime) -> None:
    fill(ada, now - timedelta(days=1), 60)
    first = crm.timeline(ada.pk, limit=20)
    fill(ada, now + timedelta(days=1), 5)
    last = first[-1]
    second = crm.timeline(ada.pk, limit=20, before=(last.occurred_at, last.id))
    assert {entry.id for entry in first}.isdisjoint(entry.id for entry in second)
    assert all(entry.id not in {one.id for one in first} for entry in second)


def test_unlisted_kinds_are_left_out(ada: crm.Customer, now: datetime) -> None:
    crm.record_many([Interaction(kind="shop.product.bought", customer=ada, actor="x", occurred_at=now)])
    assert "shop.product.bought" not in [entry.kind for entry in crm.timeline(ada.pk)]


def test_a_timeline_asks_the_same_number_of_questions_however_long_it_is(
    ada: crm.Customer, now: datetime, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(references._resolvers, "shop.product", _one_query)
    fill(ada, now, 10)
    subjects = [Interaction(kind=VIEWED, customer=ada, actor="x", occurred_at=now, subject=f"shop.product:{index}")
                for index in range(40)]  # fmt: skip
    crm.record_many(subjects)
    for limit in (10, 45):
        # The rows, and one for each kind of thing they are about: here products.
        with django_assert_num_queries(2):
            assert len(crm.timeline(ada.pk, limit=limit)) == limit


def _one_query(ids: list[str]) -> dict[str, crm.Link]:
    crm.Customer.objects.filter(pk=0).exists()
    return {id: crm.Link(f"Product {id}") for id in ids}


def test_a_timeline_is_read_through_its_index(ada: crm.Customer, now: datetime) -> None:
    fill(ada, now, 3000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE crm_interaction")
        cursor.execute("SET LOCAL enable_seqscan = off")
    rows = Interaction.objects.of_customer(ada.pk).before(now, 10**12).newest_first()[:50]
    plan = rows.explain()
    assert "customer_id_occurred_at_id_idx" in plan
    assert "Seq Scan" not in plan


def test_an_entry_can_be_shown_as_it_is(ada: crm.Customer, now: datetime) -> None:
    mail = crm.OutgoingMail.objects.filter(customer=ada).latest("pk")
    crm.record(
        "crm.mail.sent",
        customer_id=ada.pk,
        actor=crm.Actor.system("outbox"),
        now=now + timedelta(days=1),
        subject=f"crm.mail:{mail.pk}",
        data={"template": mail.template, "about": mail.reference},
    )
    entry = crm.timeline(ada.pk, limit=1)[0]
    assert (entry.icon, entry.detail, entry.actor) == ("mail", "", "system:outbox")
    assert entry.label
    assert entry.subject is not None
    assert entry.subject.label == mail.subject
    assert entry.subject.url == reverse("admin:crm_outgoingmail_change", args=[mail.pk])


# --- References of things that are gone ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "subject", ["crm.mail:999999999", "crm.mail:", "crm.mail", "shop.nothing:1", "", ":", "crm.mail:no-number"]
)
def test_a_row_about_something_that_is_gone_is_shown_without_it(ada: crm.Customer, now: datetime, subject: str) -> None:
    later = now + timedelta(days=1)
    crm.record_many([Interaction(kind=VIEWED, customer=ada, actor="x", occurred_at=later, subject=subject)])
    entry = crm.timeline(ada.pk, limit=1)[0]
    assert (entry.kind, entry.subject) == (VIEWED, None)


def test_references_of_one_kind_are_resolved_together(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def resolver(ids: list[str]) -> dict[str, crm.Link]:
        asked.append(sorted(ids))
        return {"1": crm.Link("One")}

    monkeypatch.setitem(references._resolvers, "test.thing", resolver)
    links = crm.resolve_references(["test.thing:1", "test.thing:2", "test.thing:1", "other:1"])
    assert asked == [["1", "2"]]
    assert links == {"test.thing:1": crm.Link("One")}
