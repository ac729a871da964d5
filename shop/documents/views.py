"""Handing out the papers of an order to whoever knows it: they hold name and street, so its link alone opens none."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from shop.documents.papers import NoSuchPaper, Paper, paper_as_pdf, paper_of
from shop.documents.pdf import PACKAGES, NoPango
from shop.orders.links import NotAnOrderLink, order_for_token, order_token
from shop.orders.selectors import orders_of_customer
from shop.oscar import Order
from shop.requests import ShopRequest
from shop.tracking.asking import ask_for_proof
from shop.tracking.knowing import knows_the_order


@never_cache
@require_http_methods(["GET", "POST"])
def page(request: ShopRequest, token: str, kind: str) -> HttpResponse:
    """The paper to be read, also on a phone."""
    order = _order_or_404(token)
    paper = _paper_or_404(order, kind)
    return _unless_known(request, order) or _as_page(request, order, paper, is_pdf_wanted=False)


@never_cache
@require_http_methods(["GET", "POST"])
def pdf(request: ShopRequest, token: str, kind: str) -> HttpResponse:
    """The paper as PDF; where that cannot be made, the same paper as a page for printing."""
    order = _order_or_404(token)
    paper = _paper_or_404(order, kind)
    return _unless_known(request, order) or _as_pdf(request, order, paper)


@never_cache
@login_required
@require_GET
def pdf_of_account(request: ShopRequest, number: str, kind: str) -> HttpResponse:
    """The same by the order's number, for the customer whose order it is."""
    if request.who.customer_id is None:
        raise Http404
    order = get_object_or_404(orders_of_customer(request.who.customer_id), number=number)
    return _as_pdf(request, order, _paper_or_404(order, kind))


def _unless_known(request: ShopRequest, order: Order) -> HttpResponse | None:
    """What a visitor gets who does not know the order yet, and whoever sends the form again."""
    if not knows_the_order(request, order, now=timezone.now()):
        return _for_one_reader(ask_for_proof(request, order))
    return redirect(request.path) if request.method == "POST" else None


def _as_pdf(request: ShopRequest, order: Order, paper: Paper) -> HttpResponse:
    try:
        content = paper_as_pdf(paper)
    except NoPango:
        return _as_page(request, order, paper, is_pdf_wanted=True)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{paper.file_name}.pdf"'
    return _for_one_reader(response)


def _as_page(request: ShopRequest, order: Order, paper: Paper, *, is_pdf_wanted: bool) -> HttpResponse:
    token = order_token(order)
    context = {
        "paper": paper,
        "back_url": reverse("shop:tracking", args=[token]),
        "pdf_url": "" if is_pdf_wanted else reverse("shop:document", args=[token, paper.kind]),
        "needs_pango": PACKAGES if is_pdf_wanted and request.user.is_staff else "",
    }
    return _for_one_reader(render(request, "shop/documents/document_show.html", context))


def _for_one_reader(response: HttpResponse) -> HttpResponse:
    """A proxy keeps nothing (never_cache), a search engine lists nothing, a browser guesses nothing."""
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Robots-Tag"] = "noindex"
    return response


def _order_or_404(token: str) -> Order:
    try:
        return order_for_token(token)
    except NotAnOrderLink as error:
        raise Http404 from error


def _paper_or_404(order: Order, kind: str) -> Paper:
    try:
        return paper_of(order, kind)
    except NoSuchPaper as error:
        raise Http404 from error
