"""Finding products by what a shopper typed: in either language, misspelt, half-typed, without its dots.

What its words mean is found first (words.py). Products that have all of the words are the result; where there are none,
those that have the most of them. Rare words weigh more than frequent ones. An item number is tried as such.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from statistics import fmean

from django.db import connection
from psycopg2.sql import SQL, Composable, Literal

from crm import api as crm
from shop.catalogue.departments import Department, all_departments
from shop.index.refresh import current_version
from shop.index.rows import LONGEST_WORD, sku_key
from shop.search.nouns import NOUNS
from shop.search.words import Word, any_of, understand

LONGEST_QUERY = 200
MOST_WORDS = 8
MOST_RESULTS = 960
# Of the query's weight, what a product must have: one good word of three is enough (never AND), one of ten is not.
FLOOR = 0.3
PER_WORD = 300  # candidates, where no product has all words
# What a word is worth: as it was typed in the title; in another form in a title, of either language; anywhere else,
# with its like in the title or without; and what only begins with it or is like it, in the title or elsewhere.
IN_TITLE, FORM_IN_TITLE, BESIDE_ITS_LIKE, BESIDE, LIKE_IT_IN_TITLE, LIKE_IT = 1.0, 0.9, 0.7, 0.65, 0.6, 0.55


@dataclass(frozen=True)
class Found:
    """Products by falling score. `query` is what was really looked for, "" for nothing; `meant` is the query as it is
    written by others, where a word of it was taken for a slip, or, if nothing was found, may have been one; `known` are
    the folded words of `question` that products use, inflected or not, and everyday nouns: no slips."""

    query: str
    ids: list[int] = field(default_factory=list)
    meant: str = ""
    known: frozenset[str] = frozenset()

    @property
    def question(self) -> str:
        """What the help is asked beside the products: without the slips that these explain."""
        return self.meant if self.ids and self.meant else self.query


def clean_query(query: str) -> str:
    """At most 200 characters on one line."""
    return crm.clean_line(query[:LONGEST_QUERY])


def words_of(query: str) -> list[str]:
    words = [word[:LONGEST_WORD] for word in crm.fold(clean_query(query)).split()]
    return list(dict.fromkeys(words))[:MOST_WORDS]


def search_products(
    query: str, *, language: str, limit: int = MOST_RESULTS, as_typed: bool = False, version: int | None = None
) -> Found:
    """The products that fit a query best. Two queries if products use its words, up to eight for slips.

    `as_typed`: the last word may be unfinished. `version`: of the index; one more query where it is not known, and one
    for the first search in a version, which reads the synonyms.
    """
    typed = words_of(query)
    if not typed:
        return Found("")
    ids = _with_sku(query, language, limit) if any(map(str.isdigit, query)) else []
    if ids:
        return Found(clean_query(query), ids, known=frozenset(typed))
    version = current_version() if version is None else version
    words = understand(typed, language=language, version=version, unfinished=typed[-1] if as_typed else "")
    known = [word for word in words if word.meanings]
    used = frozenset(word.typed for word in known if not word.correct) | NOUNS[language].intersection(typed)
    subject = [word for word in known if not word.is_grammar]
    ids = _with_all(known, words, language, limit)
    if not ids and len(subject) < len(known):
        ids = _with_all(subject, words, language, limit)
    if ids:
        correct = {word.typed: word.correct for word in words}
        used |= frozenset(piece for word in known for piece in crm.fold(word.correct).split())
        return Found(clean_query(query), ids, _as_written(clean_query(query), correct), used)
    # No slip is spoken of here: it is as likely that something else was meant ("kutu oyunu", a board game).
    ids = _with_any(known, words, language, limit) or _with_sku(query, language, limit)
    perhaps = {} if ids else {word.typed: word.perhaps for word in words}
    return Found(clean_query(query), ids, _as_written(clean_query(query), perhaps), used)


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


_FIND = SQL("""
WITH candidate AS MATERIALIZED ({candidates})
SELECT product_id FROM (
    SELECT product_id, {score} AS score, length(title) AS length, popularity FROM candidate
) scored
WHERE score >= {floor} ORDER BY round(score::numeric, 2) DESC, length, popularity DESC, product_id LIMIT {limit}
""")
_COLUMNS = SQL("SELECT product_id, title, words, score AS popularity FROM shop_listedproduct WHERE language = {}")


def _with_all(known: Sequence[Word], words: Sequence[Word], language: str, limit: int) -> list[int]:
    if not known:
        return []
    every = " & ".join(any_of(word.meanings) for word in known)
    candidates = SQL("{} AND words @@ {}::tsquery LIMIT {}").format(
        _COLUMNS.format(Literal(language)), Literal(every), Literal(MOST_RESULTS)
    )
    return _find(candidates, known, words, limit)


def _with_any(known: Sequence[Word], words: Sequence[Word], language: str, limit: int) -> list[int]:
    if len(known) < 2:
        return []
    candidates = SQL(" UNION ").join(
        SQL("({} AND words @@ {}::tsquery LIMIT {})").format(
            _COLUMNS.format(Literal(language)), Literal(any_of(word.meanings)), Literal(PER_WORD)
        )
        for word in known
    )
    return _find(candidates, known, words, limit)


def _with_sku(query: str, language: str, limit: int) -> list[int]:
    """Products whose SKU, or that of a variant, is made of the query's pieces (COF-004 for cof004, cof 4), or begins
    with them (cof-4-teal for cof-4). One that begins with them all the same, if none is: somebody stopped typing, it
    may be in the middle of its zeros. What was suggested meanwhile is what the page of results shows.
    """
    key = re.sub(r"(?<=[a-z])0$", "", sku_key(query))
    if len(key) > LONGEST_WORD:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT product_id, words @@ %s::tsquery AS is_whole FROM shop_listedproduct"
            " WHERE language = %s AND words @@ %s::tsquery ORDER BY is_whole DESC, score DESC, product_id LIMIT %s",
            [key, language, f"{key}:*", limit],
        )
        rows = cursor.fetchall()
    return [product_id for product_id, is_whole in rows if is_whole == rows[0][1]]


def _find(candidates: Composable, known: Sequence[Word], words: Sequence[Word], limit: int) -> list[int]:
    # What nobody uses counts like the others: it must not shut out what has the rest.
    telling = [word.weight for word in known if not (word.is_grammar or word.is_sign)]
    usual = fmean(telling or [1.0])
    total = sum(word.weight if word.meanings or word.is_sign else usual for word in words)
    score = SQL(" + ").join(
        SQL("{} * CASE {} ELSE 0 END").format(Literal(word.weight / total), SQL(" ").join(_worth(word)))
        for word in known
    )
    statement = _FIND.format(candidates=candidates, score=score, floor=Literal(FLOOR), limit=Literal(limit))
    with connection.cursor() as cursor:
        cursor.execute(statement.as_string(cursor.cursor))
        return [product_id for (product_id,) in cursor.fetchall()]


def _worth(word: Word) -> list[Composable]:
    same = (*word.exact, *word.forms)
    like_it = _weighted(word.others, "A")
    steps = [
        (_weighted(word.exact, "A"), IN_TITLE),
        (_weighted(same, "AC"), FORM_IN_TITLE),
        (f"{any_of(same)} & ({like_it})" if same and like_it else "", BESIDE_ITS_LIKE),
        (" | ".join(same), BESIDE),
        (like_it, LIKE_IT_IN_TITLE),
        (" | ".join(word.others), LIKE_IT),
    ]
    return [
        SQL("WHEN words @@ {}::tsquery THEN {}").format(Literal(query), Literal(worth))
        for query, worth in steps
        if query
    ]


def _weighted(meanings: Sequence[str], weights: str) -> str:
    return re.sub(r"\w+", rf"\g<0>:{weights}", " | ".join(meanings))


def _as_written(query: str, correct: dict[str, str]) -> str:
    """The query with its slips put right, as the products' texts write those words; "" if there were none."""
    if not any(correct.values()):
        return ""
    return " ".join(correct.get(crm.fold(piece)) or piece for piece in query.split())
