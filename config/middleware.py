"""What is refused before any view is asked."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

STAFF = ("/admin/", "/dashboard/", "/desk/")


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
