from django.urls import path

from shop.pictures import views

urlpatterns = [path("<int:width>/<path:name>.webp", views.sized)]
