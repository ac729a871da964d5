"""The first page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from shop.catalogue.selectors import departments
from shop.home.selectors import window_shelves
from shop.requests import ShopRequest


@require_safe
def home(request: ShopRequest) -> HttpResponse:
    language = get_language() or ""
    context = {"departments": departments(language), "shelves": window_shelves(language)}
    return render(request, "shop/home/home.html", context)
