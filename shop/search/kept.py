"""What was found, kept in the process that looked for it: while the index is the same, a query finds the same."""

from datetime import datetime
from functools import lru_cache
from zlib import crc32

from knowledgebase import api as knowledgebase
from shop.catalogue.facets import Facets
from shop.catalogue.listings import facets_of_found
from shop.catalogue.wishes import Wish
from shop.search.selectors import Found, search_products

MOST_QUERIES = 2000
ANSWERS = 3


@lru_cache(maxsize=MOST_QUERIES)
def found(version: int, language: str, query: str) -> Found:
    """search_products() as of that version of the index."""
    return search_products(query, language=language)


@lru_cache(maxsize=MOST_QUERIES)
def facets(version: int, language: str, query: str, narrowing: Wish) -> Facets:
    return facets_of_found(narrowing, found(version, language, query).ids, language=language)


def answers(found: Found, *, language: str, now: datetime) -> tuple[knowledgebase.FoundArticle, ...]:
    """Help articles beside the products. A minute old at most: the help's own search is the one that must be of now.

    Minutes begin at a moment of the query's own: not all are asked anew at once.
    """
    query = found.question
    minute = int(now.timestamp() + crc32(query.encode()) % 60) // 60
    return _answers(query, language, found.known, minute) if query else ()


@lru_cache(maxsize=MOST_QUERIES)
def _answers(query: str, language: str, known: frozenset[str], _minute: int) -> tuple[knowledgebase.FoundArticle, ...]:
    return tuple(knowledgebase.search_articles(query, language=language, limit=ANSWERS, known=known))
