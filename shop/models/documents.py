"""Papers of an order, kept in the wording that was shown: what was accepted before the payment, and the invoice."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderDocument(models.Model):
    """`body` is the paper's own HTML, without the page around it; `digest` is its SHA-256. Neither changes any more."""

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


class InvoiceSeries(models.Model):
    """The counter of one year's invoices. Locked until its invoice is written, so the series has no gap."""

    name = models.CharField(_("name"), max_length=7, unique=True)
    last = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("invoice series")
        verbose_name_plural = _("invoice series")

    def __str__(self) -> str:
        return f"{self.name}{self.last:09}"


class InvoiceSubmission(models.Model):
    """An invoice on its way to the tax administration, by way of an integrator; a row is its own queue."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        TAKEN = "taken", _("with the integrator")
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", _("refused")

    document = models.OneToOneField(
        OrderDocument, models.PROTECT, primary_key=True, related_name="submission", verbose_name=_("document")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    # The integrator's own name for it (e-Arşiv: the ETTN).
    reference = models.CharField(_("integrator's reference"), max_length=100, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    error = models.CharField(_("last error"), max_length=300, blank=True)
    next_attempt_at = models.DateTimeField(_("next attempt at"), null=True, blank=True)

    class Meta:
        verbose_name = _("invoice submission")
        verbose_name_plural = _("invoice submissions")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=("waiting", "taken"), next_attempt_at__isnull=False)
                | models.Q(state__in=("accepted", "refused"), next_attempt_at__isnull=True),
                name="an_unfinished_submission_says_when_it_goes_on",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(next_attempt_at__isnull=False),
                name="shop_invoicesubmission_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.state}"
