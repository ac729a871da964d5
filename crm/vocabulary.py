"""Words that may be meant by a word that somebody typed, out of those that texts really use.

A vocabulary is a table with a row for each folded word of a language and how many texts use it, with a trigram index on
the word (COLLATE "C"). It stays small however many texts there are, which is what makes looking for slips cheap. The
index is a GiST one: it brings the most alike first and stops at enough; of GIN, all words that share any trigram would
have to be weighed, and Postgres rather reads the whole table.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from psycopg2.sql import SQL, Identifier

ALIKE_ENOUGH = 0.6


@dataclass(frozen=True)
class Vocabulary:
    """Where the words are: the table, its column of words, and the one that counts the texts."""

    table: str
    word: str
    count: str


# The same word; words that begin like it; words of similar trigrams; for one that nobody uses, words that begin
# with the same two letters (a short word with two letters swapped shares hardly a trigram).
_LOOK_UP = """
    WITH asked AS (
        SELECT token, EXISTS (
            SELECT 1 FROM {table} t WHERE t.language = %(language)s AND t.{word} = token COLLATE "C" AND t.{count} > 0
        ) AS is_known
        FROM unnest(%(tokens)s::text[]) AS token
    )
    SELECT DISTINCT asked.token, found.word, found.count
    FROM asked
    CROSS JOIN LATERAL (
        (SELECT t.{word}, t.{count} FROM {table} t
         WHERE t.language = %(language)s AND t.{word} = asked.token COLLATE "C")
        UNION ALL
        (SELECT t.{word}, t.{count} FROM {table} t
         WHERE t.language = %(language)s AND length(asked.token) >= 3
         AND t.{word} >= left(asked.token, 4) COLLATE "C" AND t.{word} < left(asked.token, 4) || '{{' COLLATE "C"
         ORDER BY t.{count} DESC LIMIT 60)
        UNION ALL
        (SELECT t.{word}, t.{count} FROM {table} t
         WHERE t.language = %(language)s AND asked.token = %(unfinished)s
         AND t.{word} >= asked.token COLLATE "C" AND t.{word} < asked.token || '{{' COLLATE "C"
         ORDER BY t.{count} DESC LIMIT 30)
        UNION ALL
        (SELECT t.{word}, t.{count} FROM {table} t
         WHERE t.language = %(language)s AND length(asked.token) >= 4 AND t.{word} %% asked.token
         ORDER BY t.{word} <-> asked.token LIMIT 20)
        UNION ALL
        (SELECT t.{word}, t.{count} FROM {table} t
         WHERE t.language = %(language)s AND NOT asked.is_known AND length(asked.token) >= 4
         AND t.{word} >= left(asked.token, 2) COLLATE "C" AND t.{word} < left(asked.token, 2) || '{{' COLLATE "C"
         AND abs(length(t.{word}) - length(asked.token)) <= 1
         ORDER BY t.{count} DESC LIMIT 100)
    ) AS found (word, count)
    WHERE found.count > 0 AND found.word <> ''
"""


def look_up(
    vocabulary: Vocabulary, tokens: Sequence[str], *, language: str, unfinished: str = ""
) -> dict[str, dict[str, tuple[float, int]]]:
    """The words that each of the folded `tokens` may mean: {token: {word: (likeness, texts that use it)}}. One query.

    `unfinished` is the token that is still being typed, if any.
    """
    named = {name: Identifier(getattr(vocabulary, name)) for name in ("table", "word", "count")}
    with connection.cursor() as cursor:
        statement = SQL(_LOOK_UP).format(**named).as_string(cursor.cursor)
        cursor.execute(statement, {"language": language, "tokens": [*tokens], "unfinished": unfinished})
        rows = cursor.fetchall()
    meant: dict[str, dict[str, tuple[float, int]]] = {token: {} for token in tokens}
    for token, word, count in rows:
        alike = likeness(token, word, is_unfinished=token == unfinished)
        if alike >= ALIKE_ENOUGH:
            meant[token][word] = (alike, count)
    return meant


def likeness(asked: str, word: str, *, is_unfinished: bool = False) -> float:
    """0 for another word, 1 for the same; in between for an inflection or a typing error.

    `is_unfinished`: `asked` is still being typed, so that any word that begins with it is meant.
    """
    if asked == word:
        return 1.0
    if is_unfinished and word.startswith(asked):
        return 0.9
    shared = _shared_beginning(asked, word)
    shorter, longer = sorted((len(asked), len(word)))
    inflected = 0.0
    if shared == shorter and shorter >= 3 and longer - shorter <= (2 if shorter == 3 else 6):
        inflected = 1.0 - 0.05 * (longer - shorter)
    elif shared >= 4 and shared >= 0.55 * longer:
        inflected = 0.45 + 0.5 * shared / longer
    elif shared >= 3 and shorter - shared <= 1 and longer - shared <= 3 and shorter >= 4:
        inflected = 0.6
    return max(inflected, _mistyped(asked, word))


def _shared_beginning(one: str, other: str) -> int:
    for index, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return index
    return min(len(one), len(other))


def _mistyped(asked: str, word: str) -> float:
    """A slip or two; the longer the word, the surer. A long ending after the slip is allowed for ("kagrom": kargo)."""
    if len(asked) < 4 or len(word) < 4 or abs(len(asked) - len(word)) > 2:
        return 0.0
    slips = _distance(asked, word)
    allowed = 1 if len(asked) < 7 else 2
    if slips > allowed:
        return 0.0
    return 1.0 - slips * (1.2 if asked[0] == word[0] else 1.6) / max(5, len(asked))


def _distance(one: str, other: str) -> int:
    """Slips between two words: a letter more, less or other, or two letters swapped (optimal string alignment)."""
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before_last[j - 2] + 1)
            row.append(cost)
        before_last, last = last, row
    return last[-1]
