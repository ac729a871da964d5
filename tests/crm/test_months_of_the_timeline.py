"""The table is cut by month. A row of a month that is not made yet is kept, and moved when it is."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection, transaction

from crm import api as crm
from crm.models import Interaction
from tests.races import run_at_once

KIND = "crm.customer.registered"
FIRST, LAST = date(1987, 3, 9), date(1987, 5, 1)
TABLES = ["crm_interaction_1987_03", "crm_interaction_1987_04", "crm_interaction_1987_05"]


def table_of(key: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM crm_interaction WHERE dedupe_key = %s", [key])
        return str(cursor.fetchone()[0])


def months() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relname LIKE 'crm_interaction_1987%%' AND relkind = 'r'")
        return sorted(name for (name,) in cursor.fetchall())


def record_at(key: str, *instant: int) -> None:
    at = datetime(*instant, tzinfo=UTC)
    crm.record_many([Interaction(kind=KIND, actor="x", occurred_at=at, dedupe_key=key)])


@pytest.fixture
def _dropped_after(transactional_db: None) -> Iterator[None]:
    yield
    with connection.cursor() as cursor:
        for table in months():
            cursor.execute(f"DROP TABLE {table}")


def test_a_row_of_an_unknown_month_is_kept_and_moved_when_the_month_is_made(db: None) -> None:
    record_at("before", 1987, 2, 28, 23, 59, 59)
    record_at("first instant", 1987, 3, 1)
    record_at("last instant", 1987, 3, 31, 23, 59, 59)
    record_at("next month", 1987, 4, 1)
    assert {table_of(key) for key in ("before", "first instant", "next month")} == {"crm_interaction_other"}
    before = list(Interaction.objects.order_by("pk").values())
    assert crm.ensure_partitions(date(1987, 3, 31), date(1987, 3, 31)) == 1
    assert [table_of(key) for key in ("before", "first instant", "last instant", "next month")] == [
        "crm_interaction_other",
        "crm_interaction_1987_03",
        "crm_interaction_1987_03",
        "crm_interaction_other",
    ]
    assert list(Interaction.objects.order_by("pk").values()) == before


def test_every_month_between_is_made_once(db: None) -> None:
    assert crm.ensure_partitions(FIRST, LAST) == 3
    assert crm.ensure_partitions(FIRST, LAST) == 0
    assert months() == TABLES
    record_at("new", 1987, 4, 30, 12)
    assert table_of("new") == "crm_interaction_1987_04"


def test_rows_of_a_made_month_are_append_only_and_known_by_their_key(db: None) -> None:
    crm.ensure_partitions(FIRST, LAST)
    for _ in range(2):
        record_at("once", 1987, 4, 1)
    assert Interaction.objects.filter(dedupe_key="once").count() == 1
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        Interaction.objects.filter(dedupe_key="once").update(kind="crm.mail.sent")


def test_deleting_is_refused_again_after_a_month_was_made(db: None) -> None:
    record_at("kept", 1987, 3, 1)
    crm.ensure_partitions(FIRST, FIRST)
    with pytest.raises(Exception, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM crm_interaction")
    assert table_of("kept") == "crm_interaction_1987_03"


@pytest.mark.usefixtures("_dropped_after")
def test_four_threads_make_the_same_months_at_once() -> None:
    record_at("waiting", 1987, 4, 15)
    outcomes = run_at_once(*[lambda: crm.ensure_partitions(FIRST, LAST)] * 4)
    assert all(isinstance(made, int) for made in outcomes), outcomes
    assert months() == TABLES
    assert table_of("waiting") == "crm_interaction_1987_04"


@pytest.mark.usefixtures("_dropped_after")
def test_an_order_that_has_read_the_timeline_and_writes_to_it_meets_no_deadlock() -> None:
    has_read = threading.Event()

    def order() -> str:
        with transaction.atomic():
            Interaction.objects.filter(kind=KIND).count()
            has_read.set()
            threading.Event().wait(0.7)  # the month's maker asks for its lock meanwhile
            actor, now = crm.Actor.system("test"), datetime(2026, 11, 16, tzinfo=UTC)
            return crm.record(KIND, customer_id=None, actor=actor, now=now).kind

    def make() -> Any:
        has_read.wait(timeout=5)
        return crm.ensure_partitions(FIRST, FIRST)

    assert run_at_once(order, make) == [KIND, 1]
    assert Interaction.objects.filter(kind=KIND).count() == 1
