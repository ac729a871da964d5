"""The interaction kinds of the desk. Subject "support.ticket:<id>"."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from crm import api as crm
from support.models import TicketContext


def _topic(data: dict[str, Any]) -> str:
    return str(dict(TicketContext.Topic.choices).get(data.get("topic", ""), ""))


def register() -> None:
    crm.register_kinds(
        # data {"topic", "channel", "order"}
        crm.Kind("support.ticket.opened", _("Wrote to the desk"), icon="contact_support", describe=_topic),
        # The rest: data {"followup"} where there is one.
        crm.Kind("support.ticket.replied", _("Replied to the desk"), icon="reply"),
        crm.Kind("support.ticket.answered", _("Answer sent"), icon="support_agent"),
        crm.Kind("support.ticket.noted", _("Internal note"), icon="sticky_note_2"),
        crm.Kind("support.ticket.resolved", _("Ticket resolved"), icon="task_alt"),
        crm.Kind("support.ticket.reopened", _("Ticket reopened"), icon="replay"),
        # data {"to"}: the account it went to, or None.
        crm.Kind("support.ticket.assigned", _("Ticket handed over"), icon="assignment_ind", is_listed=False),
        # data {"priority"} or {"queue"}
        crm.Kind("support.ticket.sorted", _("Ticket sorted anew"), icon="low_priority", is_listed=False),
        crm.Kind("support.mail.bounced", _("Answer came back undelivered"), icon="unsubscribe"),
    )
