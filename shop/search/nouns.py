"""What things are called, whoever sells them: some 500 everyday nouns of each language, folded.

The words that products use cannot tell whether "kutu" (a box) is a slip for "kuru" (dry) or a thing that is not sold
here, nor whether "kilimi" is a kilim or my clay. Only nouns as dictionaries have them belong into the files.
"""

from pathlib import Path

from crm import api as crm


def _read(language: str) -> frozenset[str]:
    text = Path(__file__).with_name(f"nouns_{language}.txt").read_text("utf-8")
    return frozenset(crm.fold(text).split())


NOUNS = {language: _read(language) for language in ("tr", "en")}
FOREIGN = NOUNS["en"] - NOUNS["tr"]  # no Turkish ending is looked for in these
