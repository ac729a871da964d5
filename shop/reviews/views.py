"""Reviews: read by everybody, written from the page of an order, with or without an account."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from shop.catalogue.cards import cards
from shop.catalogue.selectors import Rating
from shop.index.refresh import version_for
from shop.limits import TooManyTries, count_try, visitor_of
from shop.models import ProductRating, Review, ReviewPhoto
from shop.orders.links import NotAnOrderLink, order_for_token, order_token
from shop.oscar import Order
from shop.requests import ShopRequest
from shop.returns.photos import photo_response
from shop.reviews.forms import ReviewForm
from shop.reviews.rules import Reviewable, order_with, reviewable_products
from shop.reviews.selectors import SORTS, review_page
from shop.reviews.services import NotBought, write_review
from shop.tracking.knowing import knows_the_order

TRIES, SECONDS = 20, 600


@require_safe
def product_reviews(request: ShopRequest, product_id: int) -> HttpResponse:
    """All that buyers say about one product."""
    version_for(request)  # the cards are to be those of now
    card = next(iter(cards([product_id], language=request.LANGUAGE_CODE)), None)
    if card is None:
        raise Http404
    kept = ProductRating.objects.filter(pk=product_id, count__gt=0).first()
    rating = Rating(kept.count, kept.average, kept.by_stars) if kept else None
    page = review_page(product_id, count=rating.count if rating else 0, query=request.GET)
    context = {
        "card": card,
        "rating": rating,
        "page": page,
        "show_photos": settings.REVIEW_PHOTOS,
        "sorts": [(code, name) for code, (name, _order) in SORTS.items()],
        "robots": "noindex",
    }
    return render(request, "shop/reviews/review_list.html", context)


@never_cache
@require_safe
def start(request: ShopRequest, product_id: int) -> HttpResponse:
    """To the form, for a customer who is logged in and bought it; everybody else reads how to get there."""
    version_for(request)  # the cards are to be those of now
    card = next(iter(cards([product_id], language=request.LANGUAGE_CODE)), None)
    if card is None:
        raise Http404
    customer_id = request.who.customer_id
    order = order_with(product_id, customer_id=customer_id) if customer_id else None
    if order:
        return redirect("shop:review_write", order_token(order), product_id)
    context = {"card": card, "is_customer": customer_id is not None, "robots": "noindex"}
    return render(request, "shop/reviews/review_start.html", context)


def _order_of(token: str) -> Order:
    try:
        order = order_for_token(token)
    except NotAnOrderLink as error:
        raise Http404 from error
    if not hasattr(order, "purchase"):
        raise Http404
    return order


@never_cache
@require_safe
def order_reviews(request: ShopRequest, token: str) -> HttpResponse:
    """What of an order can be reviewed, and what became of the reviews."""
    order = _order_of(token)
    context = {
        "order": order,
        "token": token,
        "products": reviewable_products(order, request.LANGUAGE_CODE),
        "robots": "noindex",
    }
    return render(request, "shop/reviews/review_choose.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def write(request: ShopRequest, token: str, product_id: int) -> HttpResponse:
    order = _order_of(token)
    wanted = _reviewable(order, product_id, request.LANGUAGE_CODE)
    if request.method == "POST":
        form = ReviewForm(request.POST, request.FILES)
        if form.is_valid() and _write(request, form, order, product_id):
            return redirect("shop:reviews_of_order", token)
    else:
        form = ReviewForm(initial=_initial(request, order, wanted.review))
    context = {"form": form, "order": order, "token": token, "product": wanted, "robots": "noindex"}
    return render(request, "shop/reviews/review_write.html", context, status=422 if form.errors else 200)


def _reviewable(order: Order, product_id: int, language: str) -> Reviewable:
    for each in reviewable_products(order, language):
        if each.product_id == product_id:
            return each
    raise Http404


def _initial(request: ShopRequest, order: Order, review: Review | None) -> dict[str, object]:
    """What was written before. A link that was forwarded shows of it what everybody can read, no more."""
    if review is None:
        return {}
    is_public = review.state == Review.State.APPROVED
    if not is_public and not knows_the_order(request, order, now=timezone.now()):
        return {}
    return {"stars": review.stars, "title": review.title, "text": review.text}


def _write(request: ShopRequest, form: ReviewForm, order: Order, product_id: int) -> bool:
    """False if it cannot be taken; the form says why."""
    try:
        count_try("review", visitor_of(request), tries=TRIES, seconds=SECONDS)
        write_review(
            order.pk,
            product_id,
            opinion=form.opinion,
            photos=form.cleaned_data.get("photos", []),
            language=request.LANGUAGE_CODE,
            actor=request.who.actor,
            now=timezone.now(),
        )
    except TooManyTries:
        form.add_error(None, _("That is a lot in a short time. Please wait ten minutes and send it again."))
        return False
    except NotBought as error:
        raise Http404 from error
    messages.success(request, _("Thank you. A person reads your review, then it is published."))
    return True


@require_safe
def photo(request: ShopRequest, photo_id: int) -> HttpResponse:
    """Of a published review, while photos are shown at all."""
    if not settings.REVIEW_PHOTOS:
        raise Http404
    shown = get_object_or_404(ReviewPhoto, pk=photo_id, review__state=Review.State.APPROVED)
    return photo_response(shown)
