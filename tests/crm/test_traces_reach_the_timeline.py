"""Page views and searches go through a stream; what a crash repeats adds nothing, what is broken blocks nothing."""

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from crm import api as crm
from crm import interactions
from crm.models import Interaction

VIEWED, SEARCHED = "shop.product.viewed", "shop.catalogue.searched"


def view(who: crm.Who, now: datetime, number: int = 1) -> None:
    crm.trace(VIEWED, who=who, now=now, subject=f"shop.product:{number}")


def test_a_trace_waits_in_the_stream_and_then_stands_in_the_timeline(
    ada: crm.Customer, now: datetime, traces: Any
) -> None:
    view(crm.Who(ada.pk, None), now, 42)
    assert not Interaction.objects.filter(kind=VIEWED).exists()
    assert crm.copy_traces() == 1
    row = Interaction.objects.get(kind=VIEWED)
    assert (row.customer, row.subject, row.occurred_at, row.actor) == (
        ada,
        "shop.product:42",
        now,
        f"customer:{ada.pk}",
    )
    assert traces.read_traces(10) == []
    assert crm.copy_traces() == 0


def test_traces_are_copied_in_batches_until_none_is_left(ada: crm.Customer, now: datetime, traces: Any) -> None:
    for number in range(25):
        view(crm.Who(ada.pk, None), now + timedelta(seconds=number), number)
    assert crm.copy_traces(batch=10) == 25
    assert Interaction.objects.filter(kind=VIEWED).count() == 25


def test_a_crash_between_copy_and_removal_adds_nothing_twice(
    ada: crm.Customer, now: datetime, traces: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(ids: list[bytes]) -> None:
        raise SystemExit("killed")

    for number in range(5):
        view(crm.Who(ada.pk, None), now, number)
    with monkeypatch.context() as broken, pytest.raises(SystemExit):
        broken.setattr(interactions, "remove_traces", crash)
        crm.copy_traces(batch=3)
    assert Interaction.objects.filter(kind=VIEWED).count() == 3
    assert len(traces.read_traces(10)) == 5
    crm.copy_traces(batch=2)
    assert Interaction.objects.filter(kind=VIEWED).count() == 5
    assert traces.read_traces(10) == []


def test_a_nameless_trace_of_a_browser_that_has_an_owner_by_now_is_the_owners(
    ada: crm.Customer, now: datetime, traces: Any
) -> None:
    browser, stranger = uuid.uuid4(), uuid.uuid4()
    view(crm.Who(None, browser), now, 1)
    view(crm.Who(None, stranger), now, 2)
    crm.recognise_browser(ada.pk, browser, now=now)
    crm.copy_traces()
    owners = dict(Interaction.objects.filter(kind=VIEWED).values_list("visitor", "customer_id"))
    assert owners == {browser: ada.pk, stranger: None}


def test_who_objects_to_being_counted_leaves_no_trace(db: None, now: datetime, traces: Any) -> None:
    view(crm.Who(None, None), now)
    assert traces.read_traces(10) == []


@pytest.mark.django_db(transaction=True)
def test_a_trace_that_the_database_refuses_does_not_block_the_others(now: datetime, traces: Any) -> None:
    somebody = crm.Who(None, uuid.uuid4())
    for query in ("vazo", "NUL \0 in it", "half a letter \ud800", "x" * 10_000, "fincan"):
        crm.trace(SEARCHED, who=somebody, now=now, data={"query": query})
    crm.trace(VIEWED, who=somebody, now=now, subject="shop.product:" + "9" * 500)
    crm.trace(VIEWED, who=crm.Who(999_999_999, None), now=now, subject="shop.product:1")
    crm.copy_traces()
    kept = [row.data["query"][:6] for row in Interaction.objects.order_by("pk")]
    assert kept == ["vazo", "xxxxxx", "fincan"]
    assert traces.read_traces(10) == []


@pytest.mark.parametrize(
    "raw",
    [
        b"not json",
        b"{}",
        json.dumps({"key": "k", "kind": VIEWED, "customer": 1, "visitor": "no uuid", "at": "yesterday"}).encode(),
    ],
)
def test_an_entry_that_nobody_can_read_does_not_block_the_others(
    ada: crm.Customer, now: datetime, traces: Any, raw: bytes
) -> None:
    traces.client().xadd(traces.STREAM, {"json": raw})
    view(crm.Who(ada.pk, None), now)
    crm.copy_traces()
    assert Interaction.objects.filter(kind=VIEWED).count() == 1
    assert traces.read_traces(10) == []
