"""Signals of others that this app listens to; each is one call into a service."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.utils import timezone

from crm import customers
from crm.models import User


def on_login(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    who = getattr(request, "who", None)
    customers.note_login(user, visitor=who.visitor if who else None, now=timezone.now())


def connect() -> None:
    user_logged_in.connect(on_login, dispatch_uid="crm.on_login")
