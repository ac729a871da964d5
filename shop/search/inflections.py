"""Turkish endings of nouns, on folded words: which words are forms of one, and what a word may be a form of.

Snowball's Turkish stemmer cuts the same noun to different stems ("lamba", "lambası" → lamba, lambas) and others to
nothing ("mumu" → m), so a word is not cut to a stem here: two words are forms of each other if one beginning of both
leaves endings that Turkish grammar lets follow it (plural, possessive, case; buffer letters, vowel harmony, softening:
Göksel & Kerslake, Turkish: A Comprehensive Grammar, ch. 8). Derived words (mum-lu, kalem-lik) are other words. Bare
datives and the "my", "your" of singulars are left out where they cannot be told from a noun's own last letters.
"""

import re
from functools import lru_cache

SHORTEST_STEM = 2
VOWELS = "aeiou"
_CASE = "d[ae]n?|t[ae]n?|[iu]n|l[ae]"  # after a consonant
_CASE_OF_ITS = "n[iu]n?|n[ae]|nd[ae]n?|yl[ae]"
_OWNED = f"[iu](?:m|n|m[iu]z|n[iu]z)(?:[iuae]|{_CASE})?|[iu](?:{_CASE_OF_ITS})?"
_PLURAL = f"l[ae]r(?:{_OWNED}|[ae]|{_CASE})?"
_AFTER_CONSONANT = f"{_PLURAL}|{_OWNED}|{_CASE}"
_AFTER_VOWEL = (
    f"{_PLURAL}|(?:m|n|m[iu]z|n[iu]z)(?:[iuae]|{_CASE})?|s[iu](?:{_CASE_OF_ITS})?|y[iuae]|d[ae]n?|n[iu]n|yl[ae]|l[ae]"
)
ENDING = f"({_AFTER_CONSONANT}|{_AFTER_VOWEL})"  # also Postgres's
_AFTER = {False: re.compile(_AFTER_CONSONANT), True: re.compile(_AFTER_VOWEL)}
# Endings that many nouns have as letters of their own (kil-im, alt-in, sab-un, kale-m, tab-la).
_DOUBTFUL = re.compile(r"[iu]?[mn]|l[ae]")
_SOFT, _HARD = {"k": "g", "p": "b", "t": "d"}, {"g": "k", "b": "p", "d": "t"}
_VOICELESS, _VOICED_D = "fstkchp", "fstkhp"


def is_ending(stem: str, ending: str) -> bool:
    """Whether `ending` can follow `stem`, both folded."""
    vowels = [letter for letter in stem if letter in VOWELS]
    if not vowels or not _AFTER[stem[-1] in VOWELS].fullmatch(ending):
        return False
    if (ending[0] == "t" and stem[-1] not in _VOICELESS) or (ending[0] == "d" and stem[-1] in _VOICED_D):
        return False
    first = next((letter for letter in ending if letter in VOWELS), "")
    if first in "iu" and first:
        return (vowels[-1] in "ou") == (first == "u")
    is_plural = ending.startswith(("lar", "ler"))  # saatler
    return is_plural or first not in "ae" or vowels[-1] not in "ae" or vowels[-1] == first


def softened(stem: str) -> str:
    """tabak → tabag, as it stands before a vowel; "" where nothing softens."""
    return stem[:-1] + _SOFT[stem[-1]] if len(stem) > SHORTEST_STEM and stem[-1] in _SOFT else ""


@lru_cache(maxsize=10_000)
def stems(word: str) -> dict[str, str]:
    """What the word may be a form of, itself included, with the ending it has then: {stem: ending}."""
    found = {word: ""}
    for place in range(len(word) - 1, SHORTEST_STEM - 1, -1):
        stem, ending = word[:place], word[place:]
        if is_ending(stem, ending):
            found.setdefault(stem, ending)
            if ending[0] in VOWELS and stem[-1] in _HARD and place > SHORTEST_STEM:
                found.setdefault(stem[:-1] + _HARD[stem[-1]], ending)
    return found


def beginnings(word: str) -> set[str]:
    """How the forms of a word begin."""
    return {form for stem in stems(word) for form in (stem, softened(stem)) if form}


def is_doubtful(ending: str) -> bool:
    return bool(_DOUBTFUL.fullmatch(ending))


def is_plural(ending: str) -> bool:
    return ending.startswith(("lar", "ler"))


def are_forms(typed: str, word: str, *, is_used: bool, used_stems: frozenset[str]) -> bool:
    """Whether `word` is a form of what was `typed`.

    `is_used`: products use `typed` as it stands; then doubtful endings are its own letters. `used_stems`: those of its
    stems that products use. A stem that nobody uses joins two forms if one of them is surely a plural, or if nothing is
    known of the typed word.
    """
    theirs = stems(word)
    for stem, ending in stems(typed).items():
        other = theirs.get(stem)
        if other is None or (is_doubtful(other) and stem != word) or (is_used and is_doubtful(ending)):
            continue
        if not ending or not other or stem in used_stems or is_plural(ending) or is_plural(other):
            return True
        if not is_used and len(stem) >= 4:
            return True
    return False
