from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.templatetags.static import static


def favicon(request: HttpRequest) -> HttpResponseRedirect:
    """What browsers ask for where a page cannot name its icon."""
    return redirect(static("img/mark.svg"))
