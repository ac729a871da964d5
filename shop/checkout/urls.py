from django.urls import path

from shop.checkout import views

app_name = "checkout"
urlpatterns = [
    path("", views.index, name="index"),
    path("options/", views.options, name="options"),
    path("<str:token>/pay/", views.pay, name="pay"),
    path("<str:token>/thank-you/", views.thank_you, name="thank-you"),
]
