"""Addresses and names are Oscar's, whose models and dashboard link to them. The key finds the page, whatever stands
before it: what is not the slug in the language of the page leads there."""

from django.urls import path, re_path

from shop import oscar_links
from shop.catalogue import views

app_name = "catalogue"
urlpatterns = [
    *oscar_links.catalogue,
    path("", views.product_list, name="index"),
    re_path(r"^category/(?P<category_slug>.*)_(?P<pk>\d{1,9})/$", views.category_show, name="category"),
    re_path(r"^(?P<product_slug>[^/]*)_(?P<pk>\d{1,9})/$", views.product_show, name="detail"),
]
