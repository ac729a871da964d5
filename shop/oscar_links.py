"""Addresses that Oscar's dashboard links to by name; here each is another page."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, re_path, reverse
from django.utils.translation import get_language

from shop.catalogue.offers import looks_of


def to_account(request: HttpRequest) -> HttpResponse:
    return redirect("customer:profile-view")


def to_reduced(request: HttpRequest, slug: str) -> HttpResponse:
    return redirect(reverse("catalogue:index") + "?offers=1")


def to_product(request: HttpRequest, product_pk: str, **kwargs: Any) -> HttpResponse:
    look = looks_of([int(product_pk)], get_language() or settings.LANGUAGE_CODE).get(int(product_pk))
    if look is None:
        raise Http404
    return redirect(look.url)


customer = [path("summary/", to_account, name="summary")]
_review = r"^(?P<product_slug>[\w-]*)_(?P<product_pk>\d{1,9})/reviews/(?P<pk>\d{1,9})/$"
catalogue = [re_path(_review, to_product, name="reviews-detail")]
offer = [path("<slug:slug>/", to_reduced, name="detail")]
