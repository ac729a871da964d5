"""Says who is behind a request: `request.who`."""

import uuid
from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from crm.actors import Who
from crm.models import Customer
from crm.requests import Request, objects_to_tracking

YEAR = 365 * 24 * 3600


def _visitor_in(request: HttpRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.COOKIES.get(settings.VISITOR_COOKIE, ""))
    except ValueError:
        return None


def _who(request: HttpRequest, visitor: uuid.UUID | None) -> Who:
    user = request.user
    if not user.is_authenticated:
        return Who(customer_id=None, visitor=visitor)
    if hasattr(user, "known_customer_id"):
        return Who(customer_id=user.known_customer_id, visitor=visitor)
    # Logged in during this very request.
    customer_id = Customer.objects.filter(account_id=user.pk).values_list("pk", flat=True).first()
    return Who(customer_id=customer_id, visitor=visitor)


class WhoMiddleware:
    """`request.who` is worked out at the first look. Browsers get a random, meaningless number, unless they object."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Request) -> HttpResponse:
        known = _visitor_in(request)
        visitor = known or (None if objects_to_tracking(request) else uuid.uuid4())
        request.who = cast(Who, SimpleLazyObject(lambda: _who(request, visitor)))
        response = self.get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/html") and response.status_code < 500
        if visitor and not known and is_page:
            response.set_cookie(
                settings.VISITOR_COOKIE,
                str(visitor),
                max_age=YEAR,
                httponly=True,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )
        return response
