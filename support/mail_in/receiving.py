"""Mail in: each message its own transaction, kept as it came, handled once, never blocking the next."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError

from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext as _
from helpdesk.models import Ticket

from crm import api as crm
from support.files import CheckedFile, FileRefused, check_file
from support.links import ticket_id_in_addresses
from support.mail_in.guards import is_final, reason_to_ignore, returned_ids
from support.mail_in.languages import language_of
from support.mail_in.markup import without_quotes
from support.mail_in.parsing import ParsedMail, Unreadable, body_of, checksum, message_id_in, parse_mail
from support.models import InboundMail, TicketContext
from support.tickets import Question, customer_replied, note_mail_trouble, open_ticket

MAX_RAW_BYTES = 40 * 1024 * 1024
MAX_PARTS_KEPT = 20
POSTMAN = crm.Actor.system("mail")
# What the email package and odd content are known to raise. Anything else is our mistake and may be seen.
POISON = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    RecursionError,
    OverflowError,
    MessageError,
    DataError,
)
_TAG = re.compile(r"\[destek #(\d{1,9})\]", re.IGNORECASE)
OTHER_CONTENT = "duplicate: known Message-ID, other content"
Result = InboundMail.Result


@dataclass(frozen=True)
class Receipt:
    """What became of a message: ticket, reply, ignored or quarantined; `ticket` is its number where there is one."""

    result: str
    ticket: int | None
    reason: str


def receive_mail(raw: bytes, *, mailbox: str = "destek", now: datetime) -> Receipt:
    """Take one message in. One that was seen before is ignored; one that cannot be read is kept in quarantine."""
    if _was_seen(raw, mailbox):
        return _ignore_duplicate(raw, mailbox, now)
    try:
        return _handle(raw, mailbox, now)
    except IntegrityError:
        if _was_seen(raw, mailbox):
            return _ignore_duplicate(raw, mailbox, now)
        raise
    except POISON as error:
        return _quarantine(raw, mailbox, f"{type(error).__name__}: {error}", now)


def _was_seen(raw: bytes, mailbox: str) -> bool:
    message_id = message_id_in(raw)
    seen = InboundMail.objects.filter(mailbox=mailbox, message_id=message_id)
    return seen.exists() if message_id else seen.filter(sha256=checksum(raw)).exists()


def _ignore_duplicate(raw: bytes, mailbox: str, now: datetime) -> Receipt:
    """Nothing is lost by it: a message that says something else under a known Message-ID is kept for people to see."""
    message_id = message_id_in(raw)
    first = InboundMail.objects.filter(mailbox=mailbox, message_id=message_id).first() if message_id else None
    if first and body_of(bytes(first.raw)) != body_of(raw):
        row = InboundMail(
            mailbox=mailbox,
            sha256=checksum(raw),
            raw=raw,
            subject=first.subject,
            result=Result.IGNORED,
            reason=OTHER_CONTENT,
            ticket=first.ticket,
            received_at=now,
        )
        InboundMail.objects.bulk_create([row], ignore_conflicts=True)
    return Receipt(Result.IGNORED, None, "duplicate")


def _claim(raw: bytes, mailbox: str, now: datetime, result: str) -> InboundMail:
    """The row that says this message is ours. Whoever comes second waits here and then finds it taken."""
    return InboundMail.objects.create(
        mailbox=mailbox,
        message_id=message_id_in(raw),
        sha256=checksum(raw),
        raw=raw,
        result=result,
        received_at=now,
    )


@transaction.atomic
def _handle(raw: bytes, mailbox: str, now: datetime) -> Receipt:
    row = _claim(raw, mailbox, now, Result.IGNORED)
    if len(raw) > MAX_RAW_BYTES:
        raise ValueError(f"bigger than {MAX_RAW_BYTES // 1024 // 1024} MB")
    mail = parse_mail(raw)
    row.sender, row.subject = mail.sender[:254], mail.subject
    reason = reason_to_ignore(mail)
    if reason:
        row.reason = reason
        if reason == "bounce":
            _tell_about_bounce(row, mail, now)
    elif not mail.sender:
        raise Unreadable("no sender")
    else:
        _deliver(row, mail, now)
    row.save(update_fields=["sender", "subject", "result", "reason", "ticket"])
    return Receipt(row.result, row.ticket_id, row.reason)


def _quarantine(raw: bytes, mailbox: str, reason: str, now: datetime) -> Receipt:
    row = InboundMail(
        mailbox=mailbox,
        message_id=message_id_in(raw),
        sha256=checksum(raw),
        raw=raw,
        result=Result.QUARANTINED,
        reason=crm.clean_line(reason)[:300],
        received_at=now,
    )
    InboundMail.objects.bulk_create([row], ignore_conflicts=True)
    return Receipt(row.result, None, row.reason)


def _tell_about_bounce(row: InboundMail, mail: ParsedMail, now: datetime) -> None:
    """Find our own mail in the report, by its Message-ID that nobody can guess, and tell the agent."""
    original = crm.OutgoingMail.objects.filter(message_id__in=returned_ids(mail)[:50]).order_by("-pk").first()
    ticket_id = _ticket_of_reference(original.reference) if original else None
    if original is None or ticket_id is None:
        return
    row.ticket_id = ticket_id
    if is_final(mail):
        note_mail_trouble(ticket_id, address=original.to, actor=POSTMAN, now=now)


# --- A person wrote --------------------------------------------------------------------------------------


def _deliver(row: InboundMail, mail: ParsedMail, now: datetime) -> None:
    files, left_out = _files_of(mail)
    text = mail.text
    if left_out:
        text += "\n\n" + _("Not kept: %(names)s") % {"names": "; ".join(left_out)}
    ticket_id, hint = _find_ticket(mail)
    if ticket_id is not None:
        context = TicketContext.objects.get(ticket_id=ticket_id)
        customer_replied(
            ticket_id,
            text=without_quotes(text) or _("(empty message)"),
            actor=_actor(context, mail),
            now=now,
            files=files,
            message_id=mail.message_id,
            other_sender="" if mail.sender == context.email else mail.sender,
        )
        row.result, row.ticket_id = Result.REPLY, ticket_id
        return
    language = language_of(f"{mail.subject} {text}")
    customer = crm.customer_for_sender(
        email=mail.sender, name=mail.sender_name or mail.sender.split("@")[0], language=language, now=now
    )
    question = Question(
        title=mail.subject,
        text=text or _("(empty message)"),
        email=mail.sender,
        language=language,
        channel=TicketContext.Channel.MAIL,
        files=files,
        in_reply_to=[mail.message_id] if mail.message_id else [],
    )
    ticket = open_ticket(customer.pk, question=question, actor=crm.Actor.customer(customer.pk), now=now)
    row.result, row.ticket_id, row.reason = Result.TICKET, ticket.pk, hint


def _actor(context: TicketContext, mail: ParsedMail) -> crm.Actor:
    """The sender line proves nothing: a reply from elsewhere is the mail's, not the customer's."""
    return crm.Actor.customer(context.customer_id) if mail.sender == context.email else POSTMAN


def _find_ticket(mail: ParsedMail) -> tuple[int | None, str]:
    """The ticket a mail belongs to, or None and what may be related.

    1. Our signed reply address. 2. Message-IDs of mails that we sent: nobody else can know them. 3. Message-IDs of
    mails that came in, and 4. the tag in the subject: others know or guess these, so only for who takes part.
    """
    recipients = " ".join(
        value for name in ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To") for value in mail.headers(name)
    )
    ticket_id = ticket_id_in_addresses(recipients)
    if ticket_id is not None and Ticket.objects.filter(pk=ticket_id).exists():
        return ticket_id, ""
    ids = mail.ids_in("In-Reply-To", "References")[:50]
    for reference in (
        crm.OutgoingMail.objects.filter(message_id__in=ids).order_by("-pk").values_list("reference", flat=True)
    ):
        ticket_id = _ticket_of_reference(reference)
        if ticket_id is not None:
            return ticket_id, ""
    guesses = list(
        InboundMail.objects.filter(message_id__in=ids, ticket__isnull=False)
        .order_by("-pk")
        .values_list("ticket_id", flat=True)
    )
    guesses += [int(number) for number in _TAG.findall(mail.subject)]
    for guess in guesses:
        if guess is not None and _takes_part(mail.sender, guess):
            return guess, ""
    known = Ticket.objects.filter(pk__in=[guess for guess in guesses if guess], context__isnull=False).first()
    return None, f"maybe related to ticket {known.pk}" if known else ""


def _takes_part(sender: str, ticket_id: int) -> bool:
    if TicketContext.objects.filter(ticket_id=ticket_id, email=sender).exists():
        return True
    return InboundMail.objects.filter(
        ticket_id=ticket_id, sender=sender, result__in=(Result.TICKET, Result.REPLY)
    ).exists()


def _ticket_of_reference(reference: str) -> int | None:
    name, _colon, number = reference.partition(":")
    if name != "support.ticket" or not number.isdigit():
        return None
    return TicketContext.objects.filter(ticket_id=int(number)).values_list("ticket_id", flat=True).first()


def _files_of(mail: ParsedMail) -> tuple[list[CheckedFile], list[str]]:
    """The attachments that are taken, and what is said about those that are not (the raw mail has them)."""
    files: list[CheckedFile] = []
    left_out: list[str] = []
    for part in mail.parts:
        try:
            if len(files) >= MAX_PARTS_KEPT:
                raise FileRefused(_("“%(name)s”: too many files.") % {"name": part.name})
            files.append(check_file(part.name, part.content))
        except FileRefused as refusal:
            left_out.append(str(refusal))
    return files, left_out[:MAX_PARTS_KEPT]
