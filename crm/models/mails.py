"""The outbox: every mail that leaves, rendered when queued (what the customer was told is a fact)."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models.customers import Customer


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    def due(self, now: datetime) -> "OutgoingMailQuerySet":
        """Waiting and ripe; a customer's own business before marketing."""
        return self.filter(status__in=OutgoingMail.WAITING, next_attempt_at__lte=now).order_by(
            "is_marketing", "next_attempt_at", "id"
        )

    def offers_in_hand(self, customer_id: int) -> "OutgoingMailQuerySet":
        """Marketing mails of a customer that a worker is about to send."""
        return self.filter(customer_id=customer_id, is_marketing=True, status=OutgoingMail.Status.SENDING)

    def stuck(self, claimed_before: datetime) -> "OutgoingMailQuerySet":
        return self.filter(status=OutgoingMail.Status.SENDING, claimed_at__lt=claimed_before)


class OutgoingMail(models.Model):
    """queued → sending → sent | retry | failed | bounced | suppressed."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENDING = "sending", _("sending")
        RETRY = "retry", _("will be tried again")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        BOUNCED = "bounced", _("bounced")
        SUPPRESSED = "suppressed", _("not sent: not wanted")

    WAITING = (Status.QUEUED, Status.RETRY)

    dedupe_key = models.CharField(_("dedupe key"), max_length=200, unique=True)
    message_id = models.CharField(_("Message-ID"), max_length=200, unique=True)
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("customer")
    )
    template = models.CharField(_("template"), max_length=120, blank=True)
    reference = models.CharField(_("about"), max_length=120, blank=True, db_index=True)
    language = models.CharField(_("language"), max_length=8)
    is_marketing = models.BooleanField(_("marketing"), default=False)
    from_email = models.CharField(_("from"), max_length=320)
    to = models.CharField(_("to"), max_length=1000)
    subject = models.CharField(_("subject"), max_length=998)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"), blank=True)
    headers = models.JSONField(_("headers"), default=dict, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.TextField(_("last error"), blank=True)
    queued_at = models.DateTimeField(_("queued at"))
    next_attempt_at = models.DateTimeField(_("next attempt at"))
    claimed_at = models.DateTimeField(_("claimed at"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mails")
        constraints = [
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False) | (~Q(status="sent") & Q(sent_at__isnull=True)),
                name="a_sent_mail_says_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["is_marketing", "next_attempt_at", "id"],
                condition=Q(status__in=("queued", "retry")),
                name="crm_outgoingmail_due",
            ),
            models.Index(fields=["claimed_at"], condition=Q(status="sending"), name="crm_outgoingmail_claimed"),
            models.Index(fields=["customer", "-queued_at"], name="crm_outgoingmail_customer"),
        ]

    def __str__(self) -> str:
        return self.subject


class MailAttachment(models.Model):
    mail = models.ForeignKey(OutgoingMail, models.CASCADE, related_name="attachments")
    name = models.CharField(_("name"), max_length=255)
    content_type = models.CharField(_("type"), max_length=100)
    content = models.BinaryField()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self) -> str:
        return self.name
