"""What is meant by the words of a query, out of the words that products are described with.

A word that products use, in whatever form, means its forms, and after them what begins with it. Only a word that
nobody uses is taken for something else: for a slip of one letter, for two words written as one, at last for what is
most like it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from shop.search.forms import Meant, forms_of
from shop.search.slips import Slip, alike, halves_of, is_related, may_be_slip, slips_of, that_are_there


@dataclass(frozen=True)
class Word:
    """A word of the query, and those that products use for it: `exact` as it was meant, other `forms`, and `others`
    that may be meant besides. `correct` is how it is written, if it was a slip."""

    typed: str
    exact: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    correct: str = ""

    @property
    def weight(self) -> float:
        return float(len(self.typed))

    @property
    def meanings(self) -> tuple[str, ...]:
        return (*self.exact, *self.forms, *self.others)


def understand(typed: Sequence[str], *, language: str, unfinished: str = "") -> list[Word]:
    """The words of a query and what they mean. One query where products use all of them, up to seven for a slip.

    `unfinished` is the word that is still being typed, if any.
    """
    pairs = {one + other: (one, other) for one, other in pairwise(typed)}
    meant = forms_of([*typed, *pairs], language, unfinished)
    words = {word: _plain(word, meant[word]) for word in typed}
    for pair, parts in pairs.items():
        for part in parts if meant[pair].same else ():
            exact, forms = (*words[part].exact, *meant[pair].exact), (*words[part].forms, *meant[pair].forms)
            words[part] = replace(words[part], exact=exact, forms=forms)
    known = [word for word in words.values() if word.meanings and word.typed != unfinished]
    unknown = [word for word in typed if not words[word].meanings and may_be_slip(word)]
    guessed = _guessed(unknown, known, language, unfinished) if unknown else {}
    return [word for one in typed for word in guessed.get(one, [words[one]])]


def any_of(words: Sequence[str]) -> str:
    """A query for a tsvector. The words are folded, so nothing in them needs quoting."""
    return f"({' | '.join(words)})"


def _plain(typed: str, meant: Meant, correct: str = "") -> Word:
    return Word(typed, meant.exact, meant.forms, meant.longer, correct)


def _guessed(unknown: Sequence[str], known: Sequence[Word], language: str, unfinished: str) -> dict[str, list[Word]]:
    candidates = {word: found for word in unknown if (found := slips_of(word, language))}
    slips = {word: _likeliest(found, known, language) for word, found in candidates.items()}
    halves = {word: list(halves_of(word)) for word in unknown if word not in slips}
    asked = [part for pairs in halves.values() for pair in pairs for part in pair]
    if not unfinished:  # a first look is enough while somebody types
        asked += [slip.word for slip in slips.values()]
    meant = forms_of(asked, language) if asked else {}
    guessed = {
        word: [_plain(word, meant.get(slip.word, Meant(slip.used)), "" if word == unfinished else slip.shown)]
        for word, slip in slips.items()
    }
    for word, pairs in halves.items():
        both = {
            f"{any_of(meant[one].same)} & {any_of(meant[other].same)}": [
                _plain(one, meant[one]),
                _plain(other, meant[other]),
            ]
            for one, other in pairs
            if meant[one].same and meant[other].same
        }
        there = that_are_there(both, language) if both else set()
        if there:
            guessed[word] = next(both[query] for query in both if query in there)
    rest = [word for word in unknown if word not in guessed]
    for word, near in (alike(rest, language, unfinished) if rest else {}).items():
        if near:
            is_slip = word != unfinished and not is_related(word, near[0].word)
            others = tuple(used.word for used in near[1:])
            guessed[word] = [Word(word, (near[0].word,), (), others, near[0].shown if is_slip else "")]
    return guessed


def _likeliest(slips: Sequence[Slip], known: Sequence[Word], language: str) -> Slip:
    """The first that goes with the other words of the query, or else the first."""
    if len(slips) == 1 or not known:
        return slips[0]
    beside = " & ".join(any_of(word.meanings) for word in known)
    queries = {f"{any_of(slip.used)} & {beside}": slip for slip in slips}
    there = that_are_there(queries, language)
    return next((slip for query, slip in queries.items() if query in there), slips[0])
