"""Forked for the price: every price includes VAT, and its rate stands beside it."""

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _
from oscar.apps.partner.abstract_models import AbstractStockRecord


class StockRecord(AbstractStockRecord):
    """`price` is what the shopper pays for one, VAT included, in `price_currency`."""

    vat_rate = models.DecimalField(_("VAT rate in %"), max_digits=5, decimal_places=2, default=Decimal("20"))
    # The lowest price of the 30 days before a reduction: what the law wants beside a reduced price.
    price_before = models.DecimalField(_("price before"), max_digits=12, decimal_places=2, null=True, blank=True)

    class Meta(AbstractStockRecord.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(price_before__isnull=True) | models.Q(price_before__gt=models.F("price")),
                name="a_reduced_price_was_higher",
            ),
        ]


from oscar.apps.partner.models import *
