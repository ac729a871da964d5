"""What a product's page itself says to a question: its facts, the sentences of its description, its days of delivery.

A question is about the words that are left without those of grammar; the product's own name hardly counts, all of the
page is about that. A fact or a sentence answers if it has most of them, by their length as in the search: as they
stand, inflected, with a slip, or by another word for the same (words.py). Else there is no answer, which is better than
one to another question.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from crm import api as crm
from shop.catalogue.selectors import ProductPage
from shop.questions.words import (
    COMMON,
    DELIVERY,
    KINDS,
    MEASURES,
    ON_ITS_WAY,
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
_SENTENCE_ENDS = re.compile(r"(?<=[.!?…])\s+(?=[^\Wa-zçğıöşü_])|\n+")


@dataclass(frozen=True)
class Answers:
    """What the page says: facts as pairs, sentences, and whether it was asked when the product arrives. `is_whole`:
    that is about all that was asked. `is_of_variant`: another variant's page may say something else."""

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
    of_all, of_one = _facts_of(product), _facts_of_chosen(product)
    facts, sentences = [*of_all, *of_one], _sentences(product.paragraphs)
    of_facts = [_score(_words_of(name, value), asked, language, is_fact=True) for name, value in facts]
    of_sentences = [_score(text, asked, language, is_fact=False) for text in sentences]
    best = max([*of_facts, *of_sentences], default=0.0)
    floor = max(FLOOR, BESIDE_BEST * best)
    said = [facts[index] for index in _best(of_facts, facts, floor)[:MOST_FACTS]]
    most = SENTENCES_BESIDE_FACTS if said else MOST_SENTENCES
    written = [sentences[index] for index in _best(of_sentences, sentences, floor)[:most]]
    is_of_variant = product.has_options and any(fact in of_one for fact in said)
    return Answers(said, written, is_whole=best >= WHOLE, is_of_variant=is_of_variant)


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
    name = set(crm.fold(title).split())
    words = [*dict.fromkeys(word for word in folded.split() if word not in COMMON[language])][:MOST_WORDS]
    return {word: len(word) * (OF_ITS_NAME if word in name else 1.0) for word in words}


def _facts_of(product: ProductPage) -> list[tuple[str, str]]:
    """Of all its variants."""
    if product.options:
        ways = [(option.name, [value.title for value in option.values]) for option in product.options]
    elif product.has_options:
        ways = [(product.option_name or _("Variant"), [choice.title for choice in product.choices])]
    else:
        ways = []
    return [*product.facts, *((name, ", ".join(values)) for name, values in ways)]


def _facts_of_chosen(product: ProductPage) -> list[tuple[str, str]]:
    in_stock, sold_out = _stock_words()
    offer = product.chosen.offer
    price = [(_("Price"), money(offer.price, offer.currency))] if offer else []
    return [(_("Availability"), in_stock if product.chosen.is_available else sold_out), *price]


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


def _score(text: str, asked: dict[str, float], language: str, *, is_fact: bool) -> float:
    """How much of the question a text has, between 0 and 1."""
    words = crm.fold(text).split()
    kinds: tuple[frozenset[str], ...] = KINDS[language]
    if is_fact or any(word.isdecimal() for word in words):
        kinds += MEASURES[language]
    found = sum(
        weight * max((_likeness(word, other, kinds, language) for other in words), default=0.0)
        for word, weight in asked.items()
    )
    return found / sum(asked.values())


def _likeness(asked: str, word: str, kinds: Iterable[frozenset[str]], language: str) -> float:
    if any(asked in measure for measure in MEASURES[language]):  # short as they are, "kilo" would be like "kil" (clay)
        same = 0.0 if stems_of(asked, language).isdisjoint(stems_of(word, language)) else 1.0
    else:
        same = is_same(asked, word, language)
    if same:
        return same
    return (
        ANOTHER_WORD if any(_is_of(asked, kind, language) and _is_of(word, kind, language) for kind in kinds) else 0.0
    )


def _is_of(word: str, kind: frozenset[str], language: str) -> bool:
    return not kind.isdisjoint(stems_of(word, language))
