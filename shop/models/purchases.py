"""What Esnaf knows about an order beside Oscar's own columns: whose it is, what was paid, what was shipped."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Purchase(models.Model):
    """An Oscar order and the customer behind it. `email` is where its mails go; nobody has proved it."""

    order = models.OneToOneField(
        "order.Order", models.PROTECT, primary_key=True, related_name="purchase", verbose_name=_("order")
    )
    customer = models.ForeignKey("crm.Customer", models.PROTECT, related_name="+", verbose_name=_("customer"))
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")

    def __str__(self) -> str:
        return str(self.order)


class Payment(models.Model):
    """One attempt to be paid for an order."""

    class Status(models.TextChoices):
        PENDING = "pending", _("waiting")
        CAPTURED = "captured", _("paid")
        DECLINED = "declined", _("declined")

    order = models.ForeignKey("order.Order", models.PROTECT, related_name="payments", verbose_name=_("order"))
    provider = models.CharField(_("provider"), max_length=30)
    reference = models.CharField(_("reference"), max_length=64, unique=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PENDING)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=Q(status="captured"), name="an_order_is_paid_once"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status="pending"), name="one_payment_under_way_for_an_order"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="a_payment_is_not_negative"),
        ]

    def __str__(self) -> str:
        return self.reference


class Shipment(models.Model):
    """A parcel on its way. For now one for each order."""

    order = models.OneToOneField("order.Order", models.PROTECT, related_name="shipment", verbose_name=_("order"))
    carrier = models.CharField(_("carrier"), max_length=60)
    tracking_number = models.CharField(_("tracking number"), max_length=60)
    shipped_at = models.DateTimeField(_("shipped at"))
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")

    def __str__(self) -> str:
        return f"{self.carrier} {self.tracking_number}"


class SimulatedCharge(models.Model):
    """What the simulated card network remembers: it stands for somebody else's database."""

    reference = models.CharField(max_length=64, unique=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    is_captured = models.BooleanField()
    charged_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        verbose_name = _("simulated charge")
        verbose_name_plural = _("simulated charges")

    def __str__(self) -> str:
        return self.reference
