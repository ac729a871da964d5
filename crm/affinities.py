"""What goes with what: item-to-item cosine over customers' histories, on references, so that this app knows no shop.

For things a and b chosen by n_a and n_b customers, n_ab of them by the same ones,
    score(a, b) = n_ab / sqrt(n_a * n_b) * n_ab / (n_ab + SHRINKAGE)
(cosine similarity: Sarwar et al., "Item-based collaborative filtering recommendation algorithms", WWW 2001;
shrinkage towards zero for small counts: Bell and Koren, KDD 2007).
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from crm.models import Affinity

SHRINKAGE = 10
NEIGHBOURS = 50
# A history longer than this is a reseller's: it would pair everything with everything.
LONGEST_HISTORY = 400

_kinds: list[str] = []


def register_choices(*kinds: str) -> None:
    """Say which interaction kinds mean that a customer chose the thing they are about."""
    _kinds.extend(kinds)


_PAIRS = """
WITH choices AS (
    SELECT DISTINCT customer_id, subject FROM crm_interaction
    WHERE kind = ANY(%(kinds)s) AND customer_id IS NOT NULL AND subject <> ''
      AND occurred_at < COALESCE(%(as_of)s, 'infinity'::timestamptz)
), histories AS (
    SELECT customer_id FROM choices GROUP BY customer_id HAVING count(*) BETWEEN 2 AND %(longest)s
), counts AS (
    SELECT subject, count(*)::float AS n FROM choices GROUP BY subject
), pairs AS (
    SELECT a.subject AS subject, b.subject AS other, count(*)::float AS both_n
    FROM choices a
    JOIN histories USING (customer_id)
    JOIN choices b ON b.customer_id = a.customer_id AND b.subject <> a.subject
    GROUP BY a.subject, b.subject
    HAVING count(*) > 1
), scored AS (
    SELECT pairs.subject, pairs.other, both_n,
           both_n / sqrt(ca.n * cb.n) * both_n / (both_n + %(shrinkage)s) AS score
    FROM pairs JOIN counts ca ON ca.subject = pairs.subject JOIN counts cb ON cb.subject = pairs.other
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY subject ORDER BY score DESC, other) AS place FROM scored
)
"""


@transaction.atomic
def rebuild_affinities(*, as_of: datetime | None = None) -> int:
    """Replace all affinities by those of the interactions before `as_of`; returns how many there are."""
    parameters = {
        "kinds": _kinds,
        "as_of": as_of,
        "longest": LONGEST_HISTORY,
        "shrinkage": SHRINKAGE,
        "neighbours": NEIGHBOURS,
    }
    Affinity.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(
            _PAIRS + "INSERT INTO crm_affinity (subject, other, score, support)"
            " SELECT subject, other, score, both_n FROM ranked WHERE place <= %(neighbours)s",
            parameters,
        )
        return cursor.rowcount


def neighbours_of(subjects: Sequence[str], *, limit: int = 200) -> list[Affinity]:
    """The strongest affinities of the given things."""
    return list(Affinity.objects.filter(subject__in=subjects).order_by("-score", "other")[:limit])
