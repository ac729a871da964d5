"""The door for providers' webhooks, and the page of a bank that does not exist."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from shop.models import SimulatedCharge
from shop.payment.providers import NotAuthentic, ProviderUnreachable, simulated
from shop.payment.webhooks import NoSuchProvider, take_webhook
from shop.requests import ShopRequest, whole_number

# Providers send a few thousand bytes.
MAX_BODY = 64 * 1024


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """200: taken, or nothing to be done. 400: not from the provider. 503: please send it again."""
    length = request.headers.get("Content-Length", "")
    if whole_number(length, default=MAX_BODY + 1 if length else 0) > MAX_BODY:
        return _answer("too long", 413)
    try:
        take_webhook(provider, headers=request.headers, body=request.body, now=timezone.now())
    except NoSuchProvider:
        return _answer("unknown", 404)
    except NotAuthentic:
        return _answer("not authentic", 400)
    except ProviderUnreachable:
        return _answer("again, please", 503)
    return _answer("ok", 200)


def _answer(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain")


@never_cache
@require_http_methods(["GET", "POST"])
def simulated_bank(request: ShopRequest, reference: str) -> HttpResponse:
    """3-D Secure as the simulated network plays it: the shopper approves or rejects, and is sent back to the shop."""
    charge = SimulatedCharge.objects.filter(reference=reference).first()
    if charge is None or not settings.PAYMENT_SIMULATOR:
        raise Http404
    if request.method == "POST":
        simulated.decide(reference, is_approved=request.POST.get("answer") == "approve")
    if request.method == "POST" or charge.is_captured is not None:
        return HttpResponseRedirect(charge.return_url)
    return render(request, "shop/checkout/simulated_bank.html", {"charge": charge})
