"""What goes with what, on references, so that this app knows no shop. The formula is in crm/histories.py."""

import csv
import heapq
import io
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import connection, transaction

from crm.histories import Histories, read_histories
from crm.models import Affinity

NEIGHBOURS = 50


def rebuild_affinities(*, as_of: datetime) -> int:
    """Replace all affinities by those of the interactions before `as_of`; returns how many there are.

    Readers see the old ones until the new ones are all there.
    """
    histories = read_histories(as_of=as_of)
    out = io.StringIO()
    csv.writer(out).writerows(_rows(histories))
    out.seek(0)
    with transaction.atomic(), connection.cursor() as cursor:
        # One rebuild at a time: a second would run into the first one's rows.
        cursor.execute("LOCK TABLE crm_affinity IN SHARE ROW EXCLUSIVE MODE")
        Affinity.objects.all().delete()
        cursor.copy_expert("COPY crm_affinity (subject, other, score, support) FROM STDIN WITH (FORMAT csv)", out)
        return int(cursor.rowcount)


def _rows(histories: Histories) -> Iterator[tuple[str, str, float, int]]:
    for thing, name in enumerate(histories.things):
        strongest = heapq.nlargest(NEIGHBOURS, histories.neighbours(thing), key=lambda pair: (pair[1], -pair[0]))
        for other, score, support in strongest:
            yield name, histories.things[other], score, support


def neighbours_of(subjects: Sequence[str], *, limit: int = 200) -> list[Affinity]:
    """The strongest affinities of the given things."""
    return list(Affinity.objects.filter(subject__in=subjects).order_by("-score", "other")[:limit])
