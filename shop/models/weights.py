"""What products weigh: the price of a parcel depends on it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ProductWeight(models.Model):
    """One piece with its wrapping. A variant without a row weighs what its parent does."""

    product = models.OneToOneField(
        "catalogue.Product", models.CASCADE, primary_key=True, related_name="weight", verbose_name=_("product")
    )
    grams = models.PositiveIntegerField(_("grams"))

    class Meta:
        verbose_name = _("weight of a product")
        verbose_name_plural = _("weights of products")
        constraints = [models.CheckConstraint(condition=Q(grams__gt=0), name="a_product_weighs_something")]

    def __str__(self) -> str:
        return f"{self.grams} g"
