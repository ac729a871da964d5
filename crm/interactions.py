"""Recording what happens, and reading it back as one timeline.

Facts are written in the transaction that makes them true. Traces go to a Redis stream first (crm/stream.py)
and are copied here in batches; a lost trace costs nothing but knowledge.
"""

import json
import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError, OperationalError, transaction

from crm.actors import Actor, Who
from crm.kinds import get_kind, listed_kinds
from crm.models import Identity, Interaction
from crm.references import Link, resolve_references
from crm.stream import read_traces, remove_traces, write_trace


class NotInTransaction(RuntimeError):
    """A fact was recorded outside the transaction that makes it true."""


logger = logging.getLogger(__name__)


def record(
    kind: str,
    *,
    customer_id: int | None,
    actor: Actor,
    now: datetime,
    subject: str = "",
    data: dict[str, Any] | None = None,
    visitor: uuid.UUID | None = None,
) -> Interaction:
    """Write a fact to the timeline, in the caller's transaction.

    `subject` is a reference ("shop.order:1042"); `data` holds ids and numbers, never names or addresses. Without a
    `customer_id` the fact is of whoever the browser `visitor` is known to be.

    :raises UnknownKind: if no app declared the kind
    :raises NotInTransaction: if there is none
    """
    get_kind(kind)
    if not transaction.get_connection().in_atomic_block:
        raise NotInTransaction(kind)
    row = Interaction(
        kind=kind,
        customer_id=customer_id,
        visitor=visitor,
        actor=str(actor),
        subject=subject,
        data=data or {},
        occurred_at=now,
    )
    if customer_id is None and visitor is not None:
        _name_known_visitors([row])
    row.save(force_insert=True)
    return row


def record_many(interactions: Iterable[Interaction]) -> int:
    """Facts in bulk, all or none; returns how many were given. Those with a known dedupe key add nothing."""
    rows = list(interactions)
    for name in {row.kind for row in rows}:
        get_kind(name)
    Interaction.objects.bulk_create(rows, batch_size=2000, ignore_conflicts=True)
    return len(rows)


def trace(kind: str, *, who: Who, now: datetime, subject: str = "", data: dict[str, Any] | None = None) -> None:
    """Note a page view, a search, a basket change. Never fails and never waits: see crm/stream.py."""
    if not get_kind(kind).is_trace:
        raise ValueError(f"{kind} is a fact: record() it in the transaction that makes it true")
    if who.customer_id is None and who.visitor is None:
        return
    write_trace(
        {
            "key": uuid.uuid4().hex,
            "kind": kind,
            "customer": who.customer_id,
            "visitor": who.visitor.hex if who.visitor else None,
            "actor": str(who.actor),
            "subject": subject,
            "data": data or {},
            "at": now.isoformat(),
        }
    )


def copy_traces(*, batch: int = 1000) -> int:
    """Copy traces from the stream to the timeline until it is empty; returns how many it took.

    A crash between the copy and the removal repeats a batch; its keys are known then and add nothing.
    """
    copied = 0
    while entries := read_traces(batch):
        rows = _rows_of(raw for _, raw in entries)
        _name_known_visitors(rows)
        _write_traces(rows)
        remove_traces([entry_id for entry_id, _ in entries])
        copied += len(entries)
    return copied


def _write_traces(rows: list[Interaction]) -> None:
    """All at once; if the database refuses one of them, one by one without it: it would block the stream for ever."""
    try:
        Interaction.objects.bulk_create(rows, ignore_conflicts=True)
    except OperationalError:
        raise  # the database is away: nothing is wrong with the traces, they wait in the stream
    except (DatabaseError, ValueError) as error:
        if len(rows) == 1:
            logger.error("a trace of kind %s cannot be kept: %s", rows[0].kind, error)
            return
        for row in rows:
            _write_traces([row])


def _rows_of(entries: Iterable[bytes]) -> list[Interaction]:
    """The entries that can be read; one that cannot never will be."""
    rows = []
    for raw in entries:
        try:
            rows.append(_row_of(json.loads(raw)))
        except (KeyError, TypeError, ValueError):
            logger.exception("a trace cannot be read: %.200r", raw)
    return rows


def _row_of(entry: dict[str, Any]) -> Interaction:
    return Interaction(
        kind=entry["kind"],
        customer_id=entry["customer"],
        visitor=uuid.UUID(entry["visitor"]) if entry["visitor"] else None,
        actor=entry["actor"],
        subject=entry["subject"],
        data=entry["data"],
        occurred_at=datetime.fromisoformat(entry["at"]),
        dedupe_key=entry["key"],
    )


def _name_known_visitors(rows: list[Interaction]) -> None:
    """A browser that has become somebody's since the trace was noted: the row is theirs."""
    nameless = {str(row.visitor) for row in rows if row.customer_id is None and row.visitor}
    owners = dict(
        Identity.objects.filter(kind=Identity.Kind.VISITOR, value__in=nameless).values_list("value", "customer_id")
    )
    for row in rows:
        if row.customer_id is None:
            row.customer_id = owners.get(str(row.visitor))


def adopt_traces(visitor: uuid.UUID, *, customer_id: int) -> int:
    """Give a browser's nameless rows to the customer that it turned out to be; returns how many."""
    return Interaction.objects.filter(visitor=visitor, customer__isnull=True).update(customer_id=customer_id)


@dataclass(frozen=True)
class TimelineEntry:
    """One row of a timeline, ready to be shown. `subject` is None where the thing is gone or has no page."""

    id: int
    occurred_at: datetime
    kind: str
    label: str
    icon: str
    detail: str
    actor: str
    subject: Link | None


def timeline(customer_id: int, *, limit: int = 50, before: tuple[datetime, int] | None = None) -> list[TimelineEntry]:
    """A customer's interactions, newest first; `before` is (occurred_at, id) of the last row already shown."""
    rows = Interaction.objects.of_customer(customer_id).filter(kind__in=listed_kinds())
    if before:
        rows = rows.before(*before)
    return entries_of(rows.newest_first()[:limit])


@dataclass(frozen=True)
class TimelinePage:
    """Entries, newest first, and the key that the next page starts from ("" on the last one)."""

    entries: list[TimelineEntry]
    older: str


def timeline_page(customer_id: int, *, before: str = "", limit: int = 50) -> TimelinePage:
    """A page of a customer's timeline. `before` is the `older` of the page shown; anything else starts at the top."""
    entries = timeline(customer_id, limit=limit + 1, before=_read_key(before))
    shown = entries[:limit]
    last = shown[-1] if len(entries) > limit else None
    return TimelinePage(shown, f"{last.occurred_at.isoformat()}_{last.id}" if last else "")


def _read_key(key: str) -> tuple[datetime, int] | None:
    occurred_at, _, id = key.rpartition("_")
    try:
        when = datetime.fromisoformat(occurred_at.replace(" ", "+"))
        return (when, int(id)) if when.tzinfo else None
    except (ValueError, OverflowError):
        return None


def entries_of(rows: Iterable[Interaction]) -> list[TimelineEntry]:
    """Interactions ready to be shown: one query for each kind of thing that they are about."""
    rows = list(rows)
    links = resolve_references(row.subject for row in rows if row.subject)
    return [_entry_of(row, links.get(row.subject)) for row in rows]


def _entry_of(row: Interaction, subject: Link | None) -> TimelineEntry:
    kind = get_kind(row.kind)
    return TimelineEntry(
        id=row.pk,
        occurred_at=row.occurred_at,
        kind=row.kind,
        label=str(kind.label),
        icon=kind.icon,
        detail=kind.describe(row.data) if kind.describe else "",
        actor=row.actor,
        subject=subject,
    )
