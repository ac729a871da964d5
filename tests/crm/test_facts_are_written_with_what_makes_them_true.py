"""A fact is declared, written inside the transaction that makes it true, and never changed."""

import uuid
from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from crm import api as crm
from crm.models import Interaction

SYSTEM = crm.Actor.system("test")
KIND = "crm.customer.registered"


def rows(*keys: str, now: datetime) -> list[Interaction]:
    return [Interaction(kind=KIND, actor="system:test", occurred_at=now, dedupe_key=key) for key in keys]


def test_a_kind_that_nobody_declared_is_refused_and_says_what_to_do(ada: crm.Customer, now: datetime) -> None:
    before = Interaction.objects.count()
    with pytest.raises(crm.UnknownKind, match=r"add it to shop/events\.py"):
        crm.record("shop.parcel.eaten", customer_id=ada.pk, actor=SYSTEM, now=now)
    with pytest.raises(crm.UnknownKind):
        crm.record_many([Interaction(kind="shop.parcel.eaten", actor="x", occurred_at=now)])
    with pytest.raises(crm.UnknownKind):
        crm.trace("shop.parcel.eaten", who=crm.Who(ada.pk, None), now=now)
    assert Interaction.objects.count() == before


def test_a_fact_is_not_a_trace(ada: crm.Customer, now: datetime, traces: Any) -> None:
    with pytest.raises(ValueError, match="is a fact"):
        crm.trace(KIND, who=crm.Who(ada.pk, None), now=now)
    assert traces.read_traces(10) == []


@pytest.mark.django_db(transaction=True)
def test_a_fact_outside_a_transaction_is_refused(now: datetime) -> None:
    with pytest.raises(crm.NotInTransaction):
        crm.record(KIND, customer_id=None, actor=SYSTEM, now=now)
    assert Interaction.objects.count() == 0
    with transaction.atomic():
        crm.record(KIND, customer_id=None, actor=SYSTEM, now=now)
    assert Interaction.objects.count() == 1


def test_a_fact_goes_with_its_transaction(db: None, now: datetime) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        crm.record(KIND, customer_id=None, actor=SYSTEM, now=now)
        raise RuntimeError("the order failed")
    assert Interaction.objects.count() == 0


def test_a_replay_adds_nothing(db: None, now: datetime) -> None:
    crm.record_many(rows("a", "b", now=now))
    crm.record_many(rows("b", "c", "c", now=now))
    assert sorted(Interaction.objects.values_list("dedupe_key", flat=True)) == ["a", "b", "c"]


def test_rows_without_a_key_never_clash(db: None, now: datetime) -> None:
    crm.record_many([Interaction(kind=KIND, actor="x", occurred_at=now) for _ in range(3)])
    assert Interaction.objects.count() == 3


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM crm_interaction",
        "UPDATE crm_interaction SET kind = 'crm.mail.sent'",
        "UPDATE crm_interaction SET occurred_at = occurred_at - interval '1 second'",
        "UPDATE crm_interaction SET data = '{\"a\": 1}'",
        "UPDATE crm_interaction SET actor = 'staff:1', customer_id = NULL",
        "UPDATE crm_interaction SET subject = 'x'",
        "UPDATE crm_interaction SET dedupe_key = NULL",
        "DELETE FROM crm_interaction_other",
    ],
)
def test_the_database_refuses_to_change_what_happened(ada: crm.Customer, now: datetime, statement: str) -> None:
    crm.record_many(rows("kept", now=now))
    before = list(Interaction.objects.order_by("pk").values())
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert list(Interaction.objects.order_by("pk").values()) == before


def test_the_orm_is_refused_as_well(ada: crm.Customer, now: datetime) -> None:
    row = crm.record(KIND, customer_id=ada.pk, actor=SYSTEM, now=now)
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()
    row.refresh_from_db()
    row.kind = "crm.mail.sent"
    with pytest.raises(DatabaseError), transaction.atomic():
        row.save()


def test_whose_it_is_may_change(ada: crm.Customer, mallory: crm.Customer, now: datetime) -> None:
    row = crm.record(KIND, customer_id=None, visitor=uuid.uuid4(), actor=SYSTEM, now=now)
    assert Interaction.objects.filter(pk=row.pk).update(customer=ada) == 1
    assert Interaction.objects.filter(pk=row.pk, customer=ada).exists()


def test_a_fact_of_a_known_browser_is_its_customers(db: None, now: datetime) -> None:
    visitor = uuid.uuid4()
    guest = crm.customer_for_guest(email="ada@example.com", name="Ada", language="tr", visitor=visitor, now=now)
    actor = crm.Who(None, visitor).actor
    known = crm.record(KIND, customer_id=None, visitor=visitor, actor=actor, now=now)
    nameless = crm.record(KIND, customer_id=None, visitor=uuid.uuid4(), actor=actor, now=now)
    assert (known.customer_id, nameless.customer_id) == (guest.pk, None)
