"""The door of knowledgebase: finding answers, reading them, writing them."""

from knowledgebase.articles import Draft, NotAnArticle, Saved, name_category, publish_revision, save_article
from knowledgebase.demonstration import load_demo
from knowledgebase.importing import BadFile, Imported, import_articles
from knowledgebase.models import Article, Category, Revision, Vote
from knowledgebase.reading import Reading, recent_reading
from knowledgebase.selectors import (
    Alternate,
    FoundArticle,
    NoSuchArticle,
    article_alternatives,
    article_for_id,
    articles_by_reference,
    search_articles,
)
from knowledgebase.votes import NothingToVoteOn, vote_on_article

__all__ = [
    "Alternate",
    "Article",
    "BadFile",
    "Category",
    "Draft",
    "FoundArticle",
    "Imported",
    "NoSuchArticle",
    "NotAnArticle",
    "NothingToVoteOn",
    "Reading",
    "Revision",
    "Saved",
    "Vote",
    "article_alternatives",
    "article_for_id",
    "articles_by_reference",
    "import_articles",
    "load_demo",
    "name_category",
    "publish_revision",
    "recent_reading",
    "save_article",
    "search_articles",
    "vote_on_article",
]
