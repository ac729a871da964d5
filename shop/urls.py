"""The shop's pages. Names are Oscar's where Oscar's models and dashboard link to them."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
