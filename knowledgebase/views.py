"""The help centre's pages. Everything works without JavaScript; htmx spares a page load."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.http import require_POST, require_safe

from crm import api as crm
from knowledgebase import reading, selectors
from knowledgebase.models import Article, Category, Revision, Vote
from knowledgebase.rendering import as_html, excerpt
from knowledgebase.votes import NothingToVoteOn, bounded, vote_on_article

MAX_QUESTION = 200
SHOWN_AS_TYPED = 6
SHOWN = 20
ARTICLES_PER_PAGE = 50


@require_safe
def home(request: crm.Request) -> HttpResponse:
    return render(request, "knowledgebase/home.html", {"shelves": selectors.shelves(request.LANGUAGE_CODE)})


@require_safe
def search(request: crm.Request) -> HttpResponse:
    """A page of results; a fragment while somebody types. Only a question that was sent is noted."""
    question = bounded(request.GET.get("q", ""), MAX_QUESTION)
    is_typing = bool(request.htmx) and not request.htmx.history_restore_request
    found = selectors.search_articles(
        question, language=request.LANGUAGE_CODE, limit=SHOWN_AS_TYPED if is_typing else SHOWN, as_typed=is_typing
    )
    context: dict[str, Any] = {"question": question, "found": found, "robots": "noindex"}
    if is_typing:
        return render(request, "knowledgebase/_results.html", {**context, "is_typing": True})
    if question:
        crm.trace(
            "knowledgebase.help.searched",
            who=request.who,
            now=timezone.now(),
            data={"query": question, "results": len(found), "language": request.LANGUAGE_CODE},
        )
        reading.note_search(request.session, question)
    return render(request, "knowledgebase/article_search.html", context)


@require_safe
def category(request: crm.Request, slug: str) -> HttpResponse:
    language = request.LANGUAGE_CODE
    shelf = get_object_or_404(Category, slug=slug)
    articles = (
        Article.objects.visible()
        .in_language(language)
        .filter(category=shelf)
        .order_by("pk")
        .select_related("current_revision")
    )
    page = Paginator(articles, ARTICLES_PER_PAGE).get_page(request.GET.get("page"))
    title = selectors.category_titles(language).get(shelf.pk, shelf.slug)
    return render(request, "knowledgebase/category_show.html", {"title": title, "slug": shelf.slug, "page": page})


@require_safe
def article(request: crm.Request, reference: str, slug: str) -> HttpResponse:
    shown = _article_or_404(reference, request.LANGUAGE_CODE)
    question = bounded(request.GET.get("q", ""), MAX_QUESTION)
    if slug != shown.slug:
        return HttpResponseRedirect(_with_question(shown.get_absolute_url(), question), status=301)
    crm.trace(
        "knowledgebase.article.viewed",
        who=request.who,
        now=timezone.now(),
        subject=f"knowledgebase.article:{shown.pk}",
        data={"query": question, "language": shown.language},
    )
    if question:
        reading.note_search(request.session, question)
    reading.note_article(request.session, shown.reference)
    revision = _text_of(shown)
    vote = Vote.objects.filter(revision=revision, voter=_voter(request)).first()
    titles = selectors.category_titles(shown.language)
    translations = {one.language: one.url for one in selectors.article_alternatives(shown.reference)}
    context = {
        "article": shown,
        "revision": revision,
        "body": as_html(revision.body),
        "summary": excerpt(revision.body),
        "question": question,
        "vote": vote,
        "category_title": titles.get(shown.category_id or 0, ""),
        "related": selectors.related_articles(shown),
        "alternates": _alternates(translations),
        "translations": translations,
        "canonical": shown.get_absolute_url(),
    }
    return render(request, "knowledgebase/article_show.html", context)


@require_POST
def vote(request: crm.Request, revision_id: int) -> HttpResponse:
    answer = request.POST.get("helpful")
    if answer not in ("yes", "no"):
        return HttpResponseBadRequest()
    question = bounded(request.POST.get("q", ""), MAX_QUESTION)
    try:
        kept = vote_on_article(
            revision_id,
            who=request.who,
            voter=_voter(request),
            is_helpful=answer == "yes",
            now=timezone.now(),
            query=question,
            reason=request.POST.get("reason", ""),
        )
    except NothingToVoteOn as error:
        raise Http404 from error
    voted = kept.revision.article
    if request.htmx:
        context = {"article": voted, "revision": kept.revision, "vote": kept, "question": question}
        return render(request, "knowledgebase/_feedback.html", context)
    return HttpResponseRedirect(_with_question(selectors.url_of(voted), question) + "#feedback")


def _voter(request: crm.Request) -> str:
    """Tells readers apart; a browser that asked not to be followed is known by its session only."""
    if request.who.customer_id is not None or request.who.visitor is not None:
        return str(request.who.actor)
    if not request.session.session_key:
        request.session.save()
    return f"session:{request.session.session_key}"


def _article_or_404(reference: str, language: str) -> Article:
    try:
        return selectors.access_article(reference, language=language)
    except selectors.NoSuchArticle as error:
        raise Http404 from error


def _text_of(shown: Article) -> Revision:
    if shown.current_revision is None:
        raise Http404
    return shown.current_revision


def _alternates(translations: dict[str, str]) -> dict[str, str]:
    """Where the language switch leads: the same article, or the help's first page where it is not written yet."""
    alternates = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            alternates[code] = reverse("knowledgebase:home")
    return alternates | translations


def _with_question(url: str, question: str) -> str:
    return f"{url}?{urlencode({'q': question})}" if question else url
