"""Keeping the index true: triggers note what changed (migration 0017), whoever reads next writes it anew.

One refresher at a time, by an advisory lock; writers of Oscar's tables never wait for it. A reader that finds another
refreshing reads what is there: it is a moment old.
"""

import time
from collections.abc import Sequence
from functools import partial

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest
from psycopg2.extras import execute_values

from shop.index.rows import LANGUAGES, Row, rows_of

LOCK = 0x65736E6166  # "esnaf"
CAMPAIGNS = -1  # noted in place of a product when offers change (migration 0026)
_asked: tuple[float, int] = (0.0, 0)  # what _for_guests() said last
# What a reader does on its way; more is left to the next reader and to beat.
MOST_IN_PASSING = 100
BATCH = 500

# By the key's index, which forgets deleted rows sooner than the table does.
_STATE = """
SELECT version, (SELECT id FROM shop_staleproduct ORDER BY id LIMIT 1) IS NOT NULL FROM shop_indexstate
"""
_WRITTEN_IN = "SELECT version FROM shop_listedproduct WHERE product_id = %s AND language = %s"
_NEXT_VERSION = """
INSERT INTO shop_indexstate (id, version) VALUES (1, nextval('shop_index_version'))
ON CONFLICT (id) DO UPDATE SET version = EXCLUDED.version RETURNING version
"""
_CAMPAIGNS_CHANGED = "UPDATE shop_indexstate SET campaigns_version = version"
# Two statements: right after an import nothing is known of the table, and a join would go through it once for each row.
_OLDEST_STALE = "SELECT product_id FROM shop_staleproduct ORDER BY id LIMIT %s"
_NO_LONGER_STALE = "DELETE FROM shop_staleproduct WHERE product_id = ANY(%s)"
_LIST = """
INSERT INTO shop_listedproduct (product_id, language, title, slug, picture, price, price_before, currency, has_options,
    price_varies, is_available, brand, facts, categories, rating, review_count, score, words, version)
VALUES %s
ON CONFLICT (product_id, language) DO UPDATE SET title = EXCLUDED.title, slug = EXCLUDED.slug,
    picture = EXCLUDED.picture, price = EXCLUDED.price, price_before = EXCLUDED.price_before,
    currency = EXCLUDED.currency, has_options = EXCLUDED.has_options, price_varies = EXCLUDED.price_varies,
    is_available = EXCLUDED.is_available, brand = EXCLUDED.brand, facts = EXCLUDED.facts,
    categories = EXCLUDED.categories, rating = EXCLUDED.rating, review_count = EXCLUDED.review_count,
    score = EXCLUDED.score, words = EXCLUDED.words, version = EXCLUDED.version
"""
_PLACE = """
INSERT INTO shop_productplace (category_id, product_id, score, priority, price, created_at) VALUES %s
ON CONFLICT (category_id, product_id) DO UPDATE SET score = EXCLUDED.score, priority = EXCLUDED.priority,
    price = EXCLUDED.price, created_at = EXCLUDED.created_at
"""
_KNOW_WORDS = """
INSERT INTO shop_searchword AS known (language, word, shown, products, kind) VALUES %s
ON CONFLICT (language, word) DO UPDATE SET kind = EXCLUDED.kind WHERE EXCLUDED.kind < known.kind
"""
_COUNTED = """
SELECT language, array_agg(word), array_agg(ndoc) FROM unnest(%s) AS language
CROSS JOIN LATERAL ts_stat(format('SELECT words FROM shop_listedproduct WHERE language = %%L', language))
GROUP BY language
"""
# What nobody had when they were counted, somebody may have by now.
_FORGET_WORDS = """
DELETE FROM shop_searchword known WHERE language = %(language)s AND word <> ALL(%(words)s::text[]) AND NOT EXISTS (
    SELECT FROM shop_listedproduct listed
    WHERE listed.language = known.language AND listed.words @@ known.word::text::tsquery
)
"""
_TAKE_COUNTS = """
UPDATE shop_searchword known SET products = ndoc
FROM unnest(%(words)s::text[], %(counts)s::int[]) AS counted (counted_word, ndoc)
WHERE language = %(language)s AND word = counted_word COLLATE "C" AND products <> ndoc
"""
_SCORES = (
    """
    UPDATE shop_listedproduct listed SET score = stats.score FROM analytics_productrecord stats
    WHERE stats.product_id = listed.product_id AND listed.score <> stats.score
    """,
    """
    UPDATE shop_productplace place SET score = stats.score FROM analytics_productrecord stats
    WHERE stats.product_id = place.product_id AND place.score <> stats.score
    """,
)


def current_version() -> int:
    """The version of the index, brought up to date if a little is behind. One query where nothing is."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE)
        version, is_stale = cursor.fetchone() or (0, True)
    return _refresh_in_passing() or version if is_stale else version


def version_for(request: HttpRequest | None) -> int:
    """`current_version()`, asked once for a request.

    For guests a process asks no more than once in PAGE_CACHE_SECONDS; `request.shown_until` says when it asks again, by
    time.monotonic().
    """
    if request is None:
        return current_version()
    known: int | None = getattr(request, "_catalogue_version", None)
    if known is None:
        user = getattr(request, "user", None)
        if user and user.is_authenticated:
            known = current_version()
        else:
            request.shown_until, known = _for_guests()  # type: ignore[attr-defined]
        request._catalogue_version = known  # type: ignore[attr-defined]
    return known


def _for_guests() -> tuple[float, int]:
    """Until when they are shown which version."""
    global _asked
    asked = _asked
    if (now := time.monotonic()) >= asked[0]:
        asked = now + settings.PAGE_CACHE_SECONDS, current_version()
        if now >= _asked[0]:  # nobody who asked later has been quicker
            _asked = asked
    return asked


def written_in(product_id: int, language: str) -> int:
    """The version in which a product's row was last written, 0 where it has none. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITTEN_IN, [product_id, language])
        row = cursor.fetchone()
    return row[0] if row else 0


def _refresh_in_passing() -> int:
    """The new version; 0 where somebody else is at it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return _refresh_some(MOST_IN_PASSING) if cursor.fetchone()[0] else 0


def refresh_index() -> int:
    """Bring everything up to date; returns how many products were behind. After an import, and by beat."""
    behind = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            taken = _take(BATCH)
            if taken:
                _write(taken)
        behind += len(taken)
        if not taken:
            return behind


def _refresh_some(most: int) -> int:
    return _write(_take(most))


def _take(most: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST_STALE, [most])
        taken = sorted({product_id for (product_id,) in cursor.fetchall()})
        cursor.execute(_NO_LONGER_STALE, [taken])
        return taken


def _write(product_ids: Sequence[int]) -> int:
    """The index of these products as they are now; returns its new version."""
    version = _next_version()
    rows = rows_of(product_ids)
    listed = {row.product_id for row in rows}
    with connection.cursor() as cursor:
        if CAMPAIGNS in product_ids:
            cursor.execute(_CAMPAIGNS_CHANGED)
        gone = [id for id in product_ids if id not in listed]
        cursor.execute("DELETE FROM shop_listedproduct WHERE product_id = ANY(%s)", [gone])
        cursor.execute("DELETE FROM shop_productplace WHERE product_id = ANY(%s)", [[*product_ids]])
        write = partial(execute_values, cursor.cursor, page_size=BATCH)
        if rows:
            write(_LIST, [_listed(row, version) for row in rows])
            write(_PLACE, [place for row in rows if row.language == rows[0].language for place in _places(row)])
            words = {(row.language, word): shown for row in rows for word, shown in row.written.items()}
            kinds: dict[tuple[str, str], int] = {}
            for row in rows:
                for word, kind in row.kinds.items():
                    kinds[row.language, word] = min(kind, kinds.get((row.language, word), kind))
            write(_KNOW_WORDS, [(*known, shown, 1, kinds[known]) for known, shown in sorted(words.items())])
    return version


def _next_version() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_VERSION)
        return int(cursor.fetchone()[0])


def _listed(row: Row, version: int) -> tuple[object, ...]:
    return (
        *(row.product_id, row.language, row.title, row.slug, row.picture, row.price, row.price_before, row.currency),
        *(row.has_options, row.price_varies, row.is_available, row.brand, row.facts, row.categories),
        *(row.rating, row.review_count, row.score, _vector(row.words), version),
    )


def _vector(words: dict[str, list[str]]) -> str:
    """A tsvector as Postgres writes it; each word with its best weight."""
    weights: dict[str, str] = {}
    for weight, members in words.items():
        for word in members:
            weights.setdefault(word, weight)
    return " ".join(f"{word}:1{weight}" for word, weight in weights.items())


def _places(row: Row) -> list[tuple[object, ...]]:
    return [
        (category, row.product_id, row.score, row.priority, row.price, row.created_at)
        for category in [0, *row.categories]
    ]


def count_words() -> None:
    """Count anew how many products each word of the search describes, and forget those that describe none. Nightly, and
    after an import.

    What takes long is done beforehand; what is written, is written while nobody writes the index, as a word must not be
    forgotten while the first product that has it is on its way.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, [LANGUAGES])
        counted = {language: (words, counts) for language, words, counts in cursor.fetchall()}
    for language in LANGUAGES:
        words, counts = counted.get(language, ([], []))
        known = {"language": language, "words": words, "counts": counts}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            cursor.execute(_FORGET_WORDS, known)
            cursor.execute(_TAKE_COUNTS, known)
            if cursor.rowcount:  # what was found by the old weights is looked for anew
                _next_version()


@transaction.atomic
def take_over_scores() -> None:
    """Let the listings follow analytics_productrecord.score, where shop/catalogue/popularity.py has just written it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        for statement in _SCORES:
            cursor.execute(statement)
    _next_version()
