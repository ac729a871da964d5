"""Finding the article that answers a question.

A question is folded to plain words. Each word is looked up, by trigrams and by its beginning, among the words that the
articles use (models.Term), so that inflections, missing diacritics and typing errors still meet; rare words weigh more
(inverse document frequency). Articles with any of them are candidates (never AND), the best of these are compared with
the question as a whole, title by title and alias by alias. Below FLOOR it is better to say that there is no answer.
What is shown unasked must pass more than the floor (`known`).
Numbers and alternatives: benchmarks/help_search.py and docs/decisions.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from django.db import connection
from psycopg2.sql import SQL, Identifier, Literal

from crm import api as crm
from knowledgebase.words import COMMON

MAX_QUERY = 1000  # characters; what is longer is cut
MAX_WORDS = 12  # the rarest ones of a long question
LONGEST_WORD = 40

# A word in the title, an alias, the body: 3, 2.8 and 1 (Zendesk's weights), as shares of the best.
TITLE, ALIAS, BODY = 1.0, 2.8 / 3, 1.0 / 3
# What a common word weighs beside others, and how far an unknown one counts against an answer.
COMMON_WORD = 0.1
UNKNOWN_WORD = 1.0
# The parts of a score: the question's words found in the article; its likeness to the title or one alias.
COVER, TEXT = 0.55, 0.45
FLOOR = 0.32
# A result far behind the best one is no result.
BESIDE_BEST = 0.4
# What is shown without having been asked for has to be about the question: so much of what it is about, in one heading.
ABOUT = 0.6
# Letters: what is one from a shorter word than five is most often another word. Up to six, a likeness must be that of
# one slip behind the same first letter (crm/vocabulary.py); in longer words, endings may make more of a difference.
SHORTEST_SLIP, LONG_WORD, SURE = 5, 7, 0.75
VOCABULARY = crm.Vocabulary(table="knowledgebase_term", word="term", count="article_count")
PER_LOOKUP = 300  # candidates of each lookup
COMPARED = 60  # candidates that are compared as a whole


# For an EXISTS in a search of another vocabulary: whether a title or an alias that anybody may read has one of some
# words. Parameters: `language`, and `headings`, a query of folded words.
IN_HEADINGS = (
    "SELECT FROM knowledgebase_article WHERE language = %(language)s AND is_published"
    " AND current_revision_id IS NOT NULL AND heads_vector @@ %(headings)s::tsquery"
)


@dataclass(frozen=True)
class Hit:
    """`article_id` is the primary key; `score` is between 0 and 1."""

    article_id: int
    score: float


@dataclass(frozen=True)
class _Word:
    """A word of the question: what it weighs, and the words of articles that may be meant, with their likeness."""

    text: str
    weight: float
    meant: dict[str, float]
    spread: int  # articles that use one of them


def find_articles(
    query: str, *, language: str, limit: int = 10, as_typed: bool = False, known: Collection[str] | None = None
) -> list[Hit]:
    """The visible articles that answer `query`, best first; empty where none does.

    `as_typed`: the last word may be unfinished. Harmless with any input: NULs are dropped, length is bounded.
    `known`: None for somebody who searches the help. Otherwise the question was put to something else, and only
    articles that are about it are wanted: those whose title and aliases have what it is about, in words that are no
    slip of a short word, nor of one of these, folded, which mean something there.
    """
    tokens = [word[:LONGEST_WORD] for word in crm.fold(query[:MAX_QUERY]).split()]
    if not tokens or limit < 1:
        return []
    unfinished = tokens[-1] if as_typed else ""
    words = _look_up(tokens, language, unfinished)
    if known is not None:
        words = [_without_chance(word, known, is_unfinished=word.text == unfinished) for word in words]
    understood = [word for word in words if word.meant]
    total = sum(word.weight for word in words)
    if not understood or total <= 0:
        return []
    hits = []
    for article_id, cover, title, aliases in _candidates(understood, language):
        texts = [title, *aliases.split("\n")]
        if known is not None and not _is_about(words, texts, language):
            continue
        score = COVER * cover / total + TEXT * _best_text(understood, total, texts, language)
        hits.append(Hit(article_id, round(min(score, 1.0), 4)))
    hits.sort(key=lambda hit: (-hit.score, hit.article_id))
    if not hits:
        return []
    floor = max(FLOOR, BESIDE_BEST * hits[0].score)
    return [hit for hit in hits if hit.score >= floor][:limit]


# --- Words -----------------------------------------------------------------------------------------------


def _look_up(tokens: Sequence[str], language: str, unfinished: str) -> list[_Word]:
    articles, counts = _counts(tokens, language)
    common = COMMON.get(language, frozenset())

    def weight(spread: float) -> float:
        return math.log(1 + articles / (spread + 1))

    distinct = list(dict.fromkeys(tokens))
    if len(distinct) > MAX_WORDS:
        rarest = sorted(distinct, key=lambda token: (token in common, counts.get(token, articles / 20)))
        distinct = [token for token in distinct if token in rarest[:MAX_WORDS]]
    found = crm.look_up(VOCABULARY, distinct, language=language, unfinished=unfinished)
    meant: dict[str, dict[str, float]] = {token: {} for token in distinct}
    spread: dict[str, int] = dict.fromkeys(distinct, 0)
    for token, terms in found.items():
        for term, (alike, count) in terms.items():
            if term == token or term not in common:
                meant[token][term] = alike
                if alike >= 0.85:
                    spread[token] = max(spread[token], count)
    words = []
    for token in distinct:
        best = dict(sorted(meant[token].items(), key=lambda pair: -pair[1])[:12])
        rarity = weight(spread[token]) if best else weight(0) * UNKNOWN_WORD
        words.append(_Word(token, rarity * (COMMON_WORD if token in common else 1.0), best, spread[token]))
    return words


def _counts(tokens: Sequence[str], language: str) -> tuple[int, dict[str, int]]:
    """How many articles there are, and how many use each of the words as it stands."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT term, article_count FROM knowledgebase_term WHERE language = %s AND term = ANY(%s)",
            [language, ["", *set(tokens)]],
        )
        counts = dict(cursor.fetchall())
    return max(int(counts.pop("", 0)), 1), counts


# --- Articles --------------------------------------------------------------------------------------------


_LOOK_INTO = SQL(
    "(SELECT id FROM knowledgebase_article WHERE language = %s AND is_published AND {vector} @@ %s::tsquery"
    " LIMIT {limit})"
)
_SCORE = SQL(
    "WITH candidate AS ({candidates})"
    " SELECT a.id, {cover} AS cover, a.title_fold, a.alias_fold"
    " FROM candidate JOIN knowledgebase_article a USING (id) WHERE a.current_revision_id IS NOT NULL"
    " ORDER BY cover DESC, a.id LIMIT {limit}"
)


def _candidates(words: Sequence[_Word], language: str) -> list[tuple[int, float, str, str]]:
    """(id, weight of the words it has, folded title, folded aliases) of the articles that may answer."""
    parameters: list[str | float] = []
    looked_up = []
    for vector, query in _lookups(words):
        looked_up.append(_LOOK_INTO.format(vector=Identifier(vector), limit=Literal(PER_LOOKUP)))
        parameters += [language, query]
    cover = []
    for word in words:
        parameters.append(word.weight)
        branches = []
        for vector, query, share in _branches(word):
            branches.append(SQL("WHEN {vector} @@ %s::tsquery THEN %s::float8").format(vector=Identifier(vector)))
            parameters += [query, share]
        cover.append(SQL("%s::float8 * CASE {branches} ELSE 0 END").format(branches=SQL(" ").join(branches)))
    statement = _SCORE.format(
        candidates=SQL(" UNION ").join(looked_up), cover=SQL(" + ").join(cover), limit=Literal(COMPARED)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.as_string(cursor.cursor), parameters)
        return cursor.fetchall()


def _without_chance(word: _Word, known: Collection[str], *, is_unfinished: bool) -> _Word:
    """Without the words that it is hardly a slip of."""
    letters = len(word.text)
    may_slip = letters >= SHORTEST_SLIP and word.text not in known
    sure = SURE if letters >= LONG_WORD else 1 - 1.2 / letters
    may_go_on = is_unfinished and (len(word.text) >= 4 or word.text not in known)
    meant = {
        term: alike
        for term, alike in word.meant.items()
        if _is_inflected(word.text, term) or (may_slip and alike >= sure) or (may_go_on and term.startswith(word.text))
    }
    return replace(word, meant=meant)


def _is_inflected(asked: str, term: str) -> bool:
    """The same word, or one is the other with an ending; three letters are too few to say ("çay", "cayma")."""
    shorter, longer = sorted((asked, term), key=len)
    return longer.startswith(shorter) and (
        len(longer) == len(shorter) or (len(shorter) >= 4 and len(longer) < len(shorter) + 4)
    )


def _is_about(words: Sequence[_Word], texts: Sequence[str], language: str) -> bool:
    """The words of a question that say what it is about are in the texts that say what an article is about."""
    common = COMMON.get(language, frozenset())
    telling = [word for word in words if word.text not in common]
    heads = {token for text in texts for token in text.split()}
    said = sum(
        word.weight * max((word.meant[term] for term in heads & word.meant.keys()), default=0) for word in telling
    )
    return said > 0 and said >= ABOUT * sum(word.weight for word in telling)


def _lookups(words: Sequence[_Word]) -> list[tuple[str, str]]:
    """Where to look: two words together before one alone, titles and aliases before bodies; each brings a bounded
    number, so that a word of fifty thousand articles costs no more than one of fifty."""
    heaviest = sorted(words, key=lambda word: -word.weight)[:5]
    pairs = [
        f"({_either(one.meant)}) & ({_either(other.meant)})"
        for index, one in enumerate(heaviest)
        for other in heaviest[index + 1 :]
    ][:6]
    alone = [_either(word.meant) for word in heaviest]
    queries = [*pairs, *alone]
    return [("heads_vector", query) for query in queries] + [("body_vector", query) for query in queries]


def _branches(word: _Word) -> list[tuple[str, str, float]]:
    """(vector, query, share of the word's weight), the greatest share first."""
    steps: dict[float, list[str]] = {}
    for term, alike in word.meant.items():
        steps.setdefault(max(round(alike * 10) / 10, 0.6), []).append(term)
    branches = []
    for alike, terms in steps.items():
        branches += [
            ("heads_vector", _either(terms, "A"), alike * TITLE),
            ("heads_vector", _either(terms), alike * ALIAS),
            ("body_vector", _either(terms), alike * BODY),
        ]
    return sorted(branches, key=lambda branch: -branch[2])


def _either(terms: Sequence[str] | dict[str, float], weight: str = "") -> str:
    """Terms are folded words: nothing in them means anything to tsquery."""
    return " | ".join(f"'{term}'{':' + weight if weight else ''}" for term in terms)


def _best_text(words: Sequence[_Word], total: float, texts: Sequence[str], language: str) -> float:
    """How like the whole question the title or one alias is: 1 where it says the same words and no others."""
    common = COMMON.get(language, frozenset())
    usual = sum(word.weight for word in words) / len(words)
    shares: dict[str, tuple[int, float]] = {}
    for index, word in enumerate(words):
        for term, alike in word.meant.items():
            if term not in shares or alike > shares[term][1]:
                shares[term] = (index, alike)
    best = 0.0
    for text in texts:
        found: dict[int, float] = {}
        foreign = 0.0
        for token in text.split():
            if token in shares:
                index, alike = shares[token]
                found[index] = max(found.get(index, 0.0), alike)
            else:
                foreign += COMMON_WORD * usual if token in common else usual
        if not found:
            continue
        matched = sum(words[index].weight * alike for index, alike in found.items())
        of_question = matched / total
        of_text = matched / (matched + foreign)
        best = max(best, 2 * of_question * of_text / (of_question + of_text))
    return best
