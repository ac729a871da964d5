"""Which of our two languages somebody writes in."""

import re

_TURKISH_LETTERS = re.compile(r"[ışğİŞĞçÇ]")
_TURKISH_WORDS = frozenset(
    re.findall(
        r"\w+",
        """merhaba selam siparis siparisim kargo iade lutfen tesekkurler tesekkur ederim nasil neden icin degil var yok
        bir bu ve ile ama gun iyi calismalar urun fatura geldi gelmedi istiyorum nerede ne zaman acaba sayin mi mu""",
    )
)
_ENGLISH_WORDS = frozenset(
    re.findall(
        r"\w+",
        """hello hi dear the and is are my your order parcel return please thanks thank you for not was what where when
        how with have has this that it would like could refund""",
    )
)


def language_of(text: str) -> str:
    """ "tr" or "en", by letters and small words; anything else is answered in English."""
    text = text[:5000]
    words = re.findall(r"\w+", text.lower())
    turkish = sum(word in _TURKISH_WORDS for word in words) + 2 * len(_TURKISH_LETTERS.findall(text))
    english = sum(word in _ENGLISH_WORDS for word in words)
    return "tr" if turkish > english else "en"
