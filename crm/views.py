"""Pages behind links in mails. A link proves the address it was mailed to, nothing else."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from crm import consents, customers
from crm.requests import address_of


@csrf_exempt  # RFC 8058: the mailbox provider posts here without ever having seen a page of ours.
@require_http_methods(["GET", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST does: link scanners that open every link unsubscribe nobody."""
    context: dict[str, Any] = {"is_done": False}
    try:
        _customer_id, context["address"] = consents.read_unsubscribe_token(token)
        if request.method == "POST":
            source = "one-click" if request.POST.get("List-Unsubscribe") == "One-Click" else "unsubscribe page"
            ip_address = address_of(request)
            consents.unsubscribe(token, source=source, now=timezone.now(), ip_address=ip_address)
            context["is_done"] = True
    except consents.NotAnUnsubscribeLink:
        return render(request, "crm/link_refused.html", status=404)
    return render(request, "crm/unsubscribe.html", context)


@require_http_methods(["GET", "POST"])
def verify_address(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST proves: a scanner that opens links proves nothing."""
    if request.method == "GET":
        return render(request, "crm/verify_address.html")
    try:
        customers.verify_address(token, now=timezone.now())
    except customers.LinkNoLongerValid:
        return render(request, "crm/link_refused.html", status=404)
    messages.success(request, _("Thank you, your e-mail address is confirmed."))
    return redirect("customer:profile-view")
