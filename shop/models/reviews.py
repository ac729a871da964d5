"""What buyers say about products, and what it comes to."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

STARS = 5


def _private() -> Storage:
    return storages["private"]


def _no_stars() -> list[int]:
    return [0] * STARS


class Review(models.Model):
    """One buyer's word on one product (a variant counts as its parent), shown once a person has approved it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting for approval")
        APPROVED = "approved", _("published")
        REFUSED = "refused", _("not published")

    product = models.ForeignKey(
        "catalogue.Product", models.CASCADE, related_name="buyer_reviews", verbose_name=_("product")
    )
    # Whose, and the order that proves it.
    customer = models.ForeignKey("crm.Customer", models.PROTECT, related_name="+", verbose_name=_("customer"))
    order = models.ForeignKey("order.Order", models.PROTECT, related_name="reviews", verbose_name=_("order"))
    # First name and initial, as shown.
    author = models.CharField(_("author"), max_length=60)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    stars = models.PositiveSmallIntegerField(_("stars"))
    title = models.CharField(_("title"), max_length=120, blank=True)
    text = models.TextField(_("text"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    written_at = models.DateTimeField(_("written at"))
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.CharField(_("decided by"), max_length=60, blank=True)
    # Read by its author only.
    refusal = models.TextField(_("why it is not published"), blank=True)
    reply = models.TextField(_("our reply"), blank=True)
    replied_at = models.DateTimeField(_("replied at"), null=True, blank=True)
    replied_by = models.CharField(_("replied by"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.UniqueConstraint(fields=["product", "customer"], name="a_customer_reviews_a_product_once"),
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=STARS), name="a_review_has_one_to_five_stars"),
        ]
        indexes = [
            models.Index(fields=["product", "-written_at"], name="shop_review_shown", condition=Q(state="approved")),
            models.Index(fields=["state", "written_at"], name="shop_review_state"),
        ]

    def __str__(self) -> str:
        return self.title or self.text[:60]


class ReviewPhoto(models.Model):
    review = models.ForeignKey(Review, models.CASCADE, related_name="photos", verbose_name=_("review"))
    file = models.FileField(_("file"), storage=_private, upload_to="reviews/%Y/%m/")
    uploaded_at = models.DateTimeField(_("uploaded at"))

    class Meta:
        verbose_name = _("photo of a review")
        verbose_name_plural = _("photos of reviews")

    def __str__(self) -> str:
        return str(self.file)


class ProductRating(models.Model):
    """What the published reviews of a product come to, so that lists need not count. shop/reviews/ratings.py writes it.

    No row, or a `count` of 0: nobody has said anything.
    """

    product = models.OneToOneField(
        "catalogue.Product", models.CASCADE, primary_key=True, related_name="buyer_rating", verbose_name=_("product")
    )
    count = models.PositiveIntegerField(_("reviews"), default=0)
    average = models.DecimalField(_("average"), max_digits=3, decimal_places=2, default=0)
    # How many gave one star, two, … five.
    by_stars = ArrayField(models.PositiveIntegerField(), verbose_name=_("by stars"), size=STARS, default=_no_stars)

    class Meta:
        verbose_name = _("rating of a product")
        verbose_name_plural = _("ratings of products")

    def __str__(self) -> str:
        return f"{self.average} ({self.count})"
