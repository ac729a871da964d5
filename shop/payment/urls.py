"""Where machines tell us of payments; no language, no session, no form."""

from django.urls import path

from shop.payment import views

app_name = "payment"
urlpatterns = [path("<slug:provider>/", views.webhook, name="webhook")]
