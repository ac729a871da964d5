from django.urls import path

from shop.basket import views

app_name = "basket"
urlpatterns = [
    path("", views.summary, name="summary"),
    path("link/", views.link, name="link"),
    path("add/<int:pk>/", views.add, name="add"),
    path("lines/<int:line_id>/", views.change, name="change"),
    path("vouchers/", views.enter_voucher, name="voucher-enter"),
    path("vouchers/<int:voucher_id>/", views.take_out_voucher, name="voucher-take-out"),
]
