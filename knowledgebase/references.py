"""How articles are shown where only their reference is known."""

from django.urls import reverse

from crm import api as crm
from knowledgebase.models import Article


def _articles(ids: list[str]) -> dict[str, crm.Link]:
    numbers = [int(id) for id in ids if id.isdecimal()]
    articles = Article.objects.filter(pk__in=numbers).select_related("current_revision")
    return {
        str(article.pk): crm.Link(str(article), reverse("admin:knowledgebase_article_change", args=[article.pk]))
        for article in articles
    }


def register() -> None:
    crm.register_references("knowledgebase.article", _articles)
