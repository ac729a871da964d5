"""The door of knowledgebase: finding answers, reading them, writing them."""

from knowledgebase.articles import Draft, NotAnArticle, Saved, publish_revision, save_article
from knowledgebase.demonstration import load_demo
from knowledgebase.directory import article_paths, category_slugs, published_articles
from knowledgebase.importing import Imported
from knowledgebase.reading import Reading, recent_reading
from knowledgebase.search import IN_HEADINGS
from knowledgebase.selectors import (
    FoundArticle,
    articles_by_reference,
    search_articles,
)
from knowledgebase.votes import NothingToVoteOn, vote_on_article
from knowledgebase.words import COMMON as COMMON_WORDS

__all__ = [
    "COMMON_WORDS",
    "IN_HEADINGS",
    "Draft",
    "FoundArticle",
    "Imported",
    "NotAnArticle",
    "NothingToVoteOn",
    "Reading",
    "Saved",
    "article_paths",
    "articles_by_reference",
    "category_slugs",
    "load_demo",
    "publish_revision",
    "published_articles",
    "recent_reading",
    "save_article",
    "search_articles",
    "vote_on_article",
]
