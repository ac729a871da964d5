"""What happened: append-only, partitioned by month (crm/partitions.py), read by (customer, occurred_at, id)."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models.customers import Customer


class InteractionQuerySet(models.QuerySet["Interaction"]):
    def of_customer(self, customer_id: int) -> "InteractionQuerySet":
        return self.filter(customer_id=customer_id)

    def about(self, *subjects: str) -> "InteractionQuerySet":
        return self.filter(subject__in=subjects)

    def before(self, occurred_at: datetime, id: int) -> "InteractionQuerySet":
        """The rows that a newest-first page shows after the row (occurred_at, id)."""
        return self.filter(Q(occurred_at__lt=occurred_at) | Q(occurred_at=occurred_at, id__lt=id))

    def newest_first(self) -> "InteractionQuerySet":
        return self.order_by("-occurred_at", "-id")


class Interaction(models.Model):
    """One thing that happened. The database refuses to change or delete a row, except to say whose it is."""

    id = models.BigAutoField(primary_key=True)
    occurred_at = models.DateTimeField(_("when"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=models.functions.Now())
    kind = models.CharField(_("kind"), max_length=60)
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("customer")
    )
    visitor = models.UUIDField(_("browser"), null=True, blank=True)
    actor = models.CharField(_("by"), max_length=60)
    subject = models.CharField(_("about"), max_length=120, blank=True)
    data = models.JSONField(_("data"), default=dict)
    dedupe_key = models.CharField(_("dedupe key"), max_length=80, null=True, blank=True)

    objects = InteractionQuerySet.as_manager()

    class Meta:
        verbose_name = _("interaction")
        verbose_name_plural = _("interactions")
        # The table, its partitions, indexes and trigger are made in SQL by migration 0002.

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
