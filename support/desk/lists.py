"""The list of tickets: its sections, its search."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from helpdesk.models import Ticket

from crm import api as crm
from support.models import TicketContext
from support.models.tickets import DONE, OPEN

_TURN = TicketContext.Turn
IS_OPEN = Q(status__in=OPEN)
NEEDS_ATTENTION = IS_OPEN & Q(context__turn=_TURN.AGENT)


@dataclass(frozen=True)
class Section:
    key: str
    label: Any
    condition: Callable[[HttpRequest], Q]


SECTIONS = (
    Section("attention", _("Needs attention"), lambda request: NEEDS_ATTENTION),
    Section("mine", _("Mine"), lambda request: IS_OPEN & Q(assigned_to=request.user.pk)),
    Section("unassigned", _("Unassigned"), lambda request: IS_OPEN & Q(assigned_to=None)),
    Section("waiting", _("Waiting for the customer"), lambda request: IS_OPEN & Q(context__turn=_TURN.CUSTOMER)),
    Section("resolved", _("Resolved"), lambda request: Q(status__in=DONE)),
    Section("all", _("All"), lambda request: Q()),
)


def chosen_section(request: HttpRequest) -> str:
    """What needs attention, unless something else is asked for; a search looks through everything."""
    asked = request.GET.get("section", "")
    if asked in {section.key for section in SECTIONS}:
        return asked
    return "all" if request.GET.get("q") else "attention"


class SectionFilter(SimpleListFilter):
    title = _("section")
    parameter_name = "section"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(section.key, section.label) for section in SECTIONS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> QuerySet[Ticket]:
        key = chosen_section(request)
        return next(queryset.filter(section.condition(request)) for section in SECTIONS if section.key == key)


def section_tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """Each section with how many tickets it holds; the big ones are not counted."""
    counted = ("attention", "mine", "unassigned", "waiting")
    counts = Ticket.objects.filter(IS_OPEN, context__isnull=False).aggregate(
        **{
            section.key: Count("pk", filter=section.condition(request))
            for section in SECTIONS
            if section.key in counted
        }
    )
    chosen = chosen_section(request)
    return [
        {
            "url": f"?section={section.key}",
            "label": section.label,
            "count": counts.get(section.key),
            "is_chosen": section.key == chosen,
        }
        for section in SECTIONS
    ]


def search_tickets(queryset: QuerySet[Ticket], term: str) -> QuerySet[Ticket]:
    """Every word somewhere in title, messages, notes, name, address or order number; or the ticket's number."""
    words = crm.fold(term[:200]).split()[:8]
    if not words:
        return queryset.none() if term.strip() else queryset
    condition = Q()
    for word in words:
        condition &= Q(context__search_text__contains=word)
    if len(words) == 1 and words[0].isdigit() and len(words[0]) < 10:
        condition |= Q(pk=int(words[0]))
    return queryset.filter(condition)
