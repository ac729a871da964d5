"""A whole tree of other people's pages, Oscar's dashboard, behind one question."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, reverse

Question = Callable[[Any], bool]


def may_change_orders(user: Any) -> bool:
    """Managers: what Oscar's dashboard can do, `is_staff` alone must not open."""
    return bool(user.is_active and user.is_staff and user.has_perm("order.change_order"))


def guard(patterns: Iterable[URLPattern | URLResolver], question: Question) -> list[URLPattern | URLResolver]:
    """The same addresses and names, every view answering only those of whom `question` is true."""
    return [_guarded(pattern, question) for pattern in patterns]


def _guarded(pattern: URLPattern | URLResolver, question: Question) -> URLPattern | URLResolver:
    if isinstance(pattern, URLPattern):
        return URLPattern(pattern.pattern, _ask_first(pattern.callback, question), pattern.default_args, pattern.name)
    return URLResolver(
        pattern.pattern,
        guard(pattern.url_patterns, question),
        pattern.default_kwargs,
        pattern.app_name,
        pattern.namespace,
    )


def _ask_first(view: Callable[..., HttpResponse], question: Question) -> Callable[..., HttpResponse]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        if not question(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded
