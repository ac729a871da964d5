from django.urls import path

from shop.checkout import paying, views
from shop.payment.views import simulated_bank

app_name = "checkout"
urlpatterns = [
    path("", views.index, name="index"),
    path("options/", views.options, name="options"),
    path("<str:token>/pay/", paying.pay, name="pay"),
    path("<str:token>/pay/another-way/", paying.pay_another_way, name="pay-another-way"),
    path("<str:token>/return/<slug:reference>/", paying.come_back, name="return"),
    path("simulated-bank/<slug:reference>/", simulated_bank, name="simulated-bank"),
    path("<str:token>/thank-you/", paying.thank_you, name="thank-you"),
]
