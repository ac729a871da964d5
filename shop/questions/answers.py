"""What a product's page itself says to a question: its facts, the sentences of its description, its days of delivery.

A question is about the words that are left without those of grammar; the product's own name hardly counts, all of the
page is about that. A fact or a sentence answers if it has most of them, by their length as in the search: as they
stand, inflected, with a slip, or by another word for the same (words.py). Else there is no answer, which is better than
one to another question.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from crm import api as crm
from shop.catalogue.selectors import ProductPage
from shop.questions.phrases import in_words_of_pages, price_if_asked
from shop.questions.words import (
    COMMON,
    DELIVERY,
    GRAMS,
    KINDS,
    MEASURES,
    NUMBERS,
    ON_ITS_WAY,
    VALUES,
    WEIGHT,
    WHEN,
    is_same,
    stems_of,
)
from shop.templatetags.money import money

MOST_FACTS, MOST_SENTENCES, SENTENCES_BESIDE_FACTS = 3, 2, 1
MOST_WORDS = 12  # of a question
# Of a question's words, what an answer must have, and what one that leaves nothing open; how far behind the best one
# another may be.
FLOOR, WHOLE, BESIDE_BEST = 0.6, 0.8, 0.75
# A word that only stands for another; a word of the product's name, which all of its page is about.
ANOTHER_WORD, OF_ITS_NAME = 0.8, 0.2
GRAMS_OF_A_KILO = 1000
_SENTENCE_ENDS = re.compile(r"(?<=[.!?…])\s+(?=[^\Wa-zçğıöşü_])|\n+")


@dataclass(frozen=True)
class Answers:
    """What the page says: facts as pairs, sentences, and whether it was asked when the product arrives. `is_whole`:
    that is about all that was asked, or nothing but this page could know it. `is_of_variant`: another variant's page
    may say something else."""

    facts: list[tuple[str, str]] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    is_about_delivery: bool = False
    is_whole: bool = False
    is_of_variant: bool = False

    def __bool__(self) -> bool:
        return bool(self.facts or self.sentences or self.is_about_delivery)


def answers_of(product: ProductPage, question: str, *, language: str) -> Answers:
    """What the page of `product`, read in `language`, says to `question`. No query."""
    folded = crm.fold(question)
    beside = _beside_delivery(folded, language)
    if beside is not None:
        return Answers(is_about_delivery=True, is_whole=not beside, is_of_variant=product.has_options)
    asked = _asked(folded, product.title, language)
    if not asked:
        return Answers()
    of_all, of_one = _facts_of(product), _facts_of_chosen(product, language)
    facts, sentences = [*of_all, *of_one], _sentences(product.paragraphs)
    of_facts = [_score(_words_of(name, value), asked, language, name=name) for name, value in facts]
    of_sentences = [_score(text, asked, language) for text in sentences]
    best = max([*of_facts, *of_sentences], default=0.0)
    floor = max(FLOOR, BESIDE_BEST * best)
    said = [facts[index] for index in _best(of_facts, facts, floor)[:MOST_FACTS]]
    most = SENTENCES_BESIDE_FACTS if said else MOST_SENTENCES
    written = [sentences[index] for index in _best(of_sentences, sentences, floor)[:most]]
    is_of_variant = product.has_options and any(fact in of_one for fact in said)
    is_whole = best >= WHOLE or all(_is_known_of_goods(word, language) for word in asked)
    return Answers(said, written, is_whole=is_whole, is_of_variant=is_of_variant)


def _beside_delivery(folded: str, language: str) -> list[str] | None:
    """What a question about the delivery asks besides ("to Germany"); None if it is about something else."""
    words = [word for word in folded.split() if word not in COMMON[language]]
    told = [word for word in words if _is_of(word, DELIVERY[language], language)]
    others = [word for word in words if word not in told and not _is_of(word, ON_ITS_WAY[language], language)]
    if told:
        return others
    is_when = any(f" {phrase}" in f" {folded}" for phrase in WHEN[language])
    return [] if is_when and not others else None


def _asked(folded: str, title: str, language: str) -> dict[str, float]:
    """The words that a question is about, by weight."""
    name = {stem for word in crm.fold(title).split() for stem in stems_of(word, language)}
    told = in_words_of_pages(folded, language).split()
    words = [*dict.fromkeys(word for word in told if word not in COMMON[language])][:MOST_WORDS]
    return {
        word: len(word) * (1.0 if name.isdisjoint(stems_of(word, language)) else OF_ITS_NAME)
        for word in words or price_if_asked(folded, language)
    }


def _is_known_of_goods(word: str, language: str) -> bool:
    """Whether it asks for what the help cannot know of one product: "another colour" is not about an exchange."""
    kinds = (*KINDS[language], *MEASURES[language], *(values for _names, values in VALUES[language]))
    return any(_is_of(word, kind, language) for kind in kinds)


def _facts_of(product: ProductPage) -> list[tuple[str, str]]:
    """Of all its variants."""
    if product.options:
        ways = [(option.name, [value.title for value in option.values]) for option in product.options]
    elif product.has_options:
        ways = [(product.option_name or _("Variant"), [choice.title for choice in product.choices])]
    else:
        ways = []
    return [*product.facts, *((name, ", ".join(values)) for name, values in ways)]


def _facts_of_chosen(product: ProductPage, language: str) -> list[tuple[str, str]]:
    in_stock, sold_out = _stock_words()
    offer = product.chosen.offer
    price = [(_("Price"), money(offer.price, offer.currency))] if offer else []
    stock = (_("Availability"), in_stock if product.chosen.is_available else sold_out)
    return [stock, *price, *_weight_of(product, language)]


def _weight_of(product: ProductPage, language: str) -> list[tuple[str, str]]:
    """As it is sent, where somebody has weighed it and its own facts do not say what is in it."""
    names = (word for name, _value in product.facts for word in crm.fold(name).split())
    if not product.is_weighed or any(_is_of(name, WEIGHT[language], language) for name in names):
        return []
    grams = product.grams
    weight = f"{number_format(Decimal(grams) / GRAMS_OF_A_KILO)} kg" if grams >= GRAMS_OF_A_KILO else f"{grams} g"
    return [(_("Weight with its packaging"), weight)]


def _stock_words() -> tuple[str, str]:
    return _("In stock, leaves within a working day"), _("Sold out for now.")


def _words_of(name: str, value: str) -> str:
    """Of a fact, by which it is found: "is it in stock?" is answered by "sold out" as well."""
    return " ".join([name, *(_stock_words() if value in _stock_words() else [value])])


def _sentences(paragraphs: Iterable[str]) -> list[str]:
    return [text.strip() for paragraph in paragraphs for text in _SENTENCE_ENDS.split(paragraph) if text.strip()]


def _best(scores: Sequence[float], texts: Sequence[Sequence[object]], floor: float) -> list[int]:
    """Where the scores of at least `floor` are, the highest first; of two the shorter text, which says little else."""
    reached = (index for index, score in enumerate(scores) if score >= floor)
    return sorted(reached, key=lambda index: (-scores[index], len(texts[index])))


def _score(text: str, asked: dict[str, float], language: str, *, name: str = "") -> float:
    """How much of the question a text has, between 0 and 1; `name`: of the fact that it is."""
    words = _without_grams(crm.fold(text).split(), asked, language)
    is_measured = bool(name) or any(word.isdecimal() or word in NUMBERS[language] for word in words)
    kinds = (*KINDS[language], *(MEASURES[language] if is_measured else ()))
    named = crm.fold(name).split()
    kinds_of_name = [
        values | names for names, values in VALUES[language] if any(_is_of(word, names, language) for word in named)
    ]
    found = {
        word: max(
            (
                *(_likeness(word, other, kinds, language, is_measured=is_measured) for other in words),
                *(ANOTHER_WORD for kind in kinds_of_name if _is_of(word, kind, language)),
            ),
            default=0.0,
        )
        for word in asked
    }
    # "How long are the spoons?" is not about what they are carved from.
    measures = [word for word in asked if any(_is_of(word, measure, language) for measure in MEASURES[language])]
    if measures and not any(found[word] for word in measures):
        return 0.0
    return sum(weight * found[word] for word, weight in asked.items()) / sum(asked.values())


def _without_grams(words: list[str], asked: dict[str, float], language: str) -> list[str]:
    """A text without its grams, unless it says that it weighs them, or grams of something are asked for."""
    units, weight_words = GRAMS[language], WEIGHT[language]
    is_of_weight = any(_is_of(word, weight_words, language) for word in words)
    are_asked = [_is_of(word, units, language) for word in asked]
    # Not of the product itself, by its name.
    of_something = [
        weight for word, weight in asked.items() if weight == len(word) and not _is_of(word, units, language)
    ]
    if is_of_weight or (any(are_asked) and of_something):
        return words
    return [word for word in words if not _is_of(word, units, language)]


def _likeness(asked: str, word: str, kinds: Iterable[frozenset[str]], language: str, *, is_measured: bool) -> float:
    if any(asked in measure for measure in MEASURES[language]):  # short as they are, "kilo" would be like "kil" (clay)
        is_there = not stems_of(asked, language).isdisjoint(stems_of(word, language))
        same = (1.0 if is_measured else ANOTHER_WORD) * is_there
    else:
        same = is_same(asked, word, language)
    if same:
        return same
    return (
        ANOTHER_WORD if any(_is_of(asked, kind, language) and _is_of(word, kind, language) for kind in kinds) else 0.0
    )


def _is_of(word: str, kind: frozenset[str], language: str) -> bool:
    return not kind.isdisjoint(stems_of(word, language))
