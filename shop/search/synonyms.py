"""Words that mean the same, as staff say it (models.Synonyms): who types "havlu" means "peştemal", too.

They are kept in the process under the version of the index, which changes with them (migration 0033): a search asks
for none.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from django.db import transaction
from django.utils.translation import gettext as _

from crm import api as crm
from shop.index.rows import LONGEST_WORD
from shop.models import Synonyms
from shop.search.inflections import are_forms, singulars, stems

FEWEST, MOST = 2, 12  # words of a group
MOST_MEANT = 24  # of a word in several groups


class NotSynonyms(ValueError):
    """Says to staff what is wrong with a group of words."""


def read_words(text: str) -> list[str]:
    """The words of a list with commas, as typed. Raises NotSynonyms."""
    words = [word for part in re.split(r"[,;\n]", text) if (word := crm.clean_line(part))]
    seen: dict[str, str] = {}
    for word in words:
        folded = crm.fold(word)
        if not re.search("[a-z]", folded):
            raise NotSynonyms(_("“%(word)s” is no word.") % {"word": word})
        if " " in folded:
            raise NotSynonyms(
                _("“%(word)s” is more than one word. Put a comma after each single word.") % {"word": word}
            )
        if max(len(word), len(folded)) > LONGEST_WORD:
            values = {"word": word[:LONGEST_WORD], "most": LONGEST_WORD}
            raise NotSynonyms(_("“%(word)s…” is longer than %(most)s letters.") % values)
        if folded in seen:
            values = {"word": word, "other": seen[folded]}
            raise NotSynonyms(_("“%(word)s” and “%(other)s” are the same word to the search.") % values)
        seen[folded] = word
    if len(words) < FEWEST:
        raise NotSynonyms(_("Name at least two words, with commas between them."))
    if len(words) > MOST:
        raise NotSynonyms(_("A group has at most %(most)s words.") % {"most": MOST})
    return words


@transaction.atomic
def save_synonyms(group: Synonyms, words: Sequence[str]) -> Synonyms:
    """Let a group, new or not, consist of these words. Raises NotSynonyms."""
    group.words = read_words(",".join(words))
    group.folded = " ".join(map(crm.fold, group.words))
    group.save()
    return group


def synonyms_of(word: str, *, version: int, language: str) -> tuple[str, ...]:
    """What else a folded word means, if it is a form of one in a group. No query while the version is the same."""
    groups = _groups(version, language)
    found: dict[str, None] = {}
    for stem in _stems(word, language):
        for known, others in groups.get(stem, ()):
            if language != "tr" or are_forms(word, known, is_used=False, used_stems=frozenset()):
                found |= dict.fromkeys(others)
    return tuple(found)[:MOST_MEANT]


@lru_cache(maxsize=8)
def _groups(version: int, language: str) -> dict[str, list[tuple[str, list[str]]]]:
    """By what a form of a word may be cut to: {stem: [(word, the others of its group), …]}."""
    found: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)
    for folded in Synonyms.objects.filter(language=language).order_by("pk").values_list("folded", flat=True):
        words = folded.split()
        for word in words:
            for stem in _stems(word, language):
                found[stem].append((word, [other for other in words if other != word]))
    return dict(found)


def _stems(word: str, language: str) -> Iterable[str]:
    return stems(word) if language == "tr" else (word, *singulars(word))
