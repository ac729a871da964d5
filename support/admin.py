"""The desk in the back office. Pages read; every button is a POST to a view that calls one service."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST
from helpdesk.models import PreSetReply, Queue, Ticket
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from crm import api as crm
from support import tickets
from support.agents import is_agent
from support.desk.lists import SectionFilter, chosen_section, search_tickets, section_tabs
from support.desk.screen import access_ticket, screen_of
from support.files import file_response
from support.models import InboundMail, TicketFile
from support.models.tickets import DONE

for _model in [model for model in admin.site._registry if model._meta.app_label == "helpdesk"]:
    admin.site.unregister(_model)


class AgentsOnly(ModelAdmin):
    """For agents and managers, whatever single permissions somebody else was given; nothing is deleted."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_agent(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_agent(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Ticket)
class TicketAdmin(AgentsOnly):
    list_display = ("headline", "customer", "order", "topic", "language", "state", "waiting", "agent")
    list_display_links = ("headline",)
    list_filter = (SectionFilter, "context__topic", "context__language", "context__channel", "priority", "queue")
    list_select_related = ("context__customer", "context__order", "assigned_to")
    list_before_template = "support/admin/ticket_sections.html"
    search_fields = ("title",)
    search_help_text = _("Words of the conversation, a name, an address, an order or ticket number")
    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50
    actions = None

    class Media:
        css = {"all": ["css/desk.css"]}

    # --- The list ---

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        return super().get_queryset(request).filter(context__isnull=False)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Urgent first, then whoever has waited longest; what is done by date."""
        if chosen_section(request) in ("resolved", "all"):
            return ("-modified", "-pk")
        return ("priority", "context__waiting_since", "pk")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Ticket], search_term: str
    ) -> tuple[QuerySet[Ticket], bool]:
        return search_tickets(queryset, search_term), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {"sections": section_tabs(request) if is_agent(request.user) else []}
        return super().changelist_view(request, {**(extra_context or {}), **context})

    @display(description=_("ticket"), ordering="title")
    def headline(self, ticket: Ticket) -> str:
        return format_html("{} <span class='text-base-500 dark:text-base-400'>#{}</span>", ticket.title[:90], ticket.pk)

    @display(description=_("customer"), ordering="context__customer__name")
    def customer(self, ticket: Ticket) -> str:
        return str(ticket.context.customer)

    @display(description=_("order"))
    def order(self, ticket: Ticket) -> str:
        return ticket.context.order.number if ticket.context.order else "–"

    @display(description=_("topic"), ordering="context__topic")
    def topic(self, ticket: Ticket) -> str:
        return ticket.context.get_topic_display()

    @display(description=_("language"), ordering="context__language")
    def language(self, ticket: Ticket) -> str:
        return ticket.context.language

    @display(
        description=_("state"),
        label={"attention": "warning", "urgent": "danger", "waiting": "info", "trouble": "danger", "done": "success"},
    )
    def state(self, ticket: Ticket) -> tuple[str, Any]:
        if ticket.status in DONE:
            return "done", _("resolved")
        if ticket.context.mail_trouble:
            return "trouble", _("mail came back")
        if ticket.context.turn == "customer":
            return "waiting", _("waiting for the customer")
        return ("urgent", _("urgent")) if ticket.priority <= 2 else ("attention", _("needs attention"))

    @display(description=_("age"), ordering="context__waiting_since")
    def waiting(self, ticket: Ticket) -> str:
        if ticket.status in DONE:
            return timesince(ticket.context.created_at, depth=1)
        return timesince(ticket.context.waiting_since, depth=1)

    @display(description=_("agent"), ordering="assigned_to")
    def agent(self, ticket: Ticket) -> str:
        return str(ticket.assigned_to or "–")

    # --- The agent's screen ---

    def get_urls(self) -> list[URLPattern]:
        def agents(view: Any) -> Any:
            def checked(request: HttpRequest, **kwargs: Any) -> HttpResponse:
                if not is_agent(request.user):
                    raise PermissionDenied
                return view(request, **kwargs)

            return self.admin_site.admin_view(checked)

        steps = [("answer", self.answer), ("assign", self.assign), ("sort", self.sort), ("reopen", self.reopen)]
        return [
            *(
                path(f"<int:ticket_id>/{name}/", agents(require_POST(view)), name=f"support_ticket_{name}")
                for name, view in steps
            ),
            path("<int:ticket_id>/files/<int:file_id>/", agents(require_GET(self.file)), name="support_ticket_file"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not is_agent(request.user):
            raise PermissionDenied
        if request.method != "GET" or not object_id.isdecimal() or len(object_id) > 9:
            raise Http404
        return self._screen(request, int(object_id))

    def _screen(
        self,
        request: HttpRequest,
        ticket_id: int,
        *,
        draft: str = "",
        warning: str = "",
        new: tuple[int, ...] = (),
        status: int = 200,
    ) -> HttpResponse:
        try:
            ticket = access_ticket(ticket_id)
        except Ticket.DoesNotExist as error:
            raise Http404 from error
        screen = screen_of(ticket, new=new, before=request.GET.get("before", ""))
        context = {
            **self.admin_site.each_context(request),
            "title": ticket.title,
            "opts": self.opts,
            "screen": screen,
            "timeline": screen.timeline,
            "draft": draft,
            "warning": warning,
            "submission": uuid.uuid4(),
            "shop_url": settings.SITE_URL,
        }
        request.current_app = self.admin_site.name
        return render(request, "support/admin/ticket_screen.html", context, status=status)

    def answer(self, request: HttpRequest, ticket_id: int) -> HttpResponse:
        """Answer, answer and resolve, resolve without a word, or note: `step` says which."""
        text = request.POST.get("text", "")
        try:
            done = _take_step(request, ticket_id, text)
        except tickets.SomebodyWrote as stale:
            warning = _now("Nothing was sent: somebody wrote while you did. Read what is new, then send again.")
            new = tuple(followup.pk for followup in stale.news)
            return self._screen(request, ticket_id, draft=text, warning=warning, new=new, status=409)
        except tickets.NothingWritten:
            warning = _now("Please write something first.")
            return self._screen(request, ticket_id, draft=text, warning=warning, status=422)
        except Ticket.DoesNotExist as error:
            raise Http404 from error
        messages.success(request, done)
        return _to_screen(ticket_id)

    def assign(self, request: HttpRequest, ticket_id: int) -> HttpResponse:
        to = request.POST.get("to", "")
        actor, now = crm.actor_of(request), timezone.now()
        try:
            if to == "me":
                tickets.take_ticket(ticket_id, actor=actor, now=now)
            else:
                tickets.assign_ticket(ticket_id, to_user_id=_number(to), actor=actor, now=now)
        except tickets.NotAnAgent:
            messages.error(request, _now("That is nobody of the desk."))
        except Ticket.DoesNotExist as error:
            raise Http404 from error
        return _to_screen(ticket_id)

    def sort(self, request: HttpRequest, ticket_id: int) -> HttpResponse:
        actor, now = crm.actor_of(request), timezone.now()
        try:
            tickets.sort_ticket(
                ticket_id,
                actor=actor,
                now=now,
                priority=_number(request.POST.get("priority", "")),
                queue_id=_number(request.POST.get("queue", "")),
            )
        except (ValueError, Queue.DoesNotExist):
            messages.error(request, _now("There is no such priority or queue."))
        except Ticket.DoesNotExist as error:
            raise Http404 from error
        return _to_screen(ticket_id)

    def reopen(self, request: HttpRequest, ticket_id: int) -> HttpResponse:
        try:
            tickets.reopen_ticket(ticket_id, actor=crm.actor_of(request), now=timezone.now())
        except Ticket.DoesNotExist as error:
            raise Http404 from error
        return _to_screen(ticket_id)

    def file(self, request: HttpRequest, ticket_id: int, file_id: int) -> FileResponse:
        file = TicketFile.objects.filter(pk=file_id, ticket_id=ticket_id).first()
        if file is None:
            raise Http404
        return file_response(file)


def _take_step(request: HttpRequest, ticket_id: int, text: str) -> str:
    """Do what the pressed button says; returns what to tell the agent."""
    step, actor, now = request.POST.get("step", ""), crm.actor_of(request), timezone.now()
    submission = _uuid(request.POST.get("submission", ""))
    seen = _number(request.POST.get("seen", "")) or 0
    if step == "note":
        tickets.add_note(ticket_id, text=text, actor=actor, now=now, submission=submission)
        return _now("Note kept.")
    if step == "answer":
        tickets.reply_to_ticket(ticket_id, text=text, actor=actor, now=now, seen=seen, submission=submission)
        return _now("Answer sent.")
    if step == "answer_and_resolve" and text.strip():
        tickets.resolve_ticket(ticket_id, text=text, actor=actor, now=now, seen=seen, submission=submission)
        return _now("Answer sent, ticket resolved.")
    if step == "resolve":
        tickets.resolve_ticket(ticket_id, actor=actor, now=now, seen=seen, submission=submission)
        return _now("Ticket resolved without an answer.")
    raise tickets.NothingWritten


def _to_screen(ticket_id: int) -> HttpResponse:
    return redirect("admin:helpdesk_ticket_change", ticket_id)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


@admin.register(InboundMail)
class InboundMailAdmin(AgentsOnly):
    """What came in, and what became of it. Quarantined and ignored mails are read here."""

    list_display = ("received", "sender", "subject", "outcome", "reason", "ticket_link")
    list_filter = ("result", "mailbox")
    search_fields = ("sender", "subject", "message_id")
    ordering = ("-received_at", "-pk")
    list_select_related = ("ticket",)
    paginator = InfinitePaginator
    show_full_result_count = False
    fields = ("received_at", "sender", "subject", "result", "reason", "ticket_link", "message_id", "sha256", "source")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboundMail]:
        queryset = super().get_queryset(request)
        is_list = request.resolver_match is not None and (request.resolver_match.url_name or "").endswith("changelist")
        return queryset.defer("raw") if is_list else queryset

    @display(description=_("received at"), ordering="received_at")
    def received(self, mail: InboundMail) -> datetime:
        return mail.received_at

    @display(
        description=_("result"),
        label={"ticket": "success", "reply": "success", "ignored": "info", "quarantined": "danger"},
    )
    def outcome(self, mail: InboundMail) -> tuple[str, str]:
        return mail.result, mail.get_result_display()

    @display(description=_("ticket"))
    def ticket_link(self, mail: InboundMail) -> str:
        if mail.ticket_id is None:
            return "–"
        return format_html(
            '<a href="{}">#{}</a>', reverse("admin:helpdesk_ticket_change", args=[mail.ticket_id]), mail.ticket_id
        )

    @display(description=_("as it came"))
    def source(self, mail: InboundMail) -> str:
        text = bytes(mail.raw[:20_000]).decode("utf-8", "replace").replace("\0", "")
        return format_html('<pre class="whitespace-pre-wrap break-all">{}</pre>', text)


@admin.register(Queue)
class QueueAdmin(ModelAdmin):
    list_display = ("title", "slug", "default_owner")
    fields = ("title", "slug", "default_owner")
    prepopulated_fields = {"slug": ("title",)}

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(PreSetReply)
class PreSetReplyAdmin(ModelAdmin):
    list_display = ("name",)
    fields = ("name", "body", "queues")
