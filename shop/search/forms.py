"""The words that products are described with (models.SearchWord), asked for in all forms of a word."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from shop.models import SearchWord
from shop.search.inflections import ENDING, are_forms, beginnings, is_of_noun, stems
from shop.search.nouns import NOUNS

MOST_FORMS = 16
MOST_OTHERS = 8


@dataclass(frozen=True)
class Used:
    """A word that products use."""

    word: str
    shown: str
    products: int
    kind: int

    @property
    def is_name(self) -> bool:
        return self.kind == SearchWord.Kind.NAME


@dataclass(frozen=True)
class Meant:
    """What products use of a word: itself, its forms, what begins with it; and how many products use the most used."""

    exact: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    longer: tuple[str, ...] = ()
    products: int = field(default=0, compare=False)

    @property
    def same(self) -> tuple[str, ...]:
        return (*self.exact, *self.forms)


# For each word: those that begin like one of its stems and end as Turkish nouns do; those with its English stem;
# those that begin with it. One scan for all, or planning would take longer than looking.
_FORMS = """
WITH asked AS (
    SELECT 'turkish' AS how, token, beginning, '' AS stem, 60 AS longest
    FROM unnest(%(turkish)s::text[], %(beginnings)s::text[]) AS given (token, beginning)
    UNION ALL
    SELECT 'english', token, CASE WHEN length(stem) > 3 THEN left(stem, -1) ELSE stem END, stem, 60
    FROM unnest(%(tokens)s::text[]) AS token
    CROSS JOIN LATERAL (SELECT (ts_lexize('english_stem', token))[1] AS stem OFFSET 0) stemmed
    WHERE length(stem) >= 3 AND token !~ '[0-9]|li$'
    UNION ALL
    SELECT 'longer', token, token, '',
        CASE WHEN token = %(unfinished)s THEN 60 WHEN length(token) = 3 THEN 5 ELSE length(token) + 6 END
    FROM unnest(%(tokens)s::text[]) AS token WHERE length(token) >= 3 OR token = %(unfinished)s
)
SELECT how, token, found.* FROM asked CROSS JOIN LATERAL (
    SELECT word, shown, products, kind FROM shop_searchword
    WHERE language = %(language)s AND products > 0
    AND word >= beginning COLLATE "C" AND word < beginning || '{' COLLATE "C" AND length(word) <= longest
    AND CASE how
        WHEN 'turkish' THEN word = beginning COLLATE "C" OR substr(word, length(beginning) + 1) ~ %(ending)s
        WHEN 'english' THEN word !~ 'li$' AND (ts_lexize('english_stem', word))[1] = stem
        ELSE word <> token COLLATE "C"
    END
    ORDER BY products DESC LIMIT 40
) found
"""


def forms_of(tokens: Sequence[str], language: str, unfinished: str = "") -> dict[str, Meant]:
    """What products use of each word. One query."""
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
    found: dict[str, dict[str, dict[str, Used]]] = {
        token: {"turkish": {}, "english": {}, "longer": {}} for token in tokens
    }
    with connection.cursor() as cursor:
        cursor.execute(_FORMS, asked)
        for how, token, *used in cursor.fetchall():
            found[token][how][used[0]] = Used(*used)
    return {token: _sorted(token, is_whole=token != unfinished, **found[token]) for token in tokens}


def _beginnings(token: str) -> Iterable[str]:
    return beginnings(token) if token.isalpha() else [token]


def _sorted(
    token: str,
    *,
    is_whole: bool,
    turkish: Mapping[str, Used],
    english: Mapping[str, Used],
    longer: Mapping[str, Used],
) -> Meant:
    is_used = token in turkish
    used_stems = frozenset(stem for stem in stems(token) if stem in turkish)
    forms = {
        word: used
        for word, used in turkish.items()
        if word != token and are_forms(token, word, is_used=is_used, used_stems=used_stems)
    }
    forms |= {word: used for word, used in english.items() if word != token}
    others = {word: used for word, used in longer.items() if word not in forms}
    if is_whole and any(token in nouns for nouns in NOUNS.values()):
        others = {word: used for word, used in others.items() if is_of_noun(word, token)}
    same = [*([turkish[token]] if is_used else []), *forms.values()]
    return Meant(
        products=max((used.products for used in same or others.values()), default=0),
        exact=(token,) if is_used else (),
        forms=_most_used(forms.values())[:MOST_FORMS],
        longer=_most_used(others.values())[:MOST_OTHERS],
    )


def _most_used(words: Iterable[Used]) -> tuple[str, ...]:
    return tuple(
        used.word for used in sorted(words, key=lambda used: (used.kind, -used.products, len(used.word), used.word))
    )
