"""Things that come back: a return (changed my mind), an exchange (another one, please), a claim (it arrived broken),
and what nobody took (refused at the door, returned to the sender)."""

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


def _private() -> Storage:
    return storages["private"]


class ReturnRequest(models.Model):
    class Kind(models.TextChoices):
        RETURN = "return", _("return")
        EXCHANGE = "exchange", _("exchange")
        CLAIM = "claim", _("claim")
        # Nobody asked for it: refused at the door, or returned to the sender.
        UNDELIVERED = "unaccepted", _("came back undelivered")

    class State(models.TextChoices):
        UNCONFIRMED = "unconfirmed", _("to be confirmed by mail")
        REQUESTED = "requested", _("waiting for an answer")
        APPROVED = "approved", _("agreed, to be sent")
        REFUSED = "refused", _("refused")
        RECEIVED = "received", _("arrived here")
        CLOSED = "closed", _("settled")
        WITHDRAWN = "withdrawn", _("withdrawn")

    order = models.ForeignKey("order.Order", models.PROTECT, related_name="returns", verbose_name=_("order"))
    number = models.CharField(_("number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.UNCONFIRMED)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    note = models.TextField(_("what the customer says"), blank=True)
    answer = models.TextField(_("what we answered"), blank=True)
    requested_at = models.DateTimeField(_("requested at"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.CharField(_("decided by"), max_length=60, blank=True)
    received_at = models.DateTimeField(_("received at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    refund = models.ForeignKey(
        "shop.Refund", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("refund")
    )
    # The form's own number: sending the same form twice asks once.
    submission = models.UUIDField(null=True, blank=True)
    # False for a claim that is settled without the goods: nobody wants shards back.
    comes_back = models.BooleanField(_("is sent back"), default=True)
    # What is given back, agreed before the provider is asked: from then on its units count as paid back.
    agreed_amount = models.DecimalField(_("given back"), max_digits=12, decimal_places=2, null=True, blank=True)
    # A reference like "support.ticket:12": nothing here knows of tickets.
    ticket = models.CharField(_("ticket"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        indexes = [models.Index(fields=["state", "requested_at"], name="shop_return_state")]
        constraints = [
            models.UniqueConstraint(fields=["order", "submission"], name="a_return_is_asked_for_once"),
            models.CheckConstraint(
                condition=Q(agreed_amount__isnull=True) | Q(agreed_amount__gte=0), name="a_return_takes_no_money"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ReturnLine(models.Model):
    class Reason(models.TextChoices):
        CHANGED_MIND = "mind", _("I changed my mind")
        TOO_SMALL = "small", _("too small")
        TOO_BIG = "big", _("too big")
        NOT_AS_SHOWN = "differs", _("not as shown or described")
        WRONG_ITEM = "wrong", _("not what I ordered")
        DAMAGED = "damaged", _("it arrived damaged")
        DEFECTIVE = "defective", _("it does not work")
        MISSING = "missing", _("something is missing")
        UNDELIVERED = "unaccepted", _("it could not be handed over")

    request = models.ForeignKey(ReturnRequest, models.CASCADE, related_name="lines", verbose_name=_("return"))
    line = models.ForeignKey("order.Line", models.PROTECT, related_name="return_lines", verbose_name=_("line"))
    quantity = models.PositiveIntegerField(_("quantity"))
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices)
    exchange_for = models.ForeignKey(
        "catalogue.Product", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("instead")
    )
    # How many came back, and how many of them went on the shelf again; null before it arrived.
    received = models.PositiveIntegerField(_("arrived"), null=True, blank=True)
    restocked = models.PositiveIntegerField(_("back on the shelf"), null=True, blank=True)

    class Meta:
        verbose_name = _("line of a return")
        verbose_name_plural = _("lines of returns")
        constraints = [
            models.UniqueConstraint(fields=["request", "line"], name="a_line_is_in_a_return_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="a_return_line_holds_something"),
            models.CheckConstraint(
                condition=Q(received__isnull=True) | Q(received__lte=F("quantity")),
                name="no_more_arrives_than_was_announced",
            ),
            models.CheckConstraint(
                condition=Q(restocked__isnull=True) | Q(restocked__lte=F("received")),
                name="no_more_is_restocked_than_arrived",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line_id}"


class ReturnPhoto(models.Model):
    request = models.ForeignKey(ReturnRequest, models.CASCADE, related_name="photos", verbose_name=_("return"))
    file = models.FileField(_("file"), storage=_private, upload_to="returns/%Y/%m/")
    uploaded_at = models.DateTimeField(_("uploaded at"))

    class Meta:
        verbose_name = _("photo of a return")
        verbose_name_plural = _("photos of returns")

    def __str__(self) -> str:
        return str(self.file)
