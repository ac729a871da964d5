"""What a product is for: "coffee", "knitting". The names a shopper sees are in shop/personal/interests.py."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProductInterest(models.Model):
    product = models.ForeignKey(
        "catalogue.Product", models.CASCADE, related_name="interests", verbose_name=_("product")
    )
    interest = models.CharField(_("interest"), max_length=40)

    class Meta:
        verbose_name = _("interest of a product")
        verbose_name_plural = _("interests of products")
        constraints = [models.UniqueConstraint(fields=["product", "interest"], name="a_product_has_an_interest_once")]
        indexes = [models.Index(fields=["interest", "product"], name="shop_productinterest_interest")]

    def __str__(self) -> str:
        return self.interest
