"""What Esnaf knows about an order beside Oscar's own columns: whose it is, how long it waits, how far each line is."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Purchase(models.Model):
    """An Oscar order and the customer behind it. `email` is where its mails go; nobody has proved it."""

    order = models.OneToOneField(
        "order.Order", models.PROTECT, primary_key=True, related_name="purchase", verbose_name=_("order")
    )
    # Unique: a basket becomes one order, whoever submits it and however often. Imported orders have none.
    basket = models.OneToOneField(
        "basket.Basket", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("basket")
    )
    customer = models.ForeignKey("crm.Customer", models.PROTECT, related_name="+", verbose_name=_("customer"))
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    # {offer's id: {language: name}} when it was placed: offers are renamed, and deleted.
    offer_names = models.JSONField(_("names of its offers"), default=dict, db_default={}, blank=True, editable=False)
    # Until then its stock is reserved for a payment; a bank transfer takes longer than a card. Staff who cancel an
    # order leave none: it can no longer be paid, however late money comes.
    pay_by = models.DateTimeField(_("to be paid by"), null=True, blank=True)
    # When it became certain: paid, or promised to be paid at the door.
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")

    def __str__(self) -> str:
        return str(self.order)


class LineProgressQuerySet(models.QuerySet["LineProgress"]):
    def to_be_sent(self) -> Self:
        """Of which some have neither left the house nor been cancelled."""
        return self.filter(quantity__gt=F("shipped") + F("cancelled"))


class LineProgress(models.Model):
    """How far one line of an order is: of `quantity` bought, how many left the house, how many never will, how many
    came back."""

    line = models.OneToOneField(
        "order.Line", models.CASCADE, primary_key=True, related_name="progress", verbose_name=_("line")
    )
    quantity = models.PositiveIntegerField(_("bought"))
    shipped = models.PositiveIntegerField(_("shipped"), default=0)
    # Taken out of an order of which the rest had left.
    cancelled = models.PositiveIntegerField(_("pieces cancelled"), default=0)
    # Asked to be returned and not refused: what is on its way back counts.
    returned = models.PositiveIntegerField(_("returned"), default=0)

    objects = LineProgressQuerySet.as_manager()

    class Meta:
        verbose_name = _("progress of a line")
        verbose_name_plural = _("progress of lines")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=F("shipped") + F("cancelled")), name="no_more_is_shipped_than_was_bought"
            ),
            models.CheckConstraint(condition=Q(returned__lte=F("shipped")), name="no_more_returns_than_was_shipped"),
        ]

    def __str__(self) -> str:
        return f"{self.shipped}/{self.quantity}"
