"""What the machine cannot settle by itself and a person must look at."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Attention(models.Model):
    """One matter of one order that needs a person, open until somebody settles it."""

    class Kind(models.TextChoices):
        LATE_PAYMENT = "late_payment", _("paid after the order was cancelled")
        SURPLUS = "surplus", _("paid twice")
        MISMATCH = "mismatch", _("another amount was paid")
        REFUND_FAILED = "refund_failed", _("a refund failed")
        REFUND_BY_HAND = "refund_by_hand", _("a refund is to be paid out by hand")
        DELIVERY_LATE = "delivery_late", _("delivery is late")
        UNDELIVERABLE = "undeliverable", _("could not be delivered")
        CAME_BACK = "came_back", _("a parcel comes back to us")
        NO_INVOICE = "no_invoice", _("an invoice does not add up")
        RETURN_WAITING = "return_waiting", _("a return waits for an answer")

    order = models.ForeignKey("order.Order", models.PROTECT, related_name="attention", verbose_name=_("order"))
    kind = models.CharField(_("what it is"), max_length=20, choices=Kind.choices)
    # What exactly: "shop.payment:12", "shop.parcel:7", "shop.return:3".
    subject = models.CharField(_("about"), max_length=60)
    detail = models.CharField(_("detail"), max_length=300, blank=True)
    opened_at = models.DateTimeField(_("since"))
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.CharField(_("settled by"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("matter for a person")
        verbose_name_plural = _("matters for a person")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=Q(settled_at__isnull=True), name="a_matter_is_open_once"
            )
        ]
        indexes = [models.Index(fields=["opened_at"], condition=Q(settled_at__isnull=True), name="shop_attention_open")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
