from django.urls import path

from shop.tracking import views

urlpatterns = [
    path("", views.track, name="track"),
    path("<str:token>/", views.tracking, name="tracking"),
]
