"""Pictures are handed out by name and width; see sizes.py for which."""

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotFound
from django.utils.http import http_date
from django.views.decorators.http import require_safe
from django.views.static import was_modified_since

from shop.pictures.reading import NoPicture
from shop.pictures.sizes import sized_picture

# Django's storage never gives a name twice: what a name shows does not change.
FOREVER = "public, max-age=31536000, immutable"


@require_safe
def sized(request: HttpRequest, width: int, name: str) -> HttpResponseBase:
    """The picture, or a 404 of a line: a page with a broken picture must not cost a second page."""
    try:
        path = sized_picture(name, width)
        changed_at = path.stat().st_mtime
        response: HttpResponseBase
        if was_modified_since(request.headers.get("If-Modified-Since"), changed_at):
            response = FileResponse(path.open("rb"), content_type="image/webp")
        else:
            response = HttpResponse(status=304)
    except (NoPicture, FileNotFoundError):
        return HttpResponseNotFound("There is no such picture.", content_type="text/plain; charset=utf-8")
    response["Last-Modified"] = http_date(changed_at)
    response["Cache-Control"] = FOREVER
    return response
