"""Money: attempts to be paid, refunds, and what providers told us."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Payment(models.Model):
    """One attempt to be paid for an order. `reference` is our name for it, the same at the provider's."""

    class Status(models.TextChoices):
        PENDING = "pending", _("waiting")
        AUTHORISED = "authorised", _("due at the door")
        CAPTURED = "captured", _("paid")
        DECLINED = "declined", _("declined")
        # Money that came for an order that cannot have it: cancelled meanwhile, or paid already. It goes back.
        SURPLUS = "surplus", _("paid too much")

    HOLDS_MONEY = (Status.CAPTURED, Status.SURPLUS)

    order = models.ForeignKey("order.Order", models.PROTECT, related_name="payments", verbose_name=_("order"))
    provider = models.CharField(_("provider"), max_length=30)
    reference = models.CharField(_("reference"), max_length=64, unique=True)
    # The provider's own name for it: a PaymentIntent, a checkout form's token.
    provider_reference = models.CharField(_("provider's reference"), max_length=200, blank=True, db_index=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PENDING)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    refunded = models.DecimalField(_("refunded"), max_digits=12, decimal_places=2, default=0)
    # What the provider lets us show: {"card": "Visa", "last4": "4242", "instalments": 3}. Never a card number.
    details = models.JSONField(_("details"), default=dict, blank=True)
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
            models.CheckConstraint(
                condition=Q(refunded__gte=0) & Q(refunded__lte=F("amount")), name="no_more_is_refunded_than_was_paid"
            ),
            models.CheckConstraint(
                condition=Q(refunded=0) | Q(status__in=("captured", "surplus")), name="only_money_taken_is_refunded"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class Refund(models.Model):
    """Money on its way back. `key` names the wish, so that wishing twice refunds once."""

    class Status(models.TextChoices):
        PENDING = "pending", _("waiting")
        DONE = "done", _("refunded")
        FAILED = "failed", _("failed")

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds", verbose_name=_("payment"))
    key = models.CharField(_("key"), max_length=64, unique=True)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PENDING)
    provider_reference = models.CharField(_("provider's reference"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    actor = models.CharField(_("by"), max_length=60)
    requested_at = models.DateTimeField(_("requested at"))
    # Whoever asks the provider writes the moment here first: two never ask at once.
    asked_at = models.DateTimeField(_("provider asked at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    failure = models.CharField(_("why it failed"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="a_refund_gives_something")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class WebhookCall(models.Model):
    """One authentic message of a provider or a carrier: known by its id, so that a replay does nothing."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        IGNORED = "ignored", _("ignored")
        REFUSED = "refused", _("refused")

    source = models.CharField(_("source"), max_length=40)
    event_id = models.CharField(_("event"), max_length=200)
    kind = models.CharField(_("kind"), max_length=80, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    detail = models.CharField(_("detail"), max_length=200, blank=True)
    # What it was about: "shop.payment:12", "shop.parcel:7"; empty if nothing of ours.
    reference = models.CharField(_("about"), max_length=60, blank=True)
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("webhook call")
        verbose_name_plural = _("webhook calls")
        constraints = [models.UniqueConstraint(fields=["source", "event_id"], name="a_webhook_call_is_taken_once")]
        indexes = [models.Index(fields=["reference"], name="shop_webhookcall_reference")]

    def __str__(self) -> str:
        return f"{self.source} {self.event_id}"


class SimulatedCharge(models.Model):
    """What the simulated card network remembers: it stands for somebody else's database."""

    reference = models.CharField(max_length=64, unique=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    # None: not decided yet, the bank waits for the shopper's word or does not answer.
    is_captured = models.BooleanField(null=True)
    # Where the bank's page sends the browser back to.
    return_url = models.CharField(max_length=500, blank=True)
    charged_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        verbose_name = _("simulated charge")
        verbose_name_plural = _("simulated charges")

    def __str__(self) -> str:
        return self.reference


class SimulatedRefund(models.Model):
    """What the simulated card network gave back: once for each key."""

    key = models.CharField(max_length=64, unique=True)
    charge = models.ForeignKey(SimulatedCharge, models.CASCADE, related_name="refunds")
    amount = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        verbose_name = _("simulated refund")
        verbose_name_plural = _("simulated refunds")

    def __str__(self) -> str:
        return self.key
