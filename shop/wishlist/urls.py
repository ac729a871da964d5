"""Included by shop/urls.py, in the namespace "shop"."""

from django.urls import path

from shop.wishlist import views

urlpatterns = [
    path("wishes/", views.show, name="wishes"),
    path("wishes/share/", views.share, name="wishes_share"),
    path("wishes/shared/<slug:key>/", views.shared, name="wishes_shared"),
    path("wishes/<int:product_id>/add/", views.add, name="wish_add"),
    path("wishes/<int:product_id>/remove/", views.remove, name="wish_remove"),
    path("wishes/<int:product_id>/basket/", views.to_basket, name="wish_to_basket"),
]
