"""Signals of others that this app listens to; each is one call into a service."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.utils import timezone

from crm import api as crm
from shop.wishlist import services as wishlist
from shop.wishlist.selectors import guest_list_id


def on_login(sender: Any, request: HttpRequest, user: crm.User, **kwargs: Any) -> None:
    list_id = guest_list_id(request) if request is not None else None
    customer = crm.Customer.objects.filter(account=user).first() if list_id is not None else None
    if customer is not None and list_id is not None:
        wishlist.join_lists(customer.pk, guest_list_id=list_id, now=timezone.now())


def connect() -> None:
    user_logged_in.connect(on_login, dispatch_uid="shop.on_login")
