"""What Esnaf knows about a ticket and its messages beside helpdesk's own columns."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from helpdesk.models import FollowUp, Ticket

from crm import api as crm

# helpdesk's numbers. Its settings may rename them, we do not.
OPEN = (Ticket.OPEN_STATUS, Ticket.REOPENED_STATUS)
DONE = (Ticket.RESOLVED_STATUS, Ticket.CLOSED_STATUS, Ticket.DUPLICATE_STATUS)


class TicketContextQuerySet(models.QuerySet["TicketContext"]):
    def of_customer(self, customer_id: int) -> "TicketContextQuerySet":
        """By whose they are, never by address: nobody has proved an address by typing it."""
        return self.filter(customer_id=customer_id)

    def opened_since(self, since: datetime) -> "TicketContextQuerySet":
        return self.filter(created_at__gte=since)

    def from_address_or_browser(self, email: str, visitor: UUID | None) -> "TicketContextQuerySet":
        condition = Q(email=email)
        if visitor is not None:
            condition |= Q(visitor=visitor)
        return self.filter(condition)


class TicketContext(models.Model):
    """Whose a ticket is, what it is about, and what its writer had looked for and read before."""

    class Channel(models.TextChoices):
        WEB = "web", _("contact form")
        MAIL = "mail", _("e-mail")

    class Topic(models.TextChoices):
        ORDER = "order", _("My order")
        DELIVERY = "delivery", _("Delivery")
        RETURN = "return", _("Return or exchange")
        PAYMENT = "payment", _("Payment and invoice")
        PRODUCT = "product", _("A product")
        ACCOUNT = "account", _("My account and data")
        OTHER = "other", _("Something else")

    class Turn(models.TextChoices):
        """Who is expected to write next."""

        AGENT = "agent", pgettext_lazy("whose turn", "us")
        CUSTOMER = "customer", pgettext_lazy("whose turn", "the customer")

    ticket = models.OneToOneField(
        Ticket, models.PROTECT, primary_key=True, related_name="context", verbose_name=_("ticket")
    )
    customer = models.ForeignKey(crm.Customer, models.PROTECT, related_name="+", verbose_name=_("customer"))
    order = models.ForeignKey(
        "order.Order", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("order")
    )
    email = models.EmailField(_("e-mail"), help_text=_("Where the answers go. Nobody has proved it."))
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    topic = models.CharField(_("topic"), max_length=10, choices=Topic.choices, default=Topic.OTHER)
    query = models.CharField(_("searched for"), max_length=200, blank=True)
    articles_read = models.JSONField(_("articles read"), default=list, blank=True)
    visitor = models.UUIDField(_("browser"), null=True, blank=True, db_index=True)
    submission = models.UUIDField(_("form number"), null=True, blank=True, unique=True, editable=False)
    turn = models.CharField(_("whose turn"), max_length=8, choices=Turn.choices, default=Turn.AGENT)
    waiting_since = models.DateTimeField(_("waiting since"))
    mail_trouble = models.CharField(_("mail trouble"), max_length=300, blank=True)
    # Everything said, folded (crm.fold): what the agents' search looks through.
    search_text = models.TextField(default="", blank=True, editable=False)
    created_at = models.DateTimeField(_("opened at"))

    objects = TicketContextQuerySet.as_manager()

    class Meta:
        verbose_name = _("context of a ticket")
        verbose_name_plural = _("contexts of tickets")
        indexes = [
            models.Index(fields=["customer", "-created_at"], name="support_context_customer"),
            models.Index(fields=["email", "-created_at"], name="support_context_email"),
            models.Index(fields=["turn", "waiting_since"], name="support_context_turn"),
            GinIndex(fields=["search_text"], opclasses=["gin_trgm_ops"], name="support_context_search"),
        ]

    def __str__(self) -> str:
        return str(self.ticket_id)


class Message(models.Model):
    """Who wrote a follow-up, and the form number that keeps a double click from saying it twice."""

    class Author(models.TextChoices):
        CUSTOMER = "customer", _("customer")
        AGENT = "agent", _("agent")
        NOTE = "note", _("internal note")
        SYSTEM = "system", _("system")

    followup = models.OneToOneField(
        FollowUp, models.PROTECT, primary_key=True, related_name="message", verbose_name=_("follow-up")
    )
    author = models.CharField(_("author"), max_length=8, choices=Author.choices)
    submission = models.UUIDField(_("form number"), null=True, blank=True, unique=True, editable=False)
    # Where a mailed reply came from, if that is not the address of the ticket.
    other_sender = models.CharField(_("from another address"), max_length=254, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")

    def __str__(self) -> str:
        return str(self.followup_id)
