"""Included by shop/urls.py, in the namespace "shop"."""

from django.urls import path

from shop.reviews import views

urlpatterns = [
    path("reviews/<int:product_id>/", views.product_reviews, name="reviews"),
    path("reviews/<int:product_id>/write/", views.start, name="review_start"),
    path("reviews/photos/<int:photo_id>/", views.photo, name="review_photo"),
    path("orders/<str:token>/reviews/", views.order_reviews, name="reviews_of_order"),
    path("orders/<str:token>/reviews/<int:product_id>/", views.write, name="review_write"),
]
