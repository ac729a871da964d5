"""Where carriers call us: no language in the path, nobody looks at it."""

from django.urls import path

from shop.shipments import webhooks

app_name = "carriers"
urlpatterns = [
    path("<slug:code>/", webhooks.carrier_webhook, name="webhook"),
]
