"""The account's page is where a customer's orders are."""

from typing import Any

from django.urls import reverse
from django.utils import translation


def test_the_address_of_the_orders_leads_to_them(client: Any) -> None:
    with translation.override("tr"):
        response = client.get(reverse("customer:order-list"))
        assert response["Location"] == f"{reverse('customer:profile-view')}#orders"
