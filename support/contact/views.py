"""The desk's pages for customers, in the shop's theme."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from crm import api as crm
from knowledgebase import api as knowledgebase
from shop import api as shop
from support.contact.conversation import Conversation, NotTheirTicket, access_file, conversation_of
from support.contact.forms import QuestionForm, ReplyForm
from support.contact.sending import TooManyTickets, send_question
from support.files import file_response
from support.links import NotATicketLink, ticket_id_in, ticket_token
from support.models import TicketContext
from support.tickets import Question, TooManyReplies, customer_replied


@never_cache
@require_http_methods(["GET", "POST"])
def create_ticket(request: crm.Request) -> HttpResponse:
    order = _order_shown(request)
    orders = shop.orders_of_customer(request.who.customer_id) if request.who.customer_id else None
    has_orders = orders is not None and orders.exists()
    if request.method == "POST":
        form = QuestionForm(request.POST, request.FILES, orders=orders if has_orders else None)
        if form.is_valid():
            response = _send(request, form, order)
            if response is not None:
                return response
    else:
        form = QuestionForm(initial=_initial(request, order), orders=orders if has_orders else None)
    status = 422 if form.errors else 200
    return render(
        request, "support/ticket_create.html", {"form": form, "order": order, "robots": "noindex"}, status=status
    )


def _order_shown(request: crm.Request) -> Any:
    """The order whose signed link the visitor holds; a forged one is no order, and no error."""
    token = request.POST.get("order_link") or request.GET.get("order") or ""
    try:
        return shop.order_for_token(token) if token and "\0" not in token else None
    except shop.NotAnOrderLink:
        return None


def _initial(request: crm.Request, order: Any) -> dict[str, Any]:
    query = crm.clean_line(request.GET.get("q", ""))[:200]
    topic, usual = request.GET.get("topic"), TicketContext.Topic.ORDER if order else TicketContext.Topic.OTHER
    initial: dict[str, Any] = {
        "title": query,
        "query": query or knowledgebase.recent_reading(request.session).query[:200],
        "topic": topic if topic in TicketContext.Topic else usual,
    }
    if request.user.is_authenticated:
        initial |= {"name": request.user.get_full_name(), "email": request.user.email}
    if order:
        initial |= {"order_link": shop.order_token(order), "order": order.pk}
    return initial


def _send(request: crm.Request, form: QuestionForm, order: Any) -> HttpResponse | None:
    """None if it cannot be sent; the form says why."""
    given = form.cleaned_data
    order = given.get("order") or order
    reading = knowledgebase.recent_reading(request.session)
    question = Question(
        title=given["title"],
        text=given["message"],
        email=given["email"],
        language=request.LANGUAGE_CODE,
        channel=TicketContext.Channel.WEB,
        topic=given["topic"],
        order_id=order.pk if order else None,
        query=given["query"],
        articles_read=reading.references,
        files=given["attachments"],
        visitor=request.who.visitor,
        submission=given["submission"],
    )
    try:
        ticket = send_question(question, name=given["name"], who=request.who, order=order, now=timezone.now())
    except TooManyTickets:
        form.add_error(None, _("That is a lot of messages within an hour. We read them all; please write again later."))
        return None
    messages.success(request, _("Thank you, we have your message. A copy of this page's address is in your mailbox."))
    return redirect("support:ticket", token=ticket_token(ticket.pk))


@never_cache
@require_GET
def suggest_articles(request: crm.Request) -> HttpResponse:
    """Answers that may make the message needless, while it is being written."""
    words = crm.clean_line(f"{request.GET.get('title', '')} {request.GET.get('message', '')[:300]}")[:400]
    found = knowledgebase.search_articles(words, language=request.LANGUAGE_CODE, limit=3) if len(words) > 3 else []
    return render(request, "support/_suggestions.html", {"articles": found})


@never_cache
@require_http_methods(["GET", "POST"])
def show_ticket(request: crm.Request, token: str) -> HttpResponse:
    """The page behind the signed link: whoever holds the link was mailed it, or has just written."""
    try:
        conversation = conversation_of(ticket_id_in(token))
    except (NotATicketLink, NotTheirTicket):
        return render(request, "crm/link_refused.html", status=404)
    form = ReplyForm(request.POST, request.FILES) if request.method == "POST" else ReplyForm()
    if request.method == "POST" and form.is_valid() and _reply(request, form, conversation):
        return redirect("support:ticket", token=token)
    context = {"conversation": conversation, "form": form, "token": token, "robots": "noindex"}
    return render(request, "support/ticket_show.html", context, status=422 if form.errors else 200)


def _reply(request: crm.Request, form: ReplyForm, conversation: Conversation) -> bool:
    context = conversation.context
    try:
        customer_replied(
            context.ticket_id,
            text=form.cleaned_data["message"],
            files=form.cleaned_data["attachments"],
            submission=form.cleaned_data["submission"],
            actor=crm.Actor.customer(context.customer_id),
            now=timezone.now(),
        )
    except TooManyReplies:
        form.add_error(None, _("That is a lot of messages within an hour. We read them all; please write again later."))
        return False
    messages.success(request, _("Thank you, your reply has arrived."))
    return True


@never_cache
@require_GET
def download_file(request: crm.Request, token: str, file_id: int) -> FileResponse:
    try:
        return file_response(access_file(ticket_id_in(token), file_id))
    except (NotATicketLink, NotTheirTicket, FileNotFoundError) as error:
        raise Http404 from error


@never_cache
@login_required
@require_GET
def list_tickets(request: crm.Request) -> HttpResponse:
    """A customer's tickets: by whose they are, never by address."""
    contexts = TicketContext.objects.none()
    if request.who.customer_id is not None:
        contexts = TicketContext.objects.of_customer(request.who.customer_id)
    contexts = contexts.select_related("ticket").order_by("-created_at", "-pk")
    page = Paginator(contexts, 20).get_page(request.GET.get("page"))
    rows = [{"context": context, "token": ticket_token(context.ticket_id)} for context in page]
    return render(request, "support/ticket_list.html", {"page": page, "rows": rows})
