"""Customers and facts by the hundred thousand, for imports."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection, transaction

from crm.kinds import get_kind
from crm.models import Customer, Identity

ROWS_AT_ONCE = 20_000


class ExternalPerson(NamedTuple):
    """Somebody that another system knows by `number`; "" for a guest it does not know either."""

    number: str
    since: datetime
    country: str


class Fact(NamedTuple):
    """One row of the timeline, as `record` takes it."""

    kind: str
    customer_id: int | None
    actor: str
    subject: str
    data: dict[str, Any]
    occurred_at: datetime


def customers_with_numbers(numbers: Sequence[str]) -> dict[str, int]:
    """The customers that are known by numbers of another system; unknown numbers are left out."""
    external = Identity.objects.filter(kind=Identity.Kind.EXTERNAL, value__in=numbers)
    return dict(external.values_list("value", "customer_id"))


@transaction.atomic
def customers_of_numbers(people: Sequence[ExternalPerson], *, language: str) -> dict[str, int]:
    """The customer of each number, made where it is new."""
    known = customers_with_numbers([person.number for person in people])
    new = [person for person in people if person.number not in known]
    customers = _make(new, language)
    Identity.objects.bulk_create(
        [
            Identity(customer=customer, kind=Identity.Kind.EXTERNAL, value=person.number, created_at=person.since)
            for person, customer in zip(new, customers, strict=True)
        ],
        batch_size=2000,
    )
    return {**known, **{person.number: customer.pk for person, customer in zip(new, customers, strict=True)}}


@transaction.atomic
def make_guests(people: Sequence[ExternalPerson], *, language: str) -> list[int]:
    """A customer for each: nobody knows whether two guests are the same person, so they are not."""
    return [customer.pk for customer in _make(people, language)]


def _make(people: Sequence[ExternalPerson], language: str) -> list[Customer]:
    return Customer.objects.bulk_create(
        [Customer(language=language, country=person.country, created_at=person.since) for person in people],
        batch_size=2000,
    )


@transaction.atomic
def record_stream(facts: Iterable[Fact]) -> int:
    """Write facts by COPY, a batch in memory at a time; returns how many. The caller sees to it that they are new."""
    written = 0
    iterator = iter(facts)
    with connection.cursor() as cursor:
        while batch := list(islice(iterator, ROWS_AT_ONCE)):
            for kind in {fact.kind for fact in batch}:
                get_kind(kind)
            cursor.copy_expert(
                "COPY crm_interaction (kind, customer_id, actor, subject, data, occurred_at)"
                " FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL (subject))",
                _as_csv(batch),
            )
            written += len(batch)
    return written


def _as_csv(batch: list[Fact]) -> io.StringIO:
    out = io.StringIO()
    csv.writer(out).writerows(_columns(batch))
    out.seek(0)
    return out


def _columns(batch: list[Fact]) -> Iterator[tuple[Any, ...]]:
    for fact in batch:
        yield (*fact[:4], json.dumps(fact.data), fact.occurred_at.isoformat())
