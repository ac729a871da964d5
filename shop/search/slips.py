"""What may be meant by a word that no product uses: one wrong letter, two words written as one, something alike."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from string import ascii_lowercase
from typing import Any

from django.db import connection

from crm import api as crm
from knowledgebase import api as knowledgebase
from shop.search.forms import MOST_OTHERS, Used
from shop.search.inflections import SURE_ENDING, before_vowel, is_doubtful, is_ending, is_plural, stems

VOCABULARY = crm.Vocabulary(table="shop_searchword", word="word", count="products")
SHORTEST_SLIP, LONGEST_SLIP = 4, 24
SHORTEST_PART = 3  # of two words written as one
SHORTEST_NAME = 6
# Below, a word is one letter away from too many others: only the key beside it was hit, or another vowel.
SHORTEST_CHANGED = 6
MOST_SLIPS = 6
# Likeness that a common beginning of three letters alone does not reach.
ALIKE_ENOUGH = 0.61
VOWELS = "aeiou"
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {pair for row in _KEYS for keys in (row, row[::-1]) for pair in pairwise(keys)}
_ENDINGS = {"tr": f"^{SURE_ENDING}$", "en": "^e?s$"}


@dataclass(frozen=True)
class Slip:
    """What should have been typed, how products write that, and the words of theirs that are forms of it."""

    word: str
    shown: str
    used: tuple[str, ...]


# --- One letter ------------------------------------------------------------------------------------------

_ANY_OF = """
SELECT word, shown, products, kind
FROM unnest(%(beginnings)s::text[]) AS beginning CROSS JOIN LATERAL (
    SELECT word, shown, products, kind FROM shop_searchword
    WHERE language = %(language)s AND products > 0
    AND word >= beginning COLLATE "C" AND word < beginning || '{' COLLATE "C"
    AND (word = beginning COLLATE "C" OR substr(word, length(beginning) + 1) ~ %(ending)s)
    ORDER BY word LIMIT 3
) found
"""
# And, in the same query, whether the help has the word in its headings.
_ANY_OR_HELP = f"{_ANY_OF} UNION ALL SELECT '', '', 0, 0 WHERE EXISTS ({knowledgebase.IN_HEADINGS})"


def may_be_slip(word: str) -> bool:
    """Short words are near to too many others, and of long ones there are too many."""
    return SHORTEST_SLIP <= len(word) <= LONGEST_SLIP


def slips_of(typed: str, language: str) -> list[Slip] | None:
    """What a word with one wrong letter may have been, the likeliest first: a word that products use, or what one of
    theirs is a form of. None if it is a word of the help's, a right one that is, of whatever else. One query.

    One letter wrong, missing or too many, or two next to each other swapped, are four slips of five (Damerau 1964).
    """
    plurals = (stem for stem, ending in stems(typed).items() if is_plural(ending) and len(stem) >= SHORTEST_SLIP)
    edits = {edit: order for base in [*plurals, typed] for edit, order in _edits(base).items()}
    asked = sorted({*edits, *filter(None, map(before_vowel, edits))})
    with connection.cursor() as cursor:
        asking: dict[str, Any] = {"beginnings": asked, "language": language, "ending": _ENDINGS[language]}
        asking["headings"] = _in_help(typed, language)
        cursor.execute(_ANY_OR_HELP, asking)
        rows = {row[0]: Used(*row) for row in cursor.fetchall()}
    if "" in rows:
        return None
    found: dict[str, list[Used]] = defaultdict(list)
    for used in rows.values():
        meant = [stem for stem in _stems_of(used.word, language) if stem in edits]
        if meant and not _is_far_name(used, typed):
            found[max(meant, key=len)].append(used)
    ranked = sorted(found, key=lambda stem: _order(stem, found[stem], edits[stem], typed))
    return [_slip(stem, found[stem]) for stem in ranked[:MOST_SLIPS]]


def _in_help(typed: str, language: str) -> str:
    """A query for the word as the help may have it: inflected in another way, in English with or without an s."""
    if language == "en":
        return " | ".join({typed, typed.removesuffix("s"), f"{typed}s"})
    whole = [stem for stem in stems(typed) if stem == typed or len(stem) > SHORTEST_SLIP]
    return " | ".join(whole)


def _order(stem: str, used: Sequence[Used], kind_of_slip: int, typed: str) -> tuple[object, ...]:
    products = sum(one.products for one in used)
    return (stem[0] != typed[0], min(one.kind for one in used), kind_of_slip, -products, stem)


def _slip(stem: str, used: Sequence[Used]) -> Slip:
    nearest = min(used, key=lambda one: (not one.word.startswith(stem), len(one.word)))
    shown = nearest.shown[: len(stem)] if nearest.word.startswith(stem) else stem
    return Slip(stem, shown, tuple(one.word for one in used))


def _stems_of(word: str, language: str) -> list[str]:
    if language == "en":
        return [word, *(word.removesuffix(ending) for ending in ("s", "es"))]
    return [stem for stem, ending in stems(word).items() if not is_doubtful(ending)]


def _edits(word: str) -> dict[str, int]:
    """Every word one slip away: 0 for a letter missing, too many or swapped with the next, 1 for another letter."""
    parts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    swapped = {one + other[1] + other[0] + other[2:] for one, other in parts if len(other) > 1}
    fewer = {one + other[1:] for one, other in parts if other}
    more = {one + letter + other for one, other in parts for letter in ascii_lowercase}
    changed = {
        one + letter + other[1:]
        for one, other in parts
        if other
        for letter in ascii_lowercase
        if len(word) >= SHORTEST_CHANGED or _is_likely(other[0], letter)
    }
    edits = dict.fromkeys(changed, 1) | dict.fromkeys(swapped | fewer | more, 0)
    return {edit: order for edit, order in edits.items() if len(edit) >= SHORTEST_PART and edit != word}


def _is_likely(letter: str, other: str) -> bool:
    return (letter, other) in _BESIDE or (letter in VOWELS and other in VOWELS)


def _is_far_name(used: Used, typed: str) -> bool:
    """A short name is not what a word for a thing was meant to be (havlu, a towel: the brand "Ceviz Avlu")."""
    return used.is_name and (len(used.word) < SHORTEST_NAME or used.word[0] != typed[0])


# --- Two words written as one ----------------------------------------------------------------------------


def halves_of(word: str) -> Iterator[tuple[str, str]]:
    for place in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
        yield word[:place], word[place:]


def that_are_there(queries: Iterable[str], language: str) -> set[str]:
    """Those of the queries for a tsvector that some product fits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT query FROM unnest(%s::text[]) AS query WHERE EXISTS ("
            " SELECT FROM shop_listedproduct WHERE language = %s AND words @@ query::tsquery)",
            [[*queries], language],
        )
        return {query for (query,) in cursor.fetchall()}


# --- Likeness --------------------------------------------------------------------------------------------


def alike(unknown: Sequence[str], language: str, unfinished: str) -> dict[str, list[Used]]:
    """What comes nearest to words that nobody uses, by trigrams, common beginnings and several slips. Two queries."""
    found = crm.look_up(VOCABULARY, unknown, language=language, unfinished=unfinished)
    used = _used({word for near in found.values() for word in near}, language)
    words: dict[str, list[Used]] = {}
    for typed, near in found.items():
        good = [used[word] for word, (likeness, _products) in near.items() if likeness >= ALIKE_ENOUGH and word in used]
        good = [one for one in good if len(one.word) >= SHORTEST_SLIP and not _is_far_name(one, typed)]
        words[typed] = sorted(good, key=lambda one: (-near[one.word][0], one.kind, one.word))[:MOST_OTHERS]
    return words


def _used(words: Set[str], language: str) -> dict[str, Used]:
    statement = "SELECT word, shown, products, kind FROM shop_searchword WHERE language = %s AND word = ANY(%s)"
    with connection.cursor() as cursor:
        cursor.execute(statement, [language, [*words]])
        return {row[0]: Used(*row) for row in cursor.fetchall()}


def is_related(typed: str, word: str) -> bool:
    """Not a slip: the same noun goes on in another way (kalemler, kalemlik)."""
    return any(
        word.startswith(stem) and (not ending or is_ending(stem, ending))
        for stem, ending in stems(typed).items()
        if len(stem) >= SHORTEST_PART
    )
