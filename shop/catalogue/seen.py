"""What was looked at last: in a signed cookie, so that any web process knows it without asking the database."""

from collections.abc import Sequence

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from crm import api as crm

COOKIE = "esnaf_seen"
SALT = "shop.seen"
MOST = 12
KEPT_FOR = 90 * 24 * 3600


def seen_products(request: HttpRequest) -> list[int]:
    """The last first; empty for who has seen nothing, objects to being followed, or wrote the cookie himself."""
    kept = request.COOKIES.get(COOKIE, "")
    if not kept or crm.objects_to_tracking(request):
        return []
    known: list[int] | None = getattr(request, "_seen", None)
    if known is None:
        try:
            ids = signing.loads(kept, salt=SALT, max_age=KEPT_FOR)
        except signing.BadSignature:
            ids = []
        known = [id for id in ids if isinstance(id, int)][:MOST]
        request._seen = known  # type: ignore[attr-defined]
    return known


def remember_seen(request: HttpRequest, response: HttpResponse, product_id: int, before: Sequence[int]) -> None:
    """Put a product in front of those seen `before`; of who objects, forget them."""
    if crm.objects_to_tracking(request):
        if COOKIE in request.COOKIES:
            response.delete_cookie(COOKIE, samesite="Lax")
        return
    ids = [product_id, *(id for id in before if id != product_id)][:MOST]
    response.set_cookie(
        COOKIE,
        signing.dumps(ids, salt=SALT),
        max_age=KEPT_FOR,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
