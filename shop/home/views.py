"""The first page: what was put aside for this customer, and what stands in the window for everybody."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from shop.catalogue.departments import departments
from shop.home.selectors import window_shelves
from shop.index.refresh import version_for
from shop.personal.shelves import personal_shelves
from shop.requests import ShopRequest


@require_safe
def home(request: ShopRequest) -> HttpResponse:
    language, version = request.LANGUAGE_CODE, version_for(request)
    customer_id = request.who.customer_id
    personal = personal_shelves(customer_id, language=language, now=timezone.now()) if customer_id else []
    context = {
        "departments": departments(version, language),
        "personal": personal,
        "name": request.user.get_short_name() if request.user.is_authenticated else "",
        "shelves": window_shelves(version, language, but={card.id for shelf in personal for card in shelf.cards}),
    }
    return render(request, "shop/home/show.html", context)
