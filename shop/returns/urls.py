from django.urls import path

from shop.returns import views

urlpatterns = [
    path("orders/<str:token>/returns/", views.returns, name="returns"),
    path("orders/<str:token>/returns/<slug:kind>/", views.ask, name="return_ask"),
    path("returns/<str:token>/", views.show, name="return"),
    path("returns/<str:token>/confirm/", views.confirm, name="return_confirm"),
    path("returns/<str:token>/withdraw/", views.withdraw, name="return_withdraw"),
    path("returns/<str:token>/label/", views.label, name="return_label"),
]
