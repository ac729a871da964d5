"""Text for searching, folded in the application so that no database locale has a say in it.

Turkish and English become plain ASCII: İ, I, ı and i are one letter, ş is s, a suffix after an apostrophe is cut off
("İstanbul'dan" → "istanbul").
"""

import re
import unicodedata

_SPECIAL = str.maketrans({"ı": "i", "İ": "i", "I": "i", "ß": "ss", "æ": "ae", "ø": "o", "đ": "d", "ł": "l", "œ": "oe"})
_SUFFIX = re.compile(r"(?<=\w)['’ʼ]\w+")
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """Lower-case ASCII words, single blanks between them; everything else is dropped, NULs included."""
    text = _SUFFIX.sub("", text.translate(_SPECIAL))
    text = unicodedata.normalize("NFKD", text.lower().translate(_SPECIAL))
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return _NOT_A_WORD.sub(" ", text).strip()
