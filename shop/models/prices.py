"""What things have cost: kept by the database itself, so that no writer can forget it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PriceChange(models.Model):
    """From `changed_at` on, a stock record had this price; until the next row of the same record.

    Triggers write it (migration 0018) whenever the price, its currency or the product's visibility changes.
    """

    stockrecord = models.ForeignKey(
        "partner.StockRecord", models.CASCADE, related_name="price_changes", verbose_name=_("stock record")
    )
    # Empty while it had none.
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2, null=True)
    currency = models.CharField(_("currency"), max_length=12)
    # What nobody could buy at a price proves nothing about it.
    is_public = models.BooleanField(_("public"))
    changed_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("price change")
        verbose_name_plural = _("price changes")
        ordering = ("changed_at", "pk")
        indexes = [models.Index(fields=["stockrecord", "changed_at", "id"], name="shop_pricechange_by_record")]

    def __str__(self) -> str:
        return f"{self.price} {self.currency}"
