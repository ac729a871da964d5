"""The page: four small queries, twenty cards."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from benchmarks.bare.models import Category, Picture, Price, Product

CARDS = 20


def cards(request: HttpRequest, page: int) -> HttpResponse:
    categories = list(Category.objects.order_by("pk")[:12])
    products = list(Product.objects.filter(pk__gt=(page - 1) * CARDS).order_by("pk")[:CARDS])
    prices = {entry.product_id: entry for entry in Price.objects.filter(product__in=products)}
    pictures = {entry.product_id: entry for entry in Picture.objects.filter(product__in=products)}
    shown = [
        {"product": product, "price": prices.get(product.pk), "picture": pictures.get(product.pk)}
        for product in products
    ]
    return render(request, "bare/cards.html", {"categories": categories, "cards": shown, "page": page})
