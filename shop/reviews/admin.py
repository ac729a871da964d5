"""Reviews in the back office: what waits, and one page for each, whose buttons call one service each."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from crm import api as crm
from shop.catalogue.offers import looks_of
from shop.models import Review, ReviewPhoto
from shop.orders.lines import name_of_product
from shop.returns.photos import photo_response
from shop.reviews import services
from shop.reviews.services import State, version_of

STATE_COLOURS = {State.WAITING: "warning", State.APPROVED: "success", State.REFUSED: "danger"}


def waiting_reviews(request: HttpRequest) -> int | str:
    """How many wait, for the menu; nothing where none does."""
    return Review.objects.filter(state=State.WAITING).count() or ""


@admin.register(Review)
class ReviewAdmin(ModelAdmin):
    """A review is changed by its buttons only; its words are its author's."""

    list_display = ("said", "stars_shown", "product_name", "author_shown", "state_shown", "since")
    list_filter = ("state", "stars", "language")
    search_fields = ("title", "text", "author", "order__number", "product__title")
    ordering = ("-written_at", "-pk")
    list_select_related = ("product",)
    list_per_page = 50
    show_full_result_count = False
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Review]:
        return super().get_queryset(request).prefetch_related("product__texts")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @display(description=_("review"))
    def said(self, review: Review) -> str:
        return Truncator(f"{review.title}: {review.text}" if review.title else review.text).chars(90)

    @display(description=_("stars"), ordering="stars")
    def stars_shown(self, review: Review) -> str:
        return "★" * review.stars

    @display(description=_("product"))
    def product_name(self, review: Review) -> str:
        return _name(review, get_language() or "")

    @display(description=_("author"), ordering="author")
    def author_shown(self, review: Review) -> str:
        return review.author or "–"

    @display(description=_("state"), label=STATE_COLOURS, ordering="state")
    def state_shown(self, review: Review) -> tuple[str, str]:
        return review.state, review.get_state_display()

    @display(description=_("waiting for"), ordering="written_at")
    def since(self, review: Review) -> str:
        if review.state != State.WAITING:
            return "–"
        return timesince(review.edited_at or review.written_at, depth=1)

    # --- One review ---

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        steps = [("publish", self.publish), ("refuse", self.refuse), ("reply", self.reply)]
        return [
            *(
                path(f"<int:review_id>/{name}/", wrap(require_POST(view)), name=f"shop_review_{name}")
                for name, view in steps
            ),
            path("<int:review_id>/photos/<int:photo_id>/", wrap(require_GET(self.photo)), name="shop_review_photo"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "GET" or not object_id.isdecimal() or len(object_id) > 9:
            raise Http404
        reviews = Review.objects.select_related("product", "order", "customer").prefetch_related("product__texts")
        review = get_object_or_404(reviews, pk=int(object_id))
        may_change = self.has_change_permission(request)
        context = {
            **self.admin_site.each_context(request),
            "title": _now("Review"),
            "opts": self.opts,
            "review": review,
            "product_name": _name(review, get_language() or ""),
            "product_url": looks_of([review.product_id], get_language() or "")[review.product_id].url,
            "version": version_of(review),
            "photos": review.photos.order_by("pk"),
            "may_change": may_change,
            "may_publish": may_change and review.state != State.APPROVED,
            "may_refuse": may_change and review.state != State.REFUSED,
        }
        request.current_app = self.admin_site.name
        return render(request, "shop/admin/review_screen.html", context)

    def photo(self, request: HttpRequest, review_id: int, photo_id: int) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return photo_response(get_object_or_404(ReviewPhoto, pk=photo_id, review_id=review_id))

    # --- Its buttons ---

    def publish(self, request: HttpRequest, review_id: int) -> HttpResponse:
        version = request.POST.get("version", "")
        return self._step(request, review_id, services.publish_review, _now("It is published."), version=version)

    def refuse(self, request: HttpRequest, review_id: int) -> HttpResponse:
        given = {"version": request.POST.get("version", ""), "reason": request.POST.get("reason", "")}
        return self._step(request, review_id, services.refuse_review, _now("It is not shown."), **given)

    def reply(self, request: HttpRequest, review_id: int) -> HttpResponse:
        text = request.POST.get("text", "")
        return self._step(request, review_id, services.reply_to_review, _now("Saved."), text=text)

    def _step(
        self, request: HttpRequest, review_id: int, service: Callable[..., Review], done: str, **given: Any
    ) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        review = get_object_or_404(Review, pk=review_id)
        try:
            service(review.pk, actor=crm.actor_of(request), now=timezone.now(), **given)
        except services.ReviewHasMoved:
            messages.warning(request, _now("Nothing was changed: its author has just written it anew. Please read it."))
        else:
            messages.success(request, done)
        return redirect(reverse("admin:shop_review_change", args=[review_id]))


def _name(review: Review, language: str) -> str:
    return name_of_product(review.product, language) or review.product.title
