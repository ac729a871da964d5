"""What is meant by the words of a query, out of the words that products are described with.

A word that products use, in whatever form, means its forms, and after them its synonyms and what begins with it. Only a
word that nobody uses, nor a synonym of it, is taken for something else: for a slip of one letter, for two words written
as one, at last for what is most like it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from knowledgebase import api as knowledgebase
from shop.search.forms import MOST_FORMS, MOST_OTHERS, Meant, forms_of
from shop.search.inflections import kinds_of, noun_of, root_of
from shop.search.nouns import NOUNS
from shop.search.slips import Slip, alike, halves_of, is_related, may_be_slip, slips_of, that_are_there
from shop.search.synonyms import synonyms_of

# Weights. A word of a hundred products weighs 0.42 of one that only one has, a letter or a number is nearly nothing.
# What was taken for a slip weighs half: beside words that were meant as they stand, it may have been none.
OF_GRAMMAR, OF_SIGN, OF_FREQUENCY, OF_SLIP = 0.25, 0.3, 0.3, 0.5


@dataclass(frozen=True)
class Word:
    """A word of the query, and those that products use for it: `exact` as it was meant, other `forms`, and `others`
    that may be meant besides. `correct` is how it is written, if it was a slip; `perhaps`, if it may have been one but
    is a word of its own. Words of grammar ("için", "for a") may be missing, and are nobody's slip. `products`: how
    many use the most used of them."""

    typed: str
    exact: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    correct: str = ""
    perhaps: str = ""
    is_grammar: bool = False
    products: int = 0

    @property
    def is_sign(self) -> bool:
        return len(self.typed) == 1 or self.typed.isdigit()

    @property
    def weight(self) -> float:
        """The rarer, the heavier, as with inverse document frequency; flatter, since it may be of the night before."""
        rarity = 1 / (1 + OF_FREQUENCY * math.log(max(self.products, 1)))
        kind = OF_GRAMMAR if self.is_grammar else OF_SIGN if self.is_sign else OF_SLIP if self.correct else 1.0
        return rarity * kind

    @property
    def meanings(self) -> tuple[str, ...]:
        return (*self.exact, *self.forms, *self.others)


def understand(typed: Sequence[str], *, language: str, version: int, unfinished: str = "") -> list[Word]:
    """The words of a query and what they mean. One query where products use all of them, up to seven for a slip.

    `unfinished` is the word that is still being typed, if any.
    """
    pairs = {one + other: (one, other) for one, other in pairwise(typed)}
    kinds = {word: found for word in typed if (found := kinds_of(word))}
    synonyms = {word: found for word in typed if (found := synonyms_of(word, version=version, language=language))}
    asked = [one for more in (kinds, synonyms) for found in more.values() for one in found]
    meant = forms_of([*typed, *pairs, *asked], language, unfinished)
    words = {word: _plain(word, meant[word]) for word in typed}
    for word, found in kinds.items():
        others = (one for kind in found for one in meant[kind].same if one not in words[word].meanings)
        words[word] = replace(words[word], others=(*words[word].others, *others)[:MOST_OTHERS])
    for word, found in synonyms.items():
        used = [meant[one] for one in found if meant[one].same]
        same = tuple(form for one in used for form in one.same)[:MOST_FORMS]
        products = words[word].products or max((one.products for one in used), default=0)
        words[word] = replace(words[word], others=(*same, *words[word].others), products=products)
    for pair, parts in pairs.items():
        for part in parts if meant[pair].same else ():
            exact, forms = (*words[part].exact, *meant[pair].exact), (*words[part].forms, *meant[pair].forms)
            products = max(words[part].products, meant[pair].products)
            words[part] = replace(words[part], exact=exact, forms=forms, products=products)
    known = [word for word in words.values() if word.meanings and word.typed != unfinished]
    common = {*typed} & (knowledgebase.COMMON_WORDS[language] - NOUNS[language]).difference(synonyms)
    grammar = common - {unfinished}
    unknown = [word for word in typed if not words[word].meanings and may_be_slip(word) and word not in common]
    guessed = _guessed(unknown, known, language, unfinished) if unknown else {}
    for word in grammar:
        words[word] = replace(words[word], others=(), is_grammar=True)
    all_words = [word for one in typed for word in guessed.get(one, [words[one]])]
    return [word for word in all_words if word.meanings or not word.is_grammar]


def any_of(words: Sequence[str]) -> str:
    """A query for a tsvector. The words are folded, so nothing in them needs quoting."""
    return f"({' | '.join(words)})"


def in_titles(words: Sequence[str]) -> str:
    return f"({' | '.join(f'{word}:AC' for word in words)})"


def _plain(typed: str, meant: Meant, correct: str = "") -> Word:
    return Word(typed, meant.exact, meant.forms, meant.longer, correct, products=meant.products)


def _guessed(unknown: Sequence[str], known: Sequence[Word], language: str, unfinished: str) -> dict[str, list[Word]]:
    roots = {word: root for word in unknown if language == "tr" and (root := root_of(word))}
    near_to = {word: slips_of(word, language) for word in unknown if word not in roots}
    unknown = [word for word, found in near_to.items() if found is not None]
    candidates = {word: found for word, found in near_to.items() if found}
    nouns = {word: noun for word in unknown if (noun := noun_of(word))}
    slips = {
        word: slip
        for word, found in candidates.items()
        if (slip := _likeliest(found, known, language, is_noun=word in nouns))
    }
    halves = {word: list(halves_of(word)) for word in unknown if word not in slips and word not in nouns}
    asked = [part for pairs in halves.values() for pair in pairs for part in pair]
    asked += [noun for word, noun in nouns.items() if word not in slips]
    asked += roots.values()
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
    for word, noun in nouns.items():
        if word not in guessed:
            near = candidates.get(word, [])[: word != unfinished]
            perhaps = next((slip.shown for slip in near if slip.word[0] == word[0]), "")
            guessed[word] = [Word(word, others=meant[noun].longer, perhaps=perhaps, products=meant[noun].products)]
    for word, root in roots.items():
        others = (*meant[root].same, *meant[root].longer)[:MOST_OTHERS]
        guessed[word] = [Word(word, others=others, products=meant[root].products)]
    rest = [word for word in unknown if word not in guessed]
    for word, found in (alike(rest, language, unfinished) if rest else {}).items():
        if found:
            is_slip = word != unfinished and not is_related(word, found[0].word)
            others = tuple(used.word for used in found[1:])
            correct = found[0].shown if is_slip else ""
            guessed[word] = [Word(word, (found[0].word,), (), others, correct, products=found[0].products)]
    return guessed


def _likeliest(slips: Sequence[Slip], known: Sequence[Word], language: str, *, is_noun: bool) -> Slip | None:
    """The first that goes with the other words of the query, or else the first. What is a noun of its own is a slip
    only if a title has that one beside the other words ("swing basket")."""
    if not known or (len(slips) == 1 and not is_noun):
        return None if is_noun else slips[0]
    where = in_titles if is_noun else any_of
    beside = " & ".join(where(word.meanings) for word in known)
    queries = {f"{where(slip.used)} & {beside}": slip for slip in slips}
    there = that_are_there(queries, language)
    return next((slip for query, slip in queries.items() if query in there), None if is_noun else slips[0])
