"""Finding products by what a shopper typed: in either language, misspelt, half-typed, without its dots.

Each word is looked up in the vocabulary of the products' texts (models.SearchWord): itself, its inflections, and where
nobody uses it, what it may be a slip of. Products that have all of the words are the result; where there are none,
those that have the most of them. Long words weigh more than short ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from django.db import connection
from psycopg2.sql import SQL, Composable, Literal

from crm import api as crm
from shop.catalogue.departments import Department, all_departments

LONGEST_QUERY = 200
MOST_WORDS = 8
MOST_RESULTS = 960
VOCABULARY = crm.Vocabulary(table="shop_searchword", word="word", count="products")
MEANINGS = 8  # words that one of the query may stand for
# A word that products use is not taken for a slip of another: only its inflections are meant besides.
INFLECTED = 0.8
# Of the query's weight, what a product must have: one good word of three is enough (never AND), one of ten is not.
FLOOR = 0.3
PER_WORD = 300  # candidates, where no product has all words
# What a word is worth: as it was typed in the title; as it is meant in a title, of either language; anywhere else.
IN_TITLE, MEANT_IN_TITLE, BESIDE = 1.0, 0.9, 0.75


@dataclass(frozen=True)
class Found:
    """Products by falling score. `query` is what was really looked for, "" for nothing; `meant` is the query as it is
    written by others, where a word of it was taken for a slip; `known` are its folded words that products use,
    inflected or not."""

    query: str
    ids: list[int] = field(default_factory=list)
    meant: str = ""
    known: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Word:
    typed: str
    weight: float
    meanings: tuple[str, ...]
    is_slip: bool


def clean_query(query: str) -> str:
    """At most 200 characters on one line."""
    return crm.clean_line(query[:LONGEST_QUERY])


def words_of(query: str) -> list[str]:
    return list(dict.fromkeys(crm.fold(clean_query(query)).split()))[:MOST_WORDS]


def search_products(query: str, *, language: str, limit: int = MOST_RESULTS, as_typed: bool = False) -> Found:
    """The products that fit a query best. Two or three queries.

    `as_typed`: the last word may be unfinished.
    """
    typed = words_of(query)
    if not typed:
        return Found("")
    words = _words(typed, language, typed[-1] if as_typed else "")
    known = [word for word in words if word.meanings]
    ids = _with_all(known, words, language, limit) or _with_any(known, words, language, limit) if known else []
    meant = _as_written(clean_query(query), words, language) if ids else ""
    return Found(
        clean_query(query), ids, meant, frozenset(word.typed for word in words if word.meanings and not word.is_slip)
    )


def search_departments(query: str, *, version: int, language: str, limit: int = 3) -> list[Department]:
    """Departments with a word that begins like one of the query's."""
    words = tuple(word for word in words_of(query) if len(word) > 1)
    return [
        entry
        for entry, parts in _folded_departments(version, language)
        if any(part.startswith(word) for part in parts for word in words)
    ][:limit]


@lru_cache(maxsize=8)
def _folded_departments(version: int, language: str) -> list[tuple[Department, list[str]]]:
    return [(entry, crm.fold(entry.title).split()) for entry in all_departments(version, language)]


def _words(typed: Sequence[str], language: str, unfinished: str) -> list[_Word]:
    looked_up = crm.look_up(VOCABULARY, typed, language=language, unfinished=unfinished)
    return [_word(word, looked_up[word], is_unfinished=word == unfinished) for word in typed]


def _word(typed: str, found: Mapping[str, tuple[float, int]], *, is_unfinished: bool) -> _Word:
    is_known = typed in found
    meant = {
        word: alike
        for word, (alike, _count) in found.items()
        if not is_known or word.startswith(typed) or (alike >= INFLECTED and typed.startswith(word[:4]))
    }
    ranked = sorted(meant, key=lambda word: (not _is_one_slip(typed, word), -meant[word], -found[word][1], word))[
        :MEANINGS
    ]
    is_slip = bool(ranked) and not is_known and not is_unfinished and not _is_inflection(typed, ranked[0])
    return _Word(typed, float(len(typed)), tuple(ranked), is_slip)


def _is_one_slip(typed: str, word: str) -> bool:
    """One letter wrong, missing or too many, or two next to each other swapped: four slips of five (Damerau 1964)."""
    same = _beginning(typed, word)
    typed, word = typed[same:], word[same:]
    swapped = typed[1:2] + typed[:1] + typed[2:]
    return typed[1:] == word[1:] or typed == word[1:] or typed[1:] == word or swapped == word


def _is_inflection(typed: str, word: str) -> bool:
    """Only the end is another, perhaps with the letter before it: kitap, kitabı."""
    same = _beginning(typed, word)
    return len(typed) != len(word) and same >= max(3, min(len(typed), len(word)) - 1)


def _beginning(typed: str, word: str) -> int:
    """How many letters are the same at the beginning."""
    pairs = zip(typed, word, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(typed), len(word)))


_FIND = SQL("""
WITH candidate AS MATERIALIZED ({candidates})
SELECT product_id FROM (
    SELECT product_id, {score} AS score, length(title) AS length, popularity FROM candidate
) scored
WHERE score >= {floor} ORDER BY round(score::numeric, 2) DESC, length, popularity DESC, product_id LIMIT {limit}
""")
_COLUMNS = SQL("SELECT product_id, title, words, score AS popularity FROM shop_listedproduct WHERE language = {}")


def _with_all(known: Sequence[_Word], words: Sequence[_Word], language: str, limit: int) -> list[int]:
    every = " & ".join(f"({_any(word)})" for word in known)
    candidates = SQL("{} AND words @@ {}::tsquery LIMIT {}").format(
        _COLUMNS.format(Literal(language)), Literal(every), Literal(MOST_RESULTS)
    )
    return _find(candidates, known, words, limit)


def _with_any(known: Sequence[_Word], words: Sequence[_Word], language: str, limit: int) -> list[int]:
    if len(known) < 2:
        return []
    candidates = SQL(" UNION ").join(
        SQL("({} AND words @@ {}::tsquery LIMIT {})").format(
            _COLUMNS.format(Literal(language)), Literal(_any(word)), Literal(PER_WORD)
        )
        for word in known
    )
    return _find(candidates, known, words, limit)


def _find(candidates: Composable, known: Sequence[_Word], words: Sequence[_Word], limit: int) -> list[int]:
    total = sum(word.weight for word in words)
    score = SQL(" + ").join(
        SQL(
            "{} * CASE WHEN words @@ {}::tsquery THEN {} WHEN words @@ {}::tsquery THEN {}"
            " WHEN words @@ {}::tsquery THEN {} ELSE 0 END"
        ).format(
            *(Literal(word.weight / total), Literal(f"{word.meanings[0]}:A"), Literal(IN_TITLE)),
            *(Literal(_any(word, ":AC")), Literal(MEANT_IN_TITLE), Literal(_any(word)), Literal(BESIDE)),
        )
        for word in known
    )
    statement = _FIND.format(candidates=candidates, score=score, floor=Literal(FLOOR), limit=Literal(limit))
    with connection.cursor() as cursor:
        cursor.execute(statement.as_string(cursor.cursor))
        return [product_id for (product_id,) in cursor.fetchall()]


def _any(word: _Word, weights: str = "") -> str:
    """A tsquery for any of a word's meanings. They are folded, so nothing in them needs quoting."""
    return " | ".join(f"{meaning}{weights}" for meaning in word.meanings)


def _as_written(query: str, words: Sequence[_Word], language: str) -> str:
    """The query with its slips put right, as the products' texts write those words; "" if there were none."""
    slips = {word.typed: word.meanings[0] for word in words if word.is_slip}
    if not slips:
        return ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word, shown FROM shop_searchword WHERE language = %s AND word = ANY(%s)",
            [language, [*slips.values()]],
        )
        shown = dict(cursor.fetchall())
    pieces = [(piece, slips.get(crm.fold(piece))) for piece in query.split()]
    return " ".join(shown.get(meant, meant) if meant else piece for piece, meant in pieces)
