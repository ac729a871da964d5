"""Forked for the price (it includes VAT, and its rate stands beside it) and for a truth: nothing is reserved twice."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from oscar.apps.partner.abstract_models import AbstractStockRecord

from shop.prices.rule import proven_price
from shop.templatetags.money import money


class StockRecord(AbstractStockRecord):
    """`price` is what the shopper pays for one, VAT included, in `price_currency`."""

    vat_rate = models.DecimalField(_("VAT rate in %"), max_digits=5, decimal_places=2, default=Decimal("20"))
    # The lowest price of the 30 days before a reduction: what the law wants beside a reduced price. Triggers fill it in
    # when a price falls, empty it when it rises, and refuse what the history does not prove (shop/prices/rule.py).
    price_before = models.DecimalField(_("price before"), max_digits=12, decimal_places=2, null=True, blank=True)

    class Meta(AbstractStockRecord.Meta):
        constraints = [
            # NULL is "no price": it is not for sale. A price of nothing was only another way to say that.
            models.CheckConstraint(
                condition=models.Q(price__isnull=True) | models.Q(price__gt=0), name="a_price_is_more_than_nothing"
            ),
            models.CheckConstraint(
                condition=models.Q(price_before__isnull=True) | models.Q(price_before__gt=models.F("price")),
                name="a_reduced_price_was_higher",
            ),
            # NULL is "not counted": then there is nothing to compare.
            models.CheckConstraint(
                condition=models.Q(num_allocated__isnull=True)
                | models.Q(num_in_stock__isnull=True)
                | models.Q(num_allocated__lte=models.F("num_in_stock")),
                name="no_more_is_reserved_than_is_there",
            ),
        ]

    def __str__(self) -> str:
        return str(self.partner_sku)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A form writes the whole row as it read it. What was reserved meanwhile must not be forgotten by that:
        `num_allocated` is moved by shop/partner/stock.py and Oscar's methods, all of them in the database."""
        if not self._state.adding and kwargs.get("update_fields") is None:
            known = {field.attname for field in self._meta.concrete_fields if not field.primary_key}
            kwargs["update_fields"] = known - self.get_deferred_fields() - {"num_allocated"}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Forms leave out what is reserved, so the constraint does not see it: staff gets a word, not an error page.

        Asked anew, as orders are placed while a form is open.
        """
        super().clean()
        if self.price is not None and self.price <= 0:
            text = _("A price is more than nothing. What has no price is not for sale: leave this empty for that.")
            raise ValidationError({"price": text})
        self._check_price_before()
        if self.pk is None or self.num_in_stock is None:
            return
        reserved = StockRecord.objects.filter(pk=self.pk).values_list("num_allocated", flat=True).first() or 0
        if self.num_in_stock < reserved:
            text = _("%(reserved)d of these are reserved for orders: there cannot be fewer in stock.")
            raise ValidationError({"num_in_stock": text % {"reserved": reserved}})

    def _check_price_before(self) -> None:
        """A form may end a reduction by emptying it; it cannot state one that the history does not prove."""
        known = StockRecord.objects.filter(pk=self.pk).values("price", "price_currency", "price_before").first()
        is_changed = known is None or (self.price, self.price_currency) != (known["price"], known["price_currency"])
        if known and self.price_before == known["price_before"]:
            if is_changed:
                self.price_before = None  # the database works it out anew
            return
        if self.price_before is None:
            return
        if is_changed:
            text = _("Leave this empty: it is filled in from the price history when a price falls.")
            raise ValidationError({"price_before": text})
        proven = proven_price(self.pk, price=self.price, currency=self.price_currency)
        if proven is None or proven <= self.price:
            text = _("This was not dearer in the 30 days before its present price: nothing may be called a reduction.")
            raise ValidationError({"price_before": text})
        if self.price_before > proven:
            text = _("The lowest price of the 30 days before the reduction was %(price)s: it cannot be more.")
            raise ValidationError({"price_before": text % {"price": money(proven, self.price_currency)}})


from oscar.apps.partner.models import *
