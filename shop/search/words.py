"""What is meant by the words of a query, out of the words that products are described with (models.SearchWord).

A word that products use, in whatever form, means its forms, and after them what begins with it. Only a word that
nobody uses is taken for something else: for a slip of one letter, for two words written as one, at last for what is
most like it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from string import ascii_lowercase
from typing import Any

from django.db import connection

from crm import api as crm
from shop.search.inflections import ENDING, are_forms, beginnings, is_doubtful, is_ending, is_plural, softened, stems

VOCABULARY = crm.Vocabulary(table="shop_searchword", word="word", count="products")
MOST_FORMS = 16
MOST_OTHERS = 8
SHORTEST_SLIP = 4
SHORTEST_PART = 3  # of two words written as one
SHORTEST_NAME = 6
# Likeness that a common beginning of three letters alone does not reach.
ALIKE_ENOUGH = 0.61


@dataclass(frozen=True)
class Word:
    """A word of the query. `exact` is the word as it was meant, `forms` of it and what it was joined to, `others` what
    may be meant besides; all are queries for a tsvector. `correct` is how others write it, if it was a slip."""

    typed: str
    weight: float
    exact: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    correct: str = ""

    @property
    def meanings(self) -> tuple[str, ...]:
        return (*self.exact, *self.forms, *self.others)


@dataclass(frozen=True)
class _Used:
    """A word that products use."""

    word: str
    shown: str
    products: int
    is_name: bool


@dataclass(frozen=True)
class _Meant:
    exact: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    longer: tuple[str, ...] = ()

    @property
    def is_used(self) -> bool:
        return bool(self.exact or self.forms)


def understand(typed: Sequence[str], *, language: str, unfinished: str = "") -> list[Word]:
    """The words of a query and what they mean. One query where products use all of them, up to five for slips.

    `unfinished` is the word that is still being typed, if any.
    """
    pairs = {one + other: (one, other) for one, other in pairwise(typed)}
    meant = _meant([*typed, *pairs], language, unfinished)
    words = {word: _plain(word, meant[word]) for word in typed}
    joined: set[str] = set()
    for pair, parts in pairs.items():
        if meant[pair].is_used:
            for part in parts:
                exact = (*words[part].exact, *meant[pair].exact)
                words[part] = replace(words[part], exact=exact, forms=(*words[part].forms, *meant[pair].forms))
            joined.update(parts)
    unknown = [word for word in typed if not words[word].meanings and word not in joined]
    words |= _guessed(unknown, language, unfinished)
    return [words[word] for word in typed]


def _plain(typed: str, meant: _Meant) -> Word:
    return Word(typed, float(len(typed)), meant.exact, meant.forms, meant.longer)


def _guessed(unknown: Sequence[str], language: str, unfinished: str) -> dict[str, Word]:
    long_enough = [word for word in unknown if len(word) >= SHORTEST_SLIP]
    if not long_enough:
        return {}
    slips = {word: slip for word in long_enough if (slip := _slip(word, language))}
    halves = {word: list(_halves(word)) for word in long_enough if word not in slips}
    asked = [
        *(slip.word for slip in slips.values()),
        *(half for pairs in halves.values() for pair in pairs for half in pair),
    ]
    meant = _meant(asked, language) if asked else {}
    found: dict[str, Word] = {}
    for word, slip in slips.items():
        correct = "" if word == unfinished else slip.shown
        found[word] = replace(_plain(word, meant[slip.word]), others=(), correct=correct)
    for word, pairs in halves.items():
        both = [_both(meant[one], meant[other]) for one, other in pairs if meant[one].is_used and meant[other].is_used]
        if there := _that_are_there(both, language):
            found[word] = Word(word, float(len(word)), forms=there)
    rest = [word for word in long_enough if word not in found]
    return found | (_alike(rest, language, unfinished) if rest else {})


# --- Forms -----------------------------------------------------------------------------------------------

# Words that begin like a stem of the asked one and end as Turkish nouns do; those with its English stem; those that
# begin with it.
_FORMS = """
WITH turkish AS (
    SELECT * FROM unnest(%(turkish)s::text[], %(beginnings)s::text[]) AS asked (token, beginning)
), english AS (
    SELECT token, stem, CASE WHEN length(stem) > 3 THEN left(stem, -1) ELSE stem END AS beginning
    FROM unnest(%(tokens)s::text[]) AS token
    CROSS JOIN LATERAL (SELECT (ts_lexize('english_stem', token))[1] AS stem) stemmed
    WHERE length(stem) >= 3 AND token !~ '[0-9]'
), longer AS (
    SELECT token,
        CASE WHEN token = %(unfinished)s THEN 40 WHEN length(token) = 3 THEN 5 ELSE length(token) + 6 END AS most
    FROM unnest(%(tokens)s::text[]) AS token WHERE length(token) >= 3 OR token = %(unfinished)s
)
SELECT 'turkish', token, found.* FROM turkish CROSS JOIN LATERAL (
    SELECT word, shown, products, is_name FROM shop_searchword
    WHERE language = %(language)s AND products > 0
    AND word >= beginning COLLATE "C" AND word < beginning || '{' COLLATE "C"
    AND (word = beginning COLLATE "C" OR substr(word, length(beginning) + 1) ~ %(ending)s)
    ORDER BY products DESC LIMIT 40
) found
UNION ALL
SELECT 'english', token, found.* FROM english CROSS JOIN LATERAL (
    SELECT word, shown, products, is_name FROM shop_searchword
    WHERE language = %(language)s AND products > 0
    AND word >= beginning COLLATE "C" AND word < beginning || '{' COLLATE "C"
    AND (ts_lexize('english_stem', word))[1] = stem
    ORDER BY products DESC LIMIT 10
) found
UNION ALL
SELECT 'longer', token, found.* FROM longer CROSS JOIN LATERAL (
    SELECT word, shown, products, is_name FROM shop_searchword
    WHERE language = %(language)s AND products > 0
    AND word > token COLLATE "C" AND word < token || '{' COLLATE "C" AND length(word) <= most
    ORDER BY products DESC LIMIT 30
) found
"""


def _meant(tokens: Sequence[str], language: str, unfinished: str = "") -> dict[str, _Meant]:
    """What products use of each word: itself, its forms, what begins with it. One query."""
    tokens = list(dict.fromkeys(tokens))
    turkish = [(token, beginning) for token in tokens for beginning in sorted(_beginnings(token))]
    asked: dict[str, Any] = {
        "tokens": tokens,
        "turkish": [token for token, _ in turkish],
        "beginnings": [beginning for _, beginning in turkish],
        "language": language,
        "unfinished": unfinished,
        "ending": f"^{ENDING}$",
    }
    found: dict[str, dict[str, dict[str, _Used]]] = {
        token: {"turkish": {}, "english": {}, "longer": {}} for token in tokens
    }
    with connection.cursor() as cursor:
        cursor.execute(_FORMS, asked)
        for how, token, *used in cursor.fetchall():
            found[token][how][used[0]] = _Used(*used)
    return {token: _sorted(token, **found[token]) for token in tokens}


def _beginnings(token: str) -> Iterable[str]:
    return beginnings(token) if token.isalpha() else [token]


def _sorted(
    token: str, *, turkish: Mapping[str, _Used], english: Mapping[str, _Used], longer: Mapping[str, _Used]
) -> _Meant:
    is_used = token in turkish
    used_stems = frozenset(stem for stem in stems(token) if stem in turkish)
    forms = {
        word: used
        for word, used in turkish.items()
        if word != token and are_forms(token, word, is_used=is_used, used_stems=used_stems)
    }
    forms |= {word: used for word, used in english.items() if word != token}
    others = {word: used for word, used in longer.items() if word not in forms}
    return _Meant(
        exact=(token,) if is_used else (),
        forms=_most_used(forms.values())[:MOST_FORMS],
        longer=_most_used(others.values())[:MOST_OTHERS],
    )


def _most_used(words: Iterable[_Used]) -> tuple[str, ...]:
    return tuple(used.word for used in sorted(words, key=lambda used: (-used.products, len(used.word), used.word)))


# --- Slips -----------------------------------------------------------------------------------------------

_ANY_OF = """
SELECT word, shown, products, is_name
FROM unnest(%(beginnings)s::text[]) AS beginning CROSS JOIN LATERAL (
    SELECT word, shown, products, is_name FROM shop_searchword
    WHERE language = %(language)s AND products > 0
    AND word >= beginning COLLATE "C" AND word < beginning || '{' COLLATE "C"
    AND (word = beginning COLLATE "C" OR substr(word, length(beginning) + 1) ~ %(ending)s)
    ORDER BY word LIMIT 3
) found
"""


def _slip(typed: str, language: str) -> _Used | None:
    """What a word with one wrong letter should have been: a word that products use, or what one of theirs is a form of.

    One letter wrong, missing or too many, or two next to each other swapped, are four slips of five (Damerau 1964).
    """
    bases = [
        typed,
        *(stem for stem, ending in stems(typed).items() if is_plural(ending) and len(stem) >= SHORTEST_SLIP),
    ]
    edits = {edit for base in bases for edit in _edits(base)}
    asked = sorted(edits | {soft for edit in edits if (soft := softened(edit))})
    with connection.cursor() as cursor:
        cursor.execute(_ANY_OF, {"beginnings": asked, "language": language, "ending": f"^({ENDING}|e?s)$"})
        rows = [_Used(*used) for used in cursor.fetchall()]
    best: tuple[tuple[bool, bool, int, str], _Used] | None = None
    for used in rows:
        if _is_too_far(used, typed):
            continue
        meant = [stem for stem in _stems_of(used.word) if stem in edits]
        if not meant:
            continue
        stem = max(meant, key=len)
        order = (stem[0] != typed[0], stem != used.word, -used.products, stem)
        if best is None or order < best[0]:
            shown = used.shown[: len(stem)] if used.word.startswith(stem) else stem
            best = order, replace(used, word=stem, shown=shown)
    return best[1] if best else None


def _stems_of(word: str) -> list[str]:
    turkish = [stem for stem, ending in stems(word).items() if not is_doubtful(ending)]
    return [*turkish, *(word.removesuffix(ending) for ending in ("s", "es"))]


def _edits(word: str) -> set[str]:
    parts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    swapped = {one + other[1] + other[0] + other[2:] for one, other in parts if len(other) > 1}
    fewer = {one + other[1:] for one, other in parts if other}
    changed = {one + letter + other[1:] for one, other in parts if other for letter in ascii_lowercase}
    more = {one + letter + other for one, other in parts for letter in ascii_lowercase}
    return {edit for edit in swapped | fewer | changed | more if len(edit) >= SHORTEST_PART} - {word}


# --- Two words written as one ----------------------------------------------------------------------------


def _halves(word: str) -> Iterable[tuple[str, str]]:
    return [(word[:place], word[place:]) for place in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1)]


def _both(one: _Meant, other: _Meant) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (*one.exact, *one.forms), (*other.exact, *other.forms)


def _that_are_there(pairs: Sequence[tuple[tuple[str, ...], tuple[str, ...]]], language: str) -> tuple[str, ...]:
    """Those of the pairs that describe a product together."""
    queries = [f"({' | '.join(one)}) & ({' | '.join(other)})" for one, other in pairs]
    if not queries:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT query FROM unnest(%s::text[]) AS query WHERE EXISTS ("
            " SELECT FROM shop_listedproduct WHERE language = %s AND words @@ query::tsquery)",
            [queries, language],
        )
        return tuple(f"({query})" for (query,) in cursor.fetchall())


# --- Likeness --------------------------------------------------------------------------------------------


def _alike(unknown: Sequence[str], language: str, unfinished: str) -> dict[str, Word]:
    """By trigrams, common beginnings and several slips: what comes nearest to words that nobody uses."""
    found = crm.look_up(VOCABULARY, unknown, language=language, unfinished=unfinished)
    used = _used({word for near in found.values() for word in near}, language)
    words = {}
    for typed, near in found.items():
        good = [
            word
            for word in near
            if near[word][0] >= ALIKE_ENOUGH and word in used and not _is_too_far(used[word], typed)
        ]
        ranked = sorted(good, key=lambda word: (-near[word][0], -near[word][1], word))[:MOST_OTHERS]
        if ranked:
            is_slip = typed != unfinished and not _is_related(typed, ranked[0])
            correct = used[ranked[0]].shown if is_slip else ""
            words[typed] = Word(typed, float(len(typed)), (ranked[0],), (), tuple(ranked[1:]), correct)
    return words


def _used(words: Iterable[str], language: str) -> dict[str, _Used]:
    statement = "SELECT word, shown, products, is_name FROM shop_searchword WHERE language = %s AND word = ANY(%s)"
    with connection.cursor() as cursor:
        cursor.execute(statement, [language, [*words]])
        return {row[0]: _Used(*row) for row in cursor.fetchall()}


def _is_too_far(used: _Used, typed: str) -> bool:
    """A short name is not what a word for a thing was meant to be (havlu, a towel: the brand "Ceviz Avlu")."""
    return used.is_name and (len(used.word) < SHORTEST_NAME or used.word[0] != typed[0])


def _is_related(typed: str, word: str) -> bool:
    """Not a slip: the same noun goes on in another way (kalemler, kalemlik)."""
    return any(
        word.startswith(stem) and (not ending or is_ending(stem, ending))
        for stem, ending in stems(typed).items()
        if len(stem) >= 3
    )
