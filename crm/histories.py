"""Who chose what, held in memory as small integers: the ground for affinities and suggestions.

A choice is an interaction of a kind that an app registered (`register_choices`) about a thing. Facts of one kind
about the same thing count for more the more often and the later they happened: each is worth
    0.5 ** (age / HALF_LIFE)
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

from django.db import connection
from django.db.models import Count, Max

from crm.models import Interaction

HALF_LIFE = timedelta(days=240)
# What is in fashion changes quicker than what somebody likes.
FASHION_HALF_LIFE = timedelta(days=21)
# A history longer than this is a reseller's: it would pair everything with everything.
LONGEST_HISTORY = 400
SHRINKAGE = 10

_kinds: list[str] = []

_CHOICES = """
SELECT customer_id, subject, sum(0.5::float8 ^ (age / %(half_life)s)), sum(0.5::float8 ^ (age / %(fashion)s))
FROM (
    SELECT customer_id, subject, extract(epoch FROM %(as_of)s - occurred_at)::float8 AS age FROM crm_interaction
    WHERE kind = ANY(%(kinds)s) AND customer_id IS NOT NULL AND subject <> '' AND occurred_at < %(as_of)s
) choices
GROUP BY customer_id, subject
ORDER BY customer_id, subject
"""


def register_choices(*kinds: str) -> None:
    """Say which interaction kinds mean that a customer chose the thing they are about."""
    _kinds.extend(kind for kind in kinds if kind not in _kinds)


@dataclass(frozen=True)
class Choice:
    """A thing somebody chose, how often, and when last."""

    subject: str
    times: int
    last_at: datetime


def chosen_by(customer_id: int, *, kind: str, since: datetime) -> list[Choice]:
    """What a customer chose since then, the most often chosen first, then the latest."""
    rows = (
        Interaction.objects.of_customer(customer_id)
        .filter(kind=kind, occurred_at__gte=since)
        .exclude(subject="")
        .values("subject")
        .annotate(times=Count("pk"), last_at=Max("occurred_at"))
        .order_by("-times", "-last_at", "subject")
    )
    return [Choice(row["subject"], row["times"], row["last_at"]) for row in rows]


@dataclass(frozen=True)
class Histories:
    """Things are numbers: indices of `things`. A customer's history is {thing: worth}."""

    things: list[str]
    by_customer: dict[int, dict[int, float]]
    customers_of: list[list[int]]
    fashion: list[float]

    def neighbours(self, thing: int) -> Iterator[tuple[int, float, int]]:
        """(other thing, score, customers with both), in no order.

        For things a and b chosen by n_a and n_b customers, n_ab of them by the same ones,
            score(a, b) = n_ab / sqrt(n_a * n_b) * n_ab / (n_ab + SHRINKAGE)
        (cosine similarity: Sarwar et al., "Item-based collaborative filtering recommendation algorithms", WWW 2001;
        shrinkage towards zero for small counts: Bell and Koren, KDD 2007).
        """
        both: Counter[int] = Counter()
        for customer in self.customers_of[thing]:
            history = self.by_customer[customer]
            if len(history) <= LONGEST_HISTORY:
                both.update(history.keys())
        own = len(self.customers_of[thing])
        for other, count in both.items():
            if count > 1 and other != thing:
                score = count / sqrt(own * len(self.customers_of[other])) * count / (count + SHRINKAGE)
                yield other, score, count


def read_histories(*, as_of: datetime) -> Histories:
    """All choices before `as_of`, those of other customers' merged records among them."""
    numbers: dict[str, int] = {}
    by_customer: dict[int, dict[int, float]] = {}
    customers_of: list[list[int]] = []
    fashion: list[float] = []
    with connection.cursor() as cursor:
        cursor.execute(
            _CHOICES,
            {
                "as_of": as_of,
                "kinds": _kinds,
                "half_life": HALF_LIFE.total_seconds(),
                "fashion": FASHION_HALF_LIFE.total_seconds(),
            },
        )
        while rows := cursor.fetchmany(10_000):
            for customer, subject, worth, worth_now in rows:
                thing = numbers.setdefault(subject, len(numbers))
                if thing == len(customers_of):
                    customers_of.append([])
                    fashion.append(0.0)
                by_customer.setdefault(customer, {})[thing] = float(worth)
                customers_of[thing].append(customer)
                fashion[thing] += min(float(worth_now), 1.0)
    return Histories(list(numbers), by_customer, customers_of, fashion)
