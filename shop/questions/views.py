"""Questions about a product: answered from its page and the help, else by a person who knows which product it is."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from crm import api as crm
from shop.catalogue.kept import delivery_for, product_for
from shop.catalogue.selectors import NotSold
from shop.questions.answers import Answers, answers_of
from shop.questions.help import articles_for
from shop.requests import ShopRequest

LONGEST = 200


@require_safe
def ask(request: ShopRequest, product_id: int) -> HttpResponse:
    """`question` is what somebody wants to know; a fragment for htmx, else a page."""
    language, now = request.LANGUAGE_CODE, timezone.now()
    try:
        product = product_for(request, product_id, language=language, option=0, now=now).product
    except NotSold as error:
        raise Http404 from error
    question = crm.clean_line(request.GET.get("question", "")[:LONGEST])
    answers = answers_of(product, question, language=language) if question else Answers()
    context = {
        "product": product,
        "product_id": product_id,
        "question": question,
        "answers": answers,
        "delivery": delivery_for(product, now=now)
        if answers.is_about_delivery and product.chosen.is_available
        else None,
        "articles": articles_for(product, question, language=language, is_answered=answers.is_whole)
        if question
        else [],
        # What the desk is told: which product, then the question.
        "subject": f"{product.title}: {question}" if question else product.title,
        "robots": "noindex",
    }
    template = "shop/questions/_answers.html" if request.htmx else "shop/questions/question_ask.html"
    return render(request, template, context)
