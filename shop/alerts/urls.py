"""Included by shop/urls.py, in the namespace "shop"."""

from django.urls import path

from shop.alerts import views

urlpatterns = [
    path("alerts/<int:product_id>/", views.ask, name="alert_ask"),
    path("alerts/confirm/<str:token>/", views.confirm, name="alert_confirm"),
    path("alerts/stop/<str:token>/", views.stop, name="alert_stop"),
]
