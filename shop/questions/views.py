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
from shop.requests import ShopRequest, whole_number

LONGEST = 200


@require_safe
def ask(request: ShopRequest, product_id: int) -> HttpResponse:
    """`question` is what somebody wants to know, `option` the variant that they look at; a fragment for htmx, else a
    page."""
    language, now = request.LANGUAGE_CODE, timezone.now()
    option = whole_number(request.GET.get("option", ""), default=0)
    try:
        product = product_for(request, product_id, language=language, option=option, now=now).product
    except NotSold as error:
        raise Http404 from error
    question = crm.clean_line(request.GET.get("question", "")[:LONGEST])
    answers = answers_of(product, question, language=language) if question else Answers()
    thing = f"{product.title} – {product.chosen.title}" if product.has_options else product.title
    context = {
        "product": product,
        "thing": thing,
        "question": question,
        "answers": answers,
        "delivery": delivery_for(product, now=now)
        if answers.is_about_delivery and product.chosen.is_available
        else None,
        "articles": articles_for(product, question, language=language, is_answered=answers.is_whole)
        if question
        else [],
        # What the desk is told: which product, then the question.
        "subject": f"{thing}: {question}" if question else thing,
        "robots": "noindex",
    }
    template = "shop/questions/_answers.html" if request.htmx else "shop/questions/question_ask.html"
    return render(request, template, context)
