"""Papers of an order, kept in the wording that was shown: what was accepted before the payment, and the invoice."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderDocument(models.Model):
    """`body` is whole HTML as it was shown; `digest` is its SHA-256 in hex. Neither changes any more."""

    class Kind(models.TextChoices):
        PRELIMINARY = "preliminary", _("preliminary information form")
        CONTRACT = "contract", _("distance sales contract")
        INVOICE = "invoice", _("invoice")

    order = models.ForeignKey("order.Order", models.PROTECT, related_name="documents", verbose_name=_("order"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    # Of an invoice, in an unbroken series; empty for the others.
    number = models.CharField(_("number"), max_length=30, blank=True)
    body = models.TextField(_("text"))
    digest = models.CharField(_("digest"), max_length=64)
    made_at = models.DateTimeField(_("made at"))
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            models.UniqueConstraint(fields=["order", "kind"], name="an_order_has_a_document_of_a_kind_once"),
            models.UniqueConstraint(
                fields=["number"], condition=~models.Q(number=""), name="an_invoice_number_is_given_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.order_id}"
