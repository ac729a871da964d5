"""Months of the interaction table."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction


def _month_of(day: date) -> date:
    return day.replace(day=1)


def _next_month(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _months(first: date, last: date) -> Iterator[date]:
    month = _month_of(first)
    while month <= last:
        yield month
        month = _next_month(month)


def _existing() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'crm_interaction'::regclass")
        return {name for (name,) in cursor.fetchall()}


@transaction.atomic
def _make_month(month: date) -> None:
    """Rows of the month that the catch-all took in the meantime are moved, in the same transaction."""
    table = f"crm_interaction_{month:%Y_%m}"
    start = datetime(month.year, month.month, 1, tzinfo=UTC)
    after = _next_month(month)
    end = datetime(after.year, after.month, 1, tzinfo=UTC)
    with connection.cursor() as cursor:
        # The strongest lock at once: attaching needs it on the catch-all, and asking for it only then is a deadlock
        # with an order that has read the timeline and is about to write to it.
        cursor.execute("LOCK TABLE crm_interaction IN ACCESS EXCLUSIVE MODE")
        if table in _existing():
            return
        cursor.execute(f"CREATE TABLE {table} (LIKE crm_interaction INCLUDING DEFAULTS)")
        cursor.execute("SET LOCAL esnaf.moving_partition = 'on'")
        cursor.execute(
            "WITH moved AS (DELETE FROM crm_interaction_other WHERE occurred_at >= %s AND occurred_at < %s RETURNING *)"
            f" INSERT INTO {table} SELECT * FROM moved",
            [start, end],
        )
        cursor.execute("SET LOCAL esnaf.moving_partition = 'off'")
        cursor.execute(
            f"ALTER TABLE crm_interaction ATTACH PARTITION {table} FOR VALUES FROM (%s) TO (%s)",
            [start, end],
        )


def ensure_partitions(first: date, last: date) -> int:
    """Make the months from `first` to `last` that are missing; returns how many were made."""
    existing = _existing()
    missing = [month for month in _months(first, last) if f"crm_interaction_{month:%Y_%m}" not in existing]
    for month in missing:
        _make_month(month)
    return len(missing)


def ensure_coming_partitions(now: datetime, *, months: int = 3) -> int:
    """This month and the next `months`."""
    return ensure_partitions(now.date(), now.date() + timedelta(days=31 * months))
