"""The forms of Turkish nouns, by grammar: number, possessor and case (Göksel & Kerslake, Turkish, ch. 8)."""

VOWELS = "aeıioöuü"


def forms_of_noun(noun: str, soft: str = "", *, is_light: bool = False) -> list[str]:
    """All 84. `soft` is how the noun stands before a vowel, if not as it is (bardak, bardağ); `is_light`: its endings
    have e and i in spite of its last vowel (saat, saate)."""
    before_vowel = soft or noun
    low, high = _vowels(noun, is_light=is_light)
    many = f"{noun}l{low}r"
    return [
        *_cases(noun, before_vowel, is_light=is_light),
        *_owned(noun if noun[-1] in VOWELS else before_vowel + high, low, high),
        *_of_its(noun + f"s{high}" if noun[-1] in VOWELS else before_vowel + high),
        *_cases(many, many),
        *_owned(many + _vowels(many)[1], *_vowels(many)),
        *_of_its(many + _vowels(many)[1]),
    ]


def _vowels(word: str, *, is_light: bool = False) -> tuple[str, str]:
    """a or e; ı, i, u or ü: whatever goes with the word's last vowel."""
    last = [letter for letter in word if letter in VOWELS][-1]
    is_dark, is_round = last in "aıou" and not is_light, last in "oöuü"
    return ("a" if is_dark else "e"), ("u" if is_dark else "ü") if is_round else ("ı" if is_dark else "i")


def _cases(noun: str, before_vowel: str, *, is_light: bool = False) -> list[str]:
    low, high = _vowels(noun, is_light=is_light)
    d = "t" if noun[-1] in "fstkçşhp" else "d"
    there = [f"{noun}{d}{low}", f"{noun}{d}{low}n"]
    if noun[-1] in VOWELS:
        return [noun, f"{noun}y{high}", f"{noun}y{low}", *there, f"{noun}n{high}n", f"{noun}yl{low}"]
    return [noun, before_vowel + high, before_vowel + low, *there, f"{before_vowel}{high}n", f"{noun}l{low}"]


def _owned(stem: str, low: str, high: str) -> list[str]:
    """Mine, yours (one's), ours, yours."""
    return [
        form
        for ending in ("m", "n", f"m{high}z", f"n{high}z")
        for form in _cases(stem + ending, stem + ending, is_light=low == "e")
    ]


def _of_its(its: str) -> list[str]:
    low, high = _vowels(its)
    ends = ("", f"n{high}", f"n{low}", f"nd{low}", f"nd{low}n", f"n{high}n", f"yl{low}")
    return [its + end for end in ends]
