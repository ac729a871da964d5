"""Mail that came in, kept as it came."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from helpdesk.models import Ticket


class InboundMail(models.Model):
    """One message as received. Inserting the row is the claim: of two workers with one message, one gets it."""

    class Result(models.TextChoices):
        TICKET = "ticket", _("opened a ticket")
        REPLY = "reply", _("added to a ticket")
        IGNORED = "ignored", _("ignored")
        QUARANTINED = "quarantined", _("could not be read")

    mailbox = models.CharField(_("mailbox"), max_length=60)
    message_id = models.CharField(_("Message-ID"), max_length=500, blank=True)
    sha256 = models.CharField(_("checksum"), max_length=64)
    raw = models.BinaryField(_("raw message"))
    sender = models.CharField(_("from"), max_length=254, blank=True)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    result = models.CharField(_("result"), max_length=12, choices=Result.choices)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="inbound_mails", verbose_name=_("ticket")
    )
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("incoming mail")
        verbose_name_plural = _("incoming mails")
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "message_id"], condition=~Q(message_id=""), name="a_message_arrives_once"
            ),
            models.UniqueConstraint(
                fields=["mailbox", "sha256"], condition=Q(message_id=""), name="a_nameless_message_arrives_once"
            ),
        ]
        indexes = [
            models.Index(fields=["message_id"], name="support_inbound_message_id"),
            models.Index(fields=["-received_at"], name="support_inbound_received"),
        ]

    def __str__(self) -> str:
        return self.subject or self.message_id or self.sha256[:12]
