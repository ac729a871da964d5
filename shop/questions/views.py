"""Questions about a product: answered from the help articles, else by a person who knows which product it is about."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crm import api as crm
from knowledgebase import api as knowledgebase
from shop.catalogue.cards import cards
from shop.index.refresh import version_for
from shop.requests import ShopRequest

LONGEST, ANSWERS = 200, 4


@require_safe
def ask(request: ShopRequest, product_id: int) -> HttpResponse:
    """`question` is what somebody wants to know; a fragment for htmx, else a page."""
    version_for(request)  # the cards are to be those of now
    card = next(iter(cards([product_id], language=request.LANGUAGE_CODE)), None)
    if card is None:
        raise Http404
    question = crm.clean_line(request.GET.get("question", "")[:LONGEST])
    language = request.LANGUAGE_CODE
    context = {
        "card": card,
        "product_id": product_id,
        "question": question,
        "answers": knowledgebase.search_articles(question, language=language, limit=ANSWERS) if question else [],
        # What the desk is told: which product, then the question.
        "subject": f"{card.title}: {question}" if question else card.title,
        "robots": "noindex",
    }
    template = "shop/questions/_answers.html" if request.htmx else "shop/questions/question_ask.html"
    return render(request, template, context)
