"""What is refused before any view is asked, and the headers that every answer carries."""

import codecs
from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware, PolicyParts
from csp.utils import build_policy
from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest

from config.policies import PERMISSIONS, SHOP, is_file, policy_of

# What django-csp's decorators leave on a response.
OF_A_VIEW = ("_csp_exempt", "_csp_config", "_csp_update", "_csp_replace")
STAFF = ("/admin/", "/dashboard/", "/desk/")


def refuse_other_charsets(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Django reads even an address by the charset that a Content-Type names: one page could be kept under another's.

    In front of all views, so that no page is made of such a request; behind what sets the headers of every answer.
    Nobody's browser names another charset; what carriers and banks send, their views read.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        charset = request.encoding
        if charset and codecs.lookup(charset).name != "utf-8" and not request.path_info.startswith("/webhooks/"):
            return HttpResponseBadRequest("Please send UTF-8.", content_type="text/plain; charset=utf-8")
        return get_response(request)

    return middleware


def refuse_nul_to_staff(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """No NUL in an address of staff's. The filters of Django's lists, and others' pages, hand anything to Postgres,
    which refuses it with an error; our own pages clean what they are given.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(STAFF):
            texts = [request.path, *request.GET, *(text for texts in request.GET.lists() for text in texts[1])]
            if any("\0" in text for text in texts):
                raise BadRequest("NUL in an address")
        return get_response(request)

    return middleware


class PolicyMiddleware(CSPMiddleware):
    """The content security policy of the address. A view adds to it by `response._csp_update`, as django-csp has it."""

    def __init__(self, get_response: Any = None) -> None:
        super().__init__(get_response)
        self.of_shop: dict[bool, str] = {}

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """That of shoppers' pages is the same for all of them, and put together once."""
        is_plain = policy_of(request.path_info) is SHOP and not any(hasattr(response, name) for name in OF_A_VIEW)
        kept = self.of_shop.get(settings.SECURE_SSL_REDIRECT) if is_plain and not settings.DEBUG else None
        if kept is not None:
            response.headers.setdefault(HEADER, kept)
            return response
        if settings.DEBUG and response.status_code == HTTPStatus.NOT_FOUND:
            # django-csp spares Django's yellow page; ours stands in its place (config/apps.py).
            response.headers.setdefault(HEADER, build_policy(**asdict(self.get_policy_parts(request, response))))
            return response
        response = super().process_response(request, response)
        if is_plain and HEADER in response.headers:
            self.of_shop[settings.SECURE_SSL_REDIRECT] = response.headers[HEADER]
        return response

    def get_policy_parts(self, request: HttpRequest, response: Any, report_only: bool = False) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and parts.config is None:
            parts.config = policy_of(request.path_info)
            if settings.SECURE_SSL_REDIRECT:
                parts.config = {**parts.config, "upgrade-insecure-requests": True}
        return parts


def set_headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """What Django has no setting for. A view that needs more sets its own."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if is_file(request.path_info):  # which its policy lets do nothing; each byte comes with every file of a page
            response.headers.setdefault("Cross-Origin-Resource-Policy", "cross-origin")
        else:
            response.headers.setdefault("Permissions-Policy", PERMISSIONS)
            response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return middleware
