"""The help articles that answer a question about one product, without those about other goods."""

from collections.abc import Iterable

from django.db import connection

from crm import api as crm
from knowledgebase import api as knowledgebase
from shop.catalogue.selectors import ProductPage
from shop.index.rows import BRAND
from shop.questions.words import AROUND, COMMON, stems_of

MOST_ARTICLES, LOOKED_AT = 3, 8

# Words that goods are called by, in a language.
_NAMES = """
    SELECT form.word FROM (SELECT DISTINCT unnest(%s::text[]) AS word) form
    WHERE EXISTS (
        SELECT 1 FROM shop_listedproduct
        WHERE language = %s AND words @@ (quote_literal(form.word) || ':A')::tsquery
    )
"""


def articles_for(
    product: ProductPage, question: str, *, language: str, is_answered: bool
) -> list[knowledgebase.FoundArticle]:
    """The best first; empty where no article is about it. Where the page itself `is_answered`, only what is said of
    such goods adds something."""
    facts = (value for name, value in product.facts if crm.fold(name) not in BRAND)
    own = crm.fold(" ".join([product.title, *facts])).split()
    asked = [word for word in crm.fold(question).split() if word not in AROUND[language]]
    name = frozenset(crm.fold(product.title).split())
    # Its own name is not what is asked about a product, unless the help knows it.
    for words in dict.fromkeys([" ".join(asked), " ".join(word for word in asked if word not in name)]):
        found = knowledgebase.search_articles(words, language=language, limit=LOOKED_AT, known=frozenset(own))
        fitting = _of_such_goods(found, asked, own, language, is_named=is_answered)
        if fitting:
            return fitting[:MOST_ARTICLES]
    return []


def _of_such_goods(
    found: list[knowledgebase.FoundArticle], asked: list[str], own: list[str], language: str, *, is_named: bool
) -> list[knowledgebase.FoundArticle]:
    """An article that names goods in its title ("How do I wash linen?") must name these, or what was asked about;
    `is_named`: it must name them."""
    titles = {
        article.id: [word for word in crm.fold(article.title).split() if word not in COMMON[language]]
        for article in found
    }
    forms = {form for words in titles.values() for word in words for form in stems_of(word, language)}
    names = _names_of_goods(forms, language) if forms else frozenset()
    fitting = []
    for article in found:
        named = [word for word in titles[article.id] if not names.isdisjoint(stems_of(word, language))]
        foreign = [word for word in named if not _is_among(word, [*asked, *own], language)]
        if not foreign and (not is_named or any(_is_among(word, own, language) for word in named)):
            fitting.append(article)
    return fitting


def _is_among(word: str, others: list[str], language: str) -> bool:
    """By stems only: what a thing is made of is no slip ("line dry" is not linen)."""
    return any(not stems_of(word, language).isdisjoint(stems_of(other, language)) for other in others)


def _names_of_goods(words: Iterable[str], language: str) -> frozenset[str]:
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, [[*words], language])
        return frozenset(word for (word,) in cursor.fetchall())
