"""What things are called, whoever sells them: some 500 everyday nouns of each language, folded.

The words that products use cannot tell whether "kutu" (a box) is a slip for "kuru" (dry) or a thing that is not sold
here, nor whether "kilimi" is a kilim or my clay. Only nouns as dictionaries have them belong into the files.
"""

from collections import defaultdict
from pathlib import Path

from crm import api as crm


def _read(language: str) -> frozenset[str]:
    text = Path(__file__).with_name(f"nouns_{language}.txt").read_text("utf-8")
    return frozenset(crm.fold(text).split())


NOUNS = {language: _read(language) for language in ("tr", "en")}
SHORTEST_HEAD = 4  # "pot" is not asked for by who wants a teapot, a pen is not a "pan"
_NOT_SO = frozenset({"earring"})


def _compounds() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for nouns in NOUNS.values():
        for whole in nouns - _NOT_SO:
            for place in range(2, len(whole) - SHORTEST_HEAD + 1):
                if {whole[:place], whole[place:]} <= nouns:
                    found[whole[place:]].add(whole)
    return {head: frozenset(wholes) for head, wholes in found.items()}


# What is a kind of a thing, written as one word: {kalem: {dolmakalem}, robe: {bathrobe}}. Both parts are nouns of the
# lists: what else ends alike is no kind of it (wardrobe, vegetable).
KINDS = _compounds()
FOREIGN = NOUNS["en"] - NOUNS["tr"]  # no Turkish ending is looked for in these
