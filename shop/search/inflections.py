"""Turkish endings of nouns, on folded words: which words are forms of one, and what a word may be a form of.

Snowball's Turkish stemmer cuts the same noun to different stems ("lamba", "lambası" → lamba, lambas) and others to
nothing ("mumu" → m), so a word is not cut to a stem here: two words are forms of each other if one beginning of both
leaves endings that Turkish grammar lets follow it (plural, possessive, case; buffer letters, vowel harmony, softening:
Göksel & Kerslake, Turkish: A Comprehensive Grammar, ch. 8). Derived words (mum-lu, kalem-lik) are other words. Endings
that may as well be a noun's own last letters are doubtful; a noun that everybody knows (nouns.py) is not cut at all.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from shop.search.nouns import FOREIGN, KINDS, NOUNS

SHORTEST_STEM = 2
SHORTEST_UNKNOWN = 4  # stem, where something is doubtful
VOWELS = "aeiou"
_CASE = "d[ae]n?|t[ae]n?|[iu]n|l[ae]"  # after a consonant
_CASE_OF_ITS = "n[iu]n?|n[ae]|nd[ae]n?|yl[ae]"
_OWNED = f"[iu](?:m|n|m[iu]z|n[iu]z)(?:[iuae]|{_CASE})?|[iu](?:{_CASE_OF_ITS})?"
_PLURAL = f"l[ae]r(?:{_OWNED}|[ae]|{_CASE})?"
_AFTER_CONSONANT = f"{_PLURAL}|{_OWNED}|[ae]|{_CASE}"
_AFTER_VOWEL = (
    f"{_PLURAL}|(?:m|n|m[iu]z|n[iu]z)(?:[iuae]|{_CASE})?|s[iu](?:{_CASE_OF_ITS})?|y[iuae]|d[ae]n?|n[iu]n|yl[ae]|l[ae]"
)
_AFTER = {False: re.compile(_AFTER_CONSONANT), True: re.compile(_AFTER_VOWEL)}
# Endings that many nouns have as letters of their own (kil-im, alt-in, sab-un, kale-m, tab-la, mas-a).
_DOUBTFUL = "[iu]?[mn]|l[ae]|[ae]"
_IS_DOUBTFUL = re.compile(_DOUBTFUL)
ENDING = f"({_AFTER_CONSONANT}|{_AFTER_VOWEL})"  # also Postgres's, as is the next
SURE_ENDING = f"(?!({_DOUBTFUL})$){ENDING}"
_MADE_OF = re.compile("(.{2,}?)(l[iu]k?|s[iu]z)")
_DERIVES = re.compile("l[iu]k?|c[iu]")  # mumlu, kalemlik
_SOFT, _HARD = {"k": "g", "p": "b", "t": "d"}, {"g": "k", "b": "p", "d": "t"}
_VOICELESS, _VOICED_D = "fstkchp", "fstkhp"
# Their last vowel goes before another (resim, resmi).
_SHORTENED = {
    "agiz": "agz", "alin": "aln", "beyin": "beyn", "boyun": "boyn", "burun": "burn", "gogus": "gogs", "isim": "ism",
    "karin": "karn", "omuz": "omz", "resim": "resm", "sehir": "sehr", "sekil": "sekl",
}  # fmt: skip
_WHOLE = {short: noun for noun, short in _SHORTENED.items()}
# saate, not saata.
_LIGHT = frozenset({"saat", "harf", "hayal", "seyahat", "festival", "alkol", "kontrol", "rol", "tuval", "dikkat"})


def is_ending(stem: str, ending: str) -> bool:
    """Whether `ending` can follow `stem`, both folded."""
    vowels = [letter for letter in stem if letter in VOWELS]
    if not _AFTER[stem[-1] in VOWELS].fullmatch(ending) or not (vowels or stem in _WHOLE):
        return False
    if (ending[0] == "t" and stem[-1] not in _VOICELESS) or (ending[0] == "d" and stem[-1] in _VOICED_D):
        return False
    first = next((letter for letter in ending if letter in VOWELS), "")
    if not first or not vowels:
        return True
    if first in "iu":
        return (vowels[-1] in "ou") == (first == "u")
    last = "e" if stem in _LIGHT else vowels[-1]
    return last not in "ae" or last == first or is_plural(ending)  # dikkatler


def before_vowel(stem: str) -> str:
    """tabak → tabag, resim → resm, as they stand before a vowel; "" where nothing changes."""
    if stem in _SHORTENED:
        return _SHORTENED[stem]
    return stem[:-1] + _SOFT[stem[-1]] if len(stem) > SHORTEST_STEM and stem[-1] in _SOFT else ""


@lru_cache(maxsize=10_000)
def stems(word: str) -> dict[str, str]:
    """What the word may be a form of, itself included, with the ending it has then: {stem: ending}. None is shorter
    than a known noun that it may be a form of."""
    found = {word: ""}
    if word in NOUNS["tr"] or word in FOREIGN:
        return found
    for place in range(len(word) - 1, SHORTEST_STEM - 1, -1):
        stem, ending = word[:place], word[place:]
        if stem in FOREIGN or not is_ending(stem, ending):
            continue
        meant = [stem]
        if ending[0] in VOWELS and stem[-1] in _HARD and place > SHORTEST_STEM:
            meant.append(stem[:-1] + _HARD[stem[-1]])
        if ending[0] in VOWELS and stem in _WHOLE:
            meant.append(_WHOLE[stem])
        for one in meant:
            found.setdefault(one, ending)
        if not NOUNS["tr"].isdisjoint(meant):
            break
    return found


def beginnings(word: str) -> set[str]:
    """How the forms of a word begin."""
    meant = [stem for stem, ending in stems(word).items() if not _is_too_short(stem, ending)]
    return {form for stem in meant for form in (stem, before_vowel(stem)) if form}


def is_doubtful(ending: str) -> bool:
    return bool(_IS_DOUBTFUL.fullmatch(ending))


def _is_too_short(stem: str, ending: str) -> bool:
    return len(stem) < SHORTEST_UNKNOWN and is_doubtful(ending) and stem not in NOUNS["tr"]


def is_plural(ending: str) -> bool:
    return ending.startswith(("lar", "ler"))


def noun_of(word: str) -> str:
    """The noun that everybody knows of which this is a form, in Turkish or English; "" for none."""
    for stem, ending in stems(word).items():
        if stem in NOUNS["tr"] and not (is_doubtful(ending) and len(stem) < SHORTEST_UNKNOWN):
            return stem
    return next((noun for noun in (word, *singulars(word)) if noun in NOUNS["en"]), "")


@lru_cache(maxsize=10_000)
def kinds_of(word: str) -> tuple[str, ...]:
    """What is a kind of this thing and written as one word: dolmakalem for kalemler."""
    return tuple(sorted(KINDS.get(noun_of(word), ())))


def singulars(word: str) -> Iterator[str]:
    """What an English word may be the plural of."""
    if word.endswith("ies"):
        yield f"{word[:-3]}y"
    if word.endswith(("ses", "xes", "zes", "ches", "shes", "oes")):
        yield word[:-2]
    if word.endswith("s"):
        yield word[:-1]


def root_of(word: str) -> str:
    """The noun that everybody knows of which an adjective or another noun is made: yün of yünlü, mum of mumluklar; ""
    for none, and for what everybody knows itself."""
    if word in NOUNS["tr"] or noun_of(word):
        return ""
    for stem in stems(word):
        made = _MADE_OF.fullmatch(stem)
        if made and made[1] in NOUNS["tr"] and (_last_vowel(made[1]) in "ou") == ("u" in made[2]):
            return made[1]
    return ""


def _last_vowel(word: str) -> str:
    return next((letter for letter in reversed(word) if letter in VOWELS), "a")


def is_of_noun(word: str, noun: str) -> bool:
    """Whether a longer word has to do with the noun that it begins with: kalemlik with kalem, tablecloth with table,
    but neither kalemlik with kale nor pencil with pen."""
    rest = word.removeprefix(noun)
    if rest == word:
        return False
    is_made_of_it = bool(_DERIVES.fullmatch(rest)) or _is_noun(rest)
    between = (word[:place] for place in range(len(noun) + 1, len(word) + (not is_made_of_it)))
    return (is_made_of_it or len(rest) > 2) and not any(map(_is_noun, between))


def _is_noun(word: str) -> bool:
    return any(word in nouns for nouns in NOUNS.values())


def are_forms(typed: str, word: str, *, is_used: bool, used_stems: frozenset[str]) -> bool:
    """Whether `word` is a form of what was `typed`.

    `is_used`: products use `typed` as it stands; then doubtful endings are its own letters. `used_stems`: those of its
    stems that products use. A stem that nobody uses or knows joins two forms if one of them is surely a plural, or if
    nothing is known of the typed word.
    """
    theirs = stems(word)
    for stem, ending in stems(typed).items():
        other = theirs.get(stem)
        is_known = stem in NOUNS["tr"]
        is_sure = is_known and len(stem) >= SHORTEST_UNKNOWN
        if other is None or (is_doubtful(other) and not (is_sure and other in "ae")):
            continue
        if _is_too_short(stem, ending) or (is_used and is_doubtful(ending)):
            continue
        if not ending or not other or is_known or stem in used_stems or is_plural(ending) or is_plural(other):
            return True
        if not is_used and len(stem) >= SHORTEST_UNKNOWN and ending not in "ae":
            return True
    return False
