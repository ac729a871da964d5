"""helpdesk's own pages: for agents, to look at. What would write past our services is closed to everybody.

Every view is wrapped, whatever helpdesk itself would check: a page that a new release adds is closed to strangers too.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, include, path
from helpdesk import urls as helpdesk

from support.agents import is_agent

View = Callable[..., Any]

# Would change a conversation, mail somebody or show a ticket to the public, past support/tickets.py.
CLOSED = frozenset(
    {
        "edit", "update", "delete", "hold", "unhold", "mass_update", "merge_tickets", "followup_edit",
        "followup_delete",
        "attachment_del", "ticket_cc_add", "ticket_cc_del", "submit", "submit_iframe", "success_iframe", "public_view",
        "my-tickets", "kb_index", "kb_category", "kb_category_iframe", "kb_vote", "email_ignore_add",
        "email_ignore_del",
        "password_change", "password_change_done", "password_reset", "password_reset_done", "password_reset_confirm",
        "password_reset_complete", "login", "logout",
        # Live on scripts of others' servers, which our policy keeps out; the second one links to what is not there.
        "checklist_templates", "edit_checklist_template", "delete_checklist_template", "edit_ticket_checklist",
        "delete_ticket_checklist", "system_settings",
    }
)  # fmt: skip
# Words in an address that make helpdesk change something on a mere GET.
CHANGING_WORDS = frozenset({"close", "take", "subscribe", "unsubscribe"})


def agents_only(view: View, name: str) -> View:
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not is_agent(request.user):
            raise PermissionDenied
        if name in CLOSED:
            raise Http404("closed: tickets are worked on in the admin")
        if request.method in ("GET", "HEAD"):
            return _looked_at(view, name, request, *args, **kwargs)
        response: HttpResponse = view(request, *args, **kwargs)
        return response

    return checked


def _looked_at(view: View, name: str, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """A GET shows and never changes: whatever helpdesk writes on the way is rolled back."""
    if CHANGING_WORDS & set(request.GET):
        return HttpResponseNotAllowed(["POST"])
    if name == "view":
        return redirect("admin:helpdesk_ticket_change", kwargs["ticket_id"])
    with transaction.atomic():
        response: HttpResponse = view(request, *args, **kwargs)
        if hasattr(response, "render"):
            response.render()
        transaction.set_rollback(True)
    return response


def _wrapped(pattern: URLPattern) -> URLPattern:
    name = pattern.name or ""
    return URLPattern(pattern.pattern, agents_only(pattern.callback, name), pattern.default_args, pattern.name)


urlpatterns = [
    path("", include(([_wrapped(pattern) for pattern in helpdesk.urlpatterns], helpdesk.app_name))),
]
