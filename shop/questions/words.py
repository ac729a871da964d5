"""Words of questions about goods, folded, by language. Of the trade in general: nothing here knows what is sold."""

from collections.abc import Iterable
from functools import lru_cache

from crm import api as crm
from knowledgebase import api as knowledgebase
from shop.search.inflections import stems
from shop.search.nouns import NOUNS


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What stands around the subject of a question and would be taken for it in the help.
AROUND = {"tr": _words("oluyor olmuyor"), "en": _words("comes")}
# What says nothing about the subject of a question.
COMMON = {
    "tr": knowledgebase.COMMON_WORDS["tr"]
    | _words("urun urunu urunun urunde tane kadarlik boyle uygun zaman calisir girer yapiyor yapar kalabilir takilir")
    | _words("baska diger farkli gercek hakiki icinde kaca")
    | AROUND["tr"],
    "en": knowledgebase.COMMON_WORDS["en"]
    | _words("many put product item one ones ok okay safe suitable really make makes using used available")
    | _words("another other others different else come real genuine minimum serve serves")
    | AROUND["en"],
}

# What is asked with one word and said with another: (words for a measure, which is said with a number; the others).
# A question that has one of them is about what the others say as well.
MEASURES = {
    "tr": (
        _words(
            """
            olcu boyut ebat buyukluk buyuk beden genislik genis yukseklik yuksek uzunluk uzun cap boy boylar
            cm santim metre
            """
        ),
        _words("agirlik agir gramaj gram gr g kilo kg"),
        _words("hacim hacmi kapasite litre lt l ml mililitre"),
        _words("yas cocuk bebek"),
        _words("derece sicaklik c"),
        _words("parca adet icerik"),
        _words("saat sure dakika"),
        _words("watt w guc"),
    ),
    "en": (
        _words(
            """
            size big large dimensions measurements measure wide width tall height high long
            length diameter cm
            """
        ),
        _words("weight heavy weigh weighs gram grams kilo kilos kg g"),
        _words("capacity volume hold holds litre litres liter liters l ml millilitres"),
        _words("age ages child children kid kids baby babies toddler"),
        _words("temperature degree degrees c"),
        _words("pieces parts quantity contents"),
        _words("time hours minutes years months"),
        _words("watt watts wattage w power"),
    ),
}
# A number of grams may be of anything ("takes 25 grams of beans"): a text that says one is about the weight only if it
# says so.
GRAMS = {"tr": _words("gram gr g kilo kg"), "en": _words("gram grams kilo kilos kg g")}
WEIGHT = {"tr": _words("agirlik agir gramaj"), "en": _words("weight heavy weigh weighs")}
# Numbers that are written out, without those that mean something else as well.
NUMBERS = {
    "tr": _words("iki uc dort bes alti yedi sekiz dokuz yirmi otuz kirk elli altmis bin"),
    "en": _words("two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred"),
}
KINDS = {
    "tr": (
        _words("malzeme yapilmis yapilma mamul neyden materyal hammadde"),
        _words("bakim yikama yikanir yikayin temizlik temizlenir temizleyin bulasik makine makinesi silin"),
        _words("icindekiler icerik dahil kutuda kutudan ayrica"),
        _words("marka uretici"),
        _words("mense mensei koken"),
        _words("ses sesli sessiz gurultu"),
        _words("ampul duy"),
        _words("yanma yanar yaniyor"),
        _words("fiyat ucret tutar pahali ucuz para lira"),
    ),
    "en": (
        _words("material materials made"),
        _words("care wash washing washed washable clean cleaning cleaned dishwasher machine"),
        _words("contents included include includes come comes box"),
        _words("brand maker manufacturer"),
        _words("origin country"),
        _words("noise noisy loud quiet silent tick"),
        _words("bulb bulbs socket"),
        _words("stove hob hobs cooker"),
        _words("hot cool heat"),
        _words("outside outdoors outdoor"),
        _words("price cost costs expensive cheap"),
    ),
}

# Whoever asks for one of these wants to know what a fact says that is called so, be it that one or others: (what such
# a fact is called, what may be asked for).
VALUES = {
    "tr": (
        (
            _words("renk"),
            _words(
                """
                renk renkli mavi lacivert civit turkuaz petrol yesil haki sari hardal turuncu kiremit kirmizi bordo mor
                moru lila eflatun pembe pudra siyah beyaz krem bej beji gri grisi kahverengi
                """
            ),
        ),
        (
            _words("malzeme"),
            _words(
                """
                pamuk pamuklu keten yun yunlu yunden ipek ipekli deri polyester akrilik plastik ahsap tahta celik bakir
                pirinc demir bambu porselen seramik
                """
            ),
        ),
        (_words("bakim"), _words("kurutma kurutucu kurutulur")),
    ),
    "en": (
        (
            _words("colour color"),
            _words(
                """
                colour colours color colors shade shades blue navy indigo turquoise teal green sage yellow mustard
                orange red burgundy purple violet pink blush black white cream beige grey gray brown
                """
            ),
        ),
        (
            _words("material"),
            _words(
                """
                cotton linen wool woollen silk leather polyester acrylic plastic wood wooden steel copper brass iron
                bamboo porcelain ceramic
                """
            ),
        ),
        (_words("care"), _words("dryer drier")),
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
    "tr": _words("gelir gelecek geliyor elime elimde alirim gun gunde yola cikar kargolanir eline surer suruyor"),
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
# What "hand" has in "handmade" and "handle" is none.
ENGLISH_ENDINGS = _words("s es d ed ing y ly n en al able")


@lru_cache(maxsize=4096)
def is_same(asked: str, word: str, language: str) -> float:
    """How surely two folded words are one: 1, less for an inflection or, in a long word, a slip; else 0."""
    if asked == word:
        return 1.0
    if not stems_of(asked, language).isdisjoint(stems_of(word, language)):
        return 0.9
    if asked.startswith(word) or word.startswith(asked):
        rest = max(asked, word, key=len).removeprefix(min(asked, word, key=len))
        is_ending = language == "tr" or rest in ENGLISH_ENDINGS
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
