"""What was found, kept in the process that looked for it: while the index is the same, a query finds the same.

Its version changes with the help's articles and with synonyms, too (migrations 0032, 0033).
"""

from functools import lru_cache

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
    return search_products(query, language=language, version=version)


@lru_cache(maxsize=MOST_QUERIES)
def facets(version: int, language: str, query: str, narrowing: Wish) -> Facets:
    return facets_of_found(narrowing, found(version, language, query).ids, language=language)


@lru_cache(maxsize=MOST_QUERIES)
def answers(version: int, language: str, query: str) -> tuple[knowledgebase.FoundArticle, ...]:
    """Help articles beside the products."""
    asked = found(version, language, query)
    return tuple(knowledgebase.search_articles(asked.question, language=language, limit=ANSWERS, known=asked.known))
