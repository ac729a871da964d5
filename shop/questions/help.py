"""The help articles that answer a question about one product, without those about other goods."""

from collections.abc import Iterable

from django.db import connection

from crm import api as crm
from knowledgebase import api as knowledgebase
from shop.catalogue.selectors import ProductPage
from shop.questions.words import COMMON, is_same, stems_of

MOST_ARTICLES, LOOKED_AT = 3, 8

# Words that goods are called by, in a language.
_NAMES = """
    SELECT form.word FROM (SELECT DISTINCT unnest(%s::text[]) AS word) form
    WHERE EXISTS (
        SELECT 1 FROM shop_listedproduct
        WHERE language = %s AND words @@ (quote_literal(form.word) || ':A')::tsquery
    )
"""


def articles_for(product: ProductPage, question: str, *, language: str) -> list[knowledgebase.FoundArticle]:
    """The best first; empty where no article is about it. Its own name is not what is asked about a product."""
    own = crm.fold(" ".join([product.title, *(value for _name, value in product.facts)])).split()
    known = frozenset(own)
    asked = crm.fold(question).split()
    name = frozenset(crm.fold(product.title).split())
    for words in dict.fromkeys([" ".join(asked), " ".join(word for word in asked if word not in name)]):
        found = knowledgebase.search_articles(words, language=language, limit=LOOKED_AT, known=known) if words else []
        fitting = _without_other_goods(found, [*asked, *own], language)
        if fitting:
            return fitting[:MOST_ARTICLES]
    return []


def _without_other_goods(
    found: list[knowledgebase.FoundArticle], said: list[str], language: str
) -> list[knowledgebase.FoundArticle]:
    """An article that names goods in its title ("How do I wash linen?") must name these, or what was asked about."""
    beside = {
        article.id: [
            word
            for word in crm.fold(article.title).split()
            if word not in COMMON[language] and not any(is_same(word, other, language) for other in said)
        ]
        for article in found
    }
    names = _names_of_goods(
        {form for words in beside.values() for word in words for form in stems_of(word, language)}, language
    )
    return [article for article in found if not any(stems_of(word, language) & names for word in beside[article.id])]


def _names_of_goods(words: Iterable[str], language: str) -> frozenset[str]:
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, [[*words], language])
        return frozenset(word for (word,) in cursor.fetchall())
