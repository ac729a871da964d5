"""How the desk is seen from below: links for timelines, and its rows moved when two customers are one."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from helpdesk.models import Ticket

from crm import api as crm
from shop import api as shop
from support.models import TicketContext


def reference_of(ticket_id: int) -> str:
    return f"support.ticket:{ticket_id}"


def _tickets(ids: list[str]) -> dict[str, crm.Link]:
    tickets = Ticket.objects.filter(pk__in=[int(id) for id in ids if id.isdecimal()]).only("title")
    return {
        str(ticket.pk): crm.Link(
            _("Ticket %(id)s: %(title)s") % {"id": ticket.pk, "title": ticket.title},
            reverse("admin:helpdesk_ticket_change", args=[ticket.pk]),
        )
        for ticket in tickets
    }


def _tickets_of(order: shop.Order) -> list[crm.Link]:
    ids = TicketContext.objects.filter(order=order).order_by("-ticket_id").values_list("ticket_id", flat=True)
    links = _tickets([str(id) for id in ids])
    return [links[str(id)] for id in ids if str(id) in links]


def _move_tickets(from_id: int, into_id: int) -> None:
    TicketContext.objects.filter(customer_id=from_id).update(customer_id=into_id)


def register() -> None:
    crm.register_references("support.ticket", _tickets)
    crm.register_merger(_move_tickets)
    shop.register_order_panel(gettext_lazy("Tickets"), _tickets_of)
