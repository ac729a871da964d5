"""What a customer agreed to, with proof, and which addresses must not be written to."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.models.customers import Customer


class Consent(models.Model):
    """One statement of will. Append-only: the latest row of a (customer, channel) is what counts."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("offers by e-mail")
        SMS = "sms", _("offers by SMS")
        CALL = "call", _("offers by telephone")

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("customer"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    is_given = models.BooleanField(_("given"))
    wording = models.CharField(_("wording"), max_length=60)
    source = models.CharField(_("source"), max_length=60)
    ip_address = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    stated_at = models.DateTimeField(_("stated at"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [models.Index(fields=["customer", "channel", "-stated_at", "-id"], name="crm_consent_latest")]

    def __str__(self) -> str:
        return f"{self.channel} {'+' if self.is_given else '-'}"


class Suppression(models.Model):
    """An address that no marketing mail goes to, whoever it belongs to."""

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
        BOUNCED = "bounced", _("bounced")
        COMPLAINED = "complained", _("complained")

    address = models.CharField(_("address"), max_length=254, unique=True)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices)
    created_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")

    def __str__(self) -> str:
        return self.address
