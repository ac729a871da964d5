"""Included by shop/urls.py, in the namespace "shop"."""

from django.urls import path

from shop.questions import views

urlpatterns = [path("questions/<int:product_id>/", views.ask, name="question_ask")]
