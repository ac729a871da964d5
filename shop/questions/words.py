"""Words of questions about goods, folded, by language. Of the trade in general: nothing here knows what is sold."""

from collections.abc import Iterable
from functools import lru_cache

from crm import api as crm
from knowledgebase import api as knowledgebase
from shop.search.inflections import stems
from shop.search.nouns import NOUNS


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What says nothing about the subject of a question.
COMMON = {
    "tr": knowledgebase.COMMON_WORDS["tr"]
    | _words("urun urunu urunun urunde tane adet parca kadarlik boyle uygun zaman calisir girer yapiyor"),
    "en": knowledgebase.COMMON_WORDS["en"]
    | _words("many put product item one ok okay safe suitable really make makes using used"),
}

# What is asked with one word and said with another: (words for a measure, which is said with a number; the others).
# A question that has one of them is about what the others say as well.
MEASURES = {
    "tr": (
        _words("olcu boyut ebat buyukluk buyuk genislik genis yukseklik yuksek uzunluk uzun cap boy cm santim"),
        _words("agirlik agir gramaj gram gr kilo kg"),
        _words("hacim kapasite litre lt l ml mililitre"),
        _words("yas cocuk bebek"),
    ),
    "en": (
        _words("size big large dimensions measurements measure wide width tall height high long length diameter cm"),
        _words("weight heavy weigh weighs gram grams kilo kilos kg g"),
        _words("capacity volume hold holds litre litres liter liters l ml millilitres"),
        _words("age ages child children kid kids baby babies toddler"),
    ),
}
KINDS = {
    "tr": (
        _words("malzeme yapilmis yapilma mamul neyden materyal hammadde"),
        _words("bakim yikama yikanir yikayin temizlik temizlenir temizleyin bulasik makine makinesi silin"),
        _words("icindekiler icerik dahil"),
        _words("marka uretici"),
        _words("fiyat ucret tutar pahali ucuz para lira"),
    ),
    "en": (
        _words("material materials made"),
        _words("care wash washing washed washable clean cleaning cleaned dishwasher"),
        _words("contents included include includes"),
        _words("brand maker manufacturer"),
        _words("price cost costs expensive cheap"),
    ),
}

# A question about the delivery: words that say so by themselves, and those that do beside "when".
DELIVERY = {
    "tr": _words("teslim teslimat kargo gonderim gonder ulas ulasir varir yetis yetisir"),
    "en": _words(
        "arrive arrives arrival arriving deliver delivery delivered delivers ship ships shipped shipping postage"
    ),
}
ON_ITS_WAY = {
    "tr": _words("gelir gelecek geliyor elime elimde alirim gun gunde yola cikar kargolanir eline"),
    "en": _words("come comes receive here send sent dispatch dispatched days day long take takes"),
}
WHEN = {
    "tr": ("ne zaman", "kac gun", "hangi gun"),
    "en": ("when", "how many days", "how long does it take", "how soon"),
}

# Besides the endings of nouns (shop/search/inflections.py): those of verbs, and of words made of others.
TURKISH_ENDINGS = _words(
    """
    li lu lik luk siz suz ki an en ir ur ar er r il ul n iliyor uluyor iyor uyor yor abil ebil mak mek ma me maz mez
    mali meli mis mus di du ti tu acak ecek yacak yecek yin yun in un yiniz sa se dir dur tir tur
    """
)

ALIKE, SHORTEST_SLIP, SHORTEST_STEM = 0.75, 7, 4
LONGEST_ENDING = 3  # of an English word: what "hand" is in "handmade" is no ending


@lru_cache(maxsize=4096)
def is_same(asked: str, word: str, language: str) -> float:
    """How surely two folded words are one: 1, less for an inflection or, in a long word, a slip; else 0."""
    if asked == word:
        return 1.0
    if not stems_of(asked, language).isdisjoint(stems_of(word, language)):
        return 0.9
    if asked.startswith(word) or word.startswith(asked):
        is_ending = language == "tr" or abs(len(asked) - len(word)) <= LONGEST_ENDING
        alike = crm.likeness(asked, word) if is_ending else 0.0
    else:
        alike = _slip(stems_of(asked, language), stems_of(word, language))
    return alike if alike >= ALIKE else 0.0


def _slip(asked: Iterable[str], words: Iterable[str]) -> float:
    """How like each other the nearest of two words' stems are, of those long enough to tell and begun alike."""
    return max(
        (
            crm.likeness(one, other)
            for one in asked
            for other in words
            if min(len(one), len(other)) >= SHORTEST_SLIP and one[:3] == other[:3]
        ),
        default=0.0,
    )


@lru_cache(maxsize=4096)
def stems_of(word: str, language: str) -> frozenset[str]:
    """A word and what is left of it without its ending; in Turkish without up to three, whichever they may be."""
    if language != "tr":
        return frozenset({word, word.removesuffix("s")} if len(word) > SHORTEST_STEM else {word})
    found, last = {word}, {word}
    for _round in range(3):
        last = {stem for each in last for stem in _without_ending(each) if len(stem) >= SHORTEST_STEM}
        found |= last
    return frozenset(found)


def _without_ending(word: str) -> set[str]:
    """What a word may be made of; a noun that everybody knows is made of nothing."""
    if word in NOUNS["tr"]:
        return set()
    of_verbs = {word.removesuffix(ending) for ending in TURKISH_ENDINGS if word.endswith(ending)}
    of_nouns = {stem for stem, ending in stems(word).items() if ending != "m" or stem in NOUNS["tr"]}
    return of_verbs | of_nouns
