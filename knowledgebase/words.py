"""How alike two words are, folded: inflected, shortened or mistyped."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words of questions that say nothing about their subject, folded. They weigh little; they are not left out.
COMMON = {
    "tr": _words(
        """
        acaba ama ancak bana bazi bazen bende beni benim bi bir biri birsey bize bizim bu buna bunu bunun burada cok
        cunku da daha de degil diye en fakat gibi hala hangi hep her herhangi hic icin ile ise iste kac kadar ki kim
        lazim mi mu mudur midir misiniz musunuz miyim muyum ne neden nedir nasil nerede nereden nereye nicin niye o olan
        olarak oldu oldugu olmak olur olsa olsun ona onu onun peki sana sen seni siz size sizi sizin sonra su ta tum
        var vardi varsa ve veya ya yani yok zaten ben merhaba selam lutfen istiyorum istiyom isterim gerekiyor gerek
        edebilir edebilirim edilir ederim etmek ediyor yapabilir yapabilirim yapilir yapmak yapiyor yapmaliyim yaparim
        olabilir miyiz mumkun tesekkurler
        """
    ),
    "en": _words(
        """
        a able about all also am an and any anything are as at be been but by can cannot could dear did do does
        doing don done for from get getting give go going got had has have having hello help hey hi how i if in
        into is it its just kindly know let like m may me much must my need no not now of on one or our please s
        shall should so some t tell thank thanks that the their them then there these they thing things this to
        too up us use very want wanted was we were what when where which who why will with would you your yours
        d ll re ve im ive
        """
    ),
}


def likeness(asked: str, word: str, *, is_unfinished: bool = False) -> float:
    """0 for another word, 1 for the same; in between for an inflection or a typing error.

    `is_unfinished`: `asked` is still being typed, so that any word that begins with it is meant.
    """
    if asked == word:
        return 1.0
    if is_unfinished and word.startswith(asked):
        return 0.9
    shared = _shared_beginning(asked, word)
    shorter, longer = sorted((len(asked), len(word)))
    inflected = 0.0
    if shared == shorter and shorter >= 3 and longer - shorter <= (2 if shorter == 3 else 6):
        inflected = 1.0 - 0.05 * (longer - shorter)
    elif shared >= 4 and shared >= 0.55 * longer:
        inflected = 0.45 + 0.5 * shared / longer
    elif shared >= 3 and shorter - shared <= 1 and longer - shared <= 3 and shorter >= 4:
        inflected = 0.6
    return max(inflected, _mistyped(asked, word))


def _shared_beginning(one: str, other: str) -> int:
    for index, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return index
    return min(len(one), len(other))


def _mistyped(asked: str, word: str) -> float:
    """A slip or two; the longer the word, the surer. A long ending after the slip is allowed for ("kagrom": kargo)."""
    if len(asked) < 4 or len(word) < 4 or abs(len(asked) - len(word)) > 2:
        return 0.0
    slips = _distance(asked, word)
    allowed = 1 if len(asked) < 7 else 2
    if slips > allowed:
        return 0.0
    return 1.0 - slips * (1.2 if asked[0] == word[0] else 1.6) / max(5, len(asked))


def _distance(one: str, other: str) -> int:
    """Slips between two words: a letter more, less or other, or two letters swapped (optimal string alignment)."""
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before_last[j - 2] + 1)
            row.append(cost)
        before_last, last = last, row
    return last[-1]
