"""The ledger of imported order lines: every line of every file once, with what was made of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportedLine(models.Model):
    """One line as it stood in a file. `key` is a digest of all its fields: the same line of another file is known."""

    key = models.UUIDField(primary_key=True)
    invoice = models.CharField(_("invoice"), max_length=20, db_index=True)
    code = models.CharField(_("code"), max_length=30)
    description = models.CharField(_("description"), max_length=255, blank=True)
    quantity = models.IntegerField(_("quantity"))
    unit_price = models.DecimalField(_("unit price"), max_digits=14, decimal_places=4)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    invoiced_at = models.DateTimeField(_("invoiced at"))
    external_customer = models.CharField(_("customer number"), max_length=40, blank=True)
    country = models.CharField(_("country"), max_length=60, blank=True)
    # A name of shop/importing/rules.py: "sale", "return", "shipping" or why it became nothing.
    treatment = models.CharField(_("treatment"), max_length=30)
    order = models.ForeignKey(
        "order.Order", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("order")
    )

    class Meta:
        verbose_name = _("imported line")
        verbose_name_plural = _("imported lines")

    def __str__(self) -> str:
        return f"{self.invoice} {self.code}"
