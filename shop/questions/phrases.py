"""What a question asks for by several words at once ("who makes it"), put into the one that a page says it with."""

import re

# Folded, by language; the first that fits first.
_ASKED_AS = {
    "tr": (
        (r"\bkim(?:in|ler)? (?:uret|yap|marka)\w*|\buretici\w*(?: firma\w*)?", "marka"),
        (
            r"\bmensei? nere\w*|\bnere(?:de|den|nin)?(?: \w+)?? (?:gel|uret|yapil|yetis|mali)\w*|\bhangi ulke\w*",
            "mense",
        ),
        (r"\bney?den (?:yapil|orul|dokun|uret|mamul|imal)\w*", "malzeme"),
        (r"\b(?:hangi|ne) (?:kumas|agac|ahsap|metal)\w*|\b(?:kumas|agac)\w* ne(?:dir)?\b", "malzeme"),
        (r"\bel (?:yapim|isi|isci|emegi)\w*", "teknik"),
        (r"\b(?:daha )?(?:kucu|ufa)[kg]\w*", "boyut"),
        (r"\bicin(?:de|den) ne(?:ler)?\b|\bneler (?:dahil|var)\b", "icerik"),
        (r"\byas (?:ustu|uzeri|alti)\b|\byas(?:indaki|indakiler|inda|ina|lik|tan|ta|a)\b", "yas"),
    ),
    "en": (
        (r"\bwho (?:makes|made|produces|produced|manufactures)\b|\bwho is it made by\b", "brand"),
        (
            r"\bwhere (?:does|do|is|are|was|were)(?: \w+){1,3} (?:from|made|produced|manufactured|grown)\b(?: in)?",
            "origin",
        ),
        (r"\b(?:made|woven|knitted|sewn|built|carved) (?:of|from|out of)\b", "material"),
        (r"\b(?:what|which) (?:(?:kind|type|sort) of )?(?:fabric|wood|metal|cloth|material)\b", "material"),
        (r"\bhand ?(?:made|crafted)\b|\b(?:made|done) by hand\b", "technique"),
        (r"\btumble dr(?:y|yer|ier|ied|ying)\b", "dryer"),
        (r"\byears? olds?\b", "age"),
        (r"\b(?:bigger|larger|smaller|small)\b", "size"),
        (r"\bhow long (?:do|does|will|can)\b", "time"),
    ),
}
_PATTERNS = {
    language: [(re.compile(pattern), word) for pattern, word in pairs] for language, pairs in _ASKED_AS.items()
}
# By themselves a question about the price.
_HOW_MUCH = {"tr": ("ne kadar", "kaca"), "en": ("how much",)}
_PRICE = {"tr": "fiyat", "en": "price"}


def in_words_of_pages(folded: str, language: str) -> str:
    for pattern, word in _PATTERNS[language]:
        folded = pattern.sub(word, folded)
    return folded


def price_if_asked(folded: str, language: str) -> list[str]:
    """What a question is about that has no words but those of grammar."""
    return [_PRICE[language]] if any(phrase in folded for phrase in _HOW_MUCH[language]) else []
