"""Who wants to know when something is there again."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class StockAlert(models.Model):
    """One mail to one address when one product or variant can be bought again. It waits for nothing until the address
    is proved (`confirmed_at`), and is done once it was sent.
    """

    product = models.ForeignKey(
        "catalogue.Product", models.CASCADE, related_name="stock_alerts", verbose_name=_("product")
    )
    email = models.EmailField(_("e-mail"))
    customer = models.ForeignKey(
        "crm.Customer", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("customer")
    )
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    asked_at = models.DateTimeField(_("asked at"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    class Meta:
        verbose_name = _("back-in-stock alert")
        verbose_name_plural = _("back-in-stock alerts")
        constraints = [
            models.UniqueConstraint(
                fields=["product", "email"], condition=Q(sent_at=None), name="one_open_alert_for_each_address"
            ),
        ]
        indexes = [
            models.Index(
                fields=["product", "confirmed_at"],
                name="shop_stockalert_waiting",
                condition=Q(sent_at=None, confirmed_at__isnull=False),
            ),
            models.Index(fields=["product", "sent_at"], name="shop_stockalert_sent"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.email}"
