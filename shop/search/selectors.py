"""Finding products by what a shopper typed: in either language, misspelt, half-typed, without its dots."""

from dataclasses import dataclass

from django.db import connection, transaction

from crm import api as crm
from shop.catalogue.selectors import Department, all_departments

LONGEST_QUERY = 200
MOST_WORDS = 8
MOST_RESULTS = 480

# A word is found from here on: "cezbe" is 0.5 of "cezve". Lower, and every word finds something.
WORD_FLOOR = 0.45
# The words' mean, long words weighing more. One good word of three is enough (never AND), one of ten is not;
# of a single short one ("kah") more is asked, as three letters resemble too much.
MEAN_FLOOR = 0.34
ONE_WORD_FLOOR = 0.42
SHORT_FLOOR = 0.55
SHORT = 4
OTHER_LANGUAGE = 0.9
BESIDE_TITLE = 0.8

_SEARCH = """
WITH words AS (
    SELECT word, length(word)::real / sum(length(word)) OVER () AS weight
    FROM unnest(%(words)s) AS word
), candidates AS MATERIALIZED (
    SELECT text.product_id, text.search_fold, split_part(text.search_fold, E'\\n', 1) AS title,
           CASE WHEN text.language = %(language)s THEN 1.0 ELSE %(other)s END AS share
    FROM shop_producttext text
    WHERE {is_found}
), scored AS (
    SELECT product_id, share * sum(
        weight * greatest(word_similarity(word, title), %(beside)s * word_similarity(word, search_fold))
    ) AS score, share * min(length(title)) AS title_length
    FROM candidates CROSS JOIN words
    GROUP BY product_id, share, search_fold
)
SELECT scored.product_id, max(score) AS best
FROM scored JOIN catalogue_product product ON product.id = scored.product_id
WHERE product.is_public AND product.structure <> 'child'
GROUP BY scored.product_id
HAVING max(score) >= %(floor)s
ORDER BY round(max(score)::numeric, 3) DESC, min(title_length), scored.product_id
LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Found:
    """Products by falling score; `query` is what was really looked for, "" for nothing."""

    query: str
    ids: list[int]


def clean_query(query: str) -> str:
    """At most 200 characters on one line."""
    return crm.clean_line(query[:LONGEST_QUERY])


def words_of(query: str) -> list[str]:
    return list(dict.fromkeys(crm.fold(clean_query(query)).split()))[:MOST_WORDS]


def _floor(words: list[str]) -> float:
    if sum(map(len, words)) <= SHORT:
        return SHORT_FLOOR
    return ONE_WORD_FLOOR if len(words) == 1 else MEAN_FLOOR


def search_products(query: str, *, language: str, limit: int = MOST_RESULTS) -> Found:
    """The products that fit a query best, in the shopper's language or, a little less, in the other one. One query."""
    words = words_of(query)
    if not words:
        return Found("", [])
    # One condition for each word and not `ANY(…)`: a trigram index serves only the former.
    is_found = " OR ".join(f"text.search_fold %%> %(word_{place})s" for place in range(len(words)))
    parameters: dict[str, str | int | float | list[str]] = {
        **{f"word_{place}": word for place, word in enumerate(words)},
        "words": words,
        "language": language,
        "other": OTHER_LANGUAGE,
        "beside": BESIDE_TITLE,
        "floor": _floor(words),
        "limit": limit,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(WORD_FLOOR)])
        cursor.execute(_SEARCH.format(is_found=is_found), parameters)
        return Found(clean_query(query), [product_id for product_id, _ in cursor.fetchall()])


def search_departments(query: str, *, language: str, limit: int = 3) -> list[Department]:
    """Departments with a word that begins like one of the query's."""
    words = [word for word in words_of(query) if len(word) > 1]
    hits = [
        entry
        for entry in all_departments(language)
        if any(part.startswith(word) for part in crm.fold(entry.title).split() for word in words)
    ]
    return hits[:limit]
