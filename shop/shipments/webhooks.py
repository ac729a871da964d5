"""What carriers tell us by themselves: authentic, understood, taken once; anything else changes nothing."""

import logging
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from crm import api as crm
from shop.models import Parcel, WebhookCall
from shop.shipments.arriving import note_event
from shop.shipments.carriers import NotAuthentic, Notice, NotUnderstood, get_carrier

logger = logging.getLogger(__name__)

MOST_BYTES = 64 * 1024


@csrf_exempt
@require_POST
def carrier_webhook(request: HttpRequest, code: str) -> HttpResponse:
    """200 for what is authentic and understood, ours or not, new or not: then the carrier need not call again."""
    carrier, now = get_carrier(code), timezone.now()
    if carrier is None:
        logger.warning("webhook of a carrier that we do not know: %r", code[:40])
        return HttpResponse(status=404, content_type="text/plain")
    if len(request.body) > MOST_BYTES:
        return _refuse(request, code, "too large")
    try:
        notices = carrier.read_webhook(headers=request.headers, body=request.body, now=now)
    except (NotAuthentic, NotUnderstood) as error:
        return _refuse(request, code, f"{type(error).__name__}: {error}")
    outcomes = [take_notice(code, notice, now=now) for notice in notices]
    return JsonResponse({"outcomes": outcomes})


def _refuse(request: HttpRequest, code: str, why: str) -> HttpResponse:
    logger.warning("webhook of %s refused, from %s: %s", code, crm.address_of(request), why)
    return HttpResponseBadRequest(content_type="text/plain")  # no page: a machine gets no cookie


@transaction.atomic
def take_notice(code: str, notice: Notice, *, now: datetime) -> str:
    """Take what a carrier says about a parcel, once; "accepted", "ignored" or "known".

    A number that is none of ours is kept as ignored: it may be of another shop of the carrier's customer.
    """
    parcel = Parcel.objects.filter(carrier=code, tracking_number=notice.tracking_number).first()
    _, is_new = WebhookCall.objects.get_or_create(
        source=f"carrier:{code}",
        event_id=notice.news.key,
        defaults={
            "kind": notice.news.state,
            "outcome": WebhookCall.Outcome.ACCEPTED if parcel else WebhookCall.Outcome.IGNORED,
            "detail": notice.tracking_number,
            "reference": f"shop.parcel:{parcel.pk}" if parcel else "",
            "received_at": now,
        },
    )
    if not is_new:
        return "known"
    if parcel is None:
        return "ignored"
    note_event(parcel.pk, notice.news, actor=crm.Actor.system(f"carrier-{code}"), now=now)
    return "accepted"
