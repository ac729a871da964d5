"""The outbox. Nobody else talks SMTP.

Claim one row in a short transaction, send it outside any, mark it: at least once, and a killed worker repeats at
most the one mail in its hands. The Message-ID is made of the dedupe key, so a repeat is recognised as one.
"""

import hashlib
import logging
import smtplib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any
from zoneinfo import ZoneInfo

from celery import current_app
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from crm.actors import Actor
from crm.consents import unsubscribe_token, wants_offers
from crm.interactions import record
from crm.models import Customer, MailAttachment, OutgoingMail, Suppression

logger = logging.getLogger(__name__)

OUTBOX = Actor.system("outbox")
MAX_REFUSALS = 8
PAUSE_SECONDS = 5.0
ASK_AGAIN_SECONDS = 5
DEDUPE_KEY_LENGTH, SUBJECT_LENGTH, ADDRESS_LENGTH = 200, 998, 254
Status = OutgoingMail.Status

# After a failure this process wakes nobody for a moment, so that a dead broker does not slow every order.
_paused_until = 0.0


@dataclass(frozen=True)
class Attachment:
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail to be queued.

    `template` names three files, `<template>.subject.txt`, `.txt` and `.html`, rendered in `language` with `context`.
    `reference` is what it is about ("shop.order:1042"); earlier mails about it are its thread.
    `dedupe_key` makes queueing it twice harmless.
    """

    template: str
    to: str
    language: str
    dedupe_key: str
    context: Mapping[str, Any] = field(default_factory=dict)
    customer_id: int | None = None
    reference: str = ""
    is_marketing: bool = False
    from_email: str = ""
    reply_to: str = ""
    in_reply_to: Sequence[str] = ()
    attachments: Sequence[Attachment] = ()


def message_id_for(dedupe_key: str) -> str:
    digest = hashlib.sha256(f"{settings.SECRET_KEY}{dedupe_key}".encode()).hexdigest()[:40]
    return f"<{digest}@{settings.MAIL_DOMAIN}>"


def _fitting(dedupe_key: str) -> str:
    """The key as its column takes it: a long one (it may hold an address) ends in its digest."""
    if len(dedupe_key) <= DEDUPE_KEY_LENGTH:
        return dedupe_key
    digest = hashlib.sha256(dedupe_key.encode()).hexdigest()
    return f"{dedupe_key[: DEDUPE_KEY_LENGTH - 65]}:{digest}"


def bare_address(to: str) -> str:
    """`Ada <Ada@Example.com>` → `ada@example.com`: what suppressions are kept under."""
    return parseaddr(to)[1].lower()[:ADDRESS_LENGTH]


@transaction.atomic
def queue_mail(mail: Mail, *, now: datetime) -> OutgoingMail:
    """Render a mail and put it in the outbox, in the caller's transaction; the same dedupe key adds nothing.

    :raises TemplateDoesNotExist: if one of the three templates is missing
    """
    known = OutgoingMail.objects.filter(dedupe_key=_fitting(mail.dedupe_key)).first()
    if known:
        return known
    context = {"site_url": settings.SITE_URL, "shop_name": settings.SHOP_NAME, **mail.context}
    headers = _threading_headers(mail)
    if mail.is_marketing:
        with translation.override(mail.language):
            unsubscribe_url = _unsubscribe_url(mail)
        context["unsubscribe_url"] = unsubscribe_url
        headers["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    with translation.override(mail.language):
        subject = " ".join(render_to_string(f"{mail.template}.subject.txt", context).split())
        text = render_to_string(f"{mail.template}.txt", context).strip() + "\n"
        html = render_to_string(f"{mail.template}.html", context)
    return enqueue(
        OutgoingMail(
            dedupe_key=mail.dedupe_key,
            message_id=message_id_for(mail.dedupe_key),
            customer_id=mail.customer_id,
            template=mail.template,
            reference=mail.reference,
            language=mail.language,
            is_marketing=mail.is_marketing,
            from_email=mail.from_email or settings.DEFAULT_FROM_EMAIL,
            to=mail.to,
            subject=subject,
            text=text,
            html=html,
            headers=headers,
            queued_at=now,
            next_attempt_at=now,
        ),
        mail.attachments,
    )


def enqueue(row: OutgoingMail, attachments: Sequence[Attachment] = ()) -> OutgoingMail:
    """Store a rendered mail, unless one with its dedupe key is there, and wake a worker after the commit."""
    row.dedupe_key, row.subject = _fitting(row.dedupe_key), row.subject[:SUBJECT_LENGTH]
    OutgoingMail.objects.bulk_create([row], ignore_conflicts=True)
    stored = OutgoingMail.objects.get(dedupe_key=row.dedupe_key)
    if not stored.attachments.exists():
        MailAttachment.objects.bulk_create(
            MailAttachment(mail=stored, name=part.name, content_type=part.content_type, content=part.content)
            for part in attachments
        )
    transaction.on_commit(wake_worker, robust=True)
    return stored


def wake_worker() -> None:
    """Only a nudge: with the broker down the row waits for beat, which looks every few seconds."""
    global _paused_until
    if time.monotonic() < _paused_until:
        return
    try:
        current_app.send_task("crm.tasks.deliver_mail", retry=False, expires=30)
    except (OSError, KombuError, RedisError) as error:
        _paused_until = time.monotonic() + PAUSE_SECONDS
        logger.warning("mail is queued, no worker could be woken: %s", error)


def _threading_headers(mail: Mail) -> dict[str, str]:
    headers = {"Auto-Submitted": "auto-generated"}
    if mail.reply_to:
        headers["Reply-To"] = mail.reply_to
    earlier = list(mail.in_reply_to)
    if earlier:
        headers["In-Reply-To"] = earlier[-1]
        headers["References"] = " ".join(earlier[-10:])
    return headers


def _unsubscribe_url(mail: Mail) -> str:
    if mail.customer_id is None:
        raise ValueError("a marketing mail needs a customer whose consent can be asked")
    token = unsubscribe_token(mail.customer_id, bare_address(mail.to))
    return settings.SITE_URL + reverse("crm:unsubscribe", args=[token])


# --- Delivery --------------------------------------------------------------------------------------------


def deliver_due_mail(*, limit: int = 1000) -> int:
    """Send what is due, one claim at a time, until nothing is left or the server cannot be reached.

    Returns how many were handed over. Any number of workers may do this at once.
    """
    connection = get_connection(settings.EMAIL_DELIVERY_BACKEND)
    sent = 0
    try:
        for _ in range(limit):
            mail = claim_next(now=timezone.now())
            if mail is None or not _deliver(mail, connection):
                break
            sent += mail.status == Status.SENT
    finally:
        connection.close()
    return sent


def claim_next(*, now: datetime) -> OutgoingMail | None:
    """Take the next due mail out of everybody else's reach."""
    while mail := _claim(now):
        if mail.status == Status.SENDING:
            return mail
    return None


@transaction.atomic
def _claim(now: datetime) -> OutgoingMail | None:
    mail = OutgoingMail.objects.due(now).select_for_update(skip_locked=True, of=("self",)).first()
    if mail is None:
        return None
    if mail.is_marketing and mail.customer_id is not None and not _is_only_offer_in_hand(mail.customer_id):
        mail.next_attempt_at = now + timedelta(seconds=ASK_AGAIN_SECONDS)
        mail.save(update_fields=["next_attempt_at"])
        return mail
    mail.status = Status.SENDING
    mail.claimed_at = now
    mail.attempts += 1
    mail.save(update_fields=["status", "claimed_at", "attempts"])
    return mail


def _is_only_offer_in_hand(customer_id: int) -> bool:
    """Whether no other worker has a marketing mail of this customer; two at once would both pass the frequency cap.

    Never waits for the customer's lock (a merger takes it before its mails): whoever does not get it comes again.
    """
    customer = Customer.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=customer_id)
    return bool(customer) and not OutgoingMail.objects.offers_in_hand(customer_id).exists()


def _deliver(mail: OutgoingMail, connection: BaseEmailBackend) -> bool:
    """False when the server cannot be reached, so that trying the next mail makes no sense."""
    if mail.is_marketing and _hold_back(mail, now=timezone.now()):
        return True
    try:
        _message_of(mail, connection).send()
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
        if isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPHeloError | smtplib.SMTPAuthenticationError):
            _try_again_soon(mail, error)
            return False
        _note_refusal(mail, error)
        return True
    except (OSError, smtplib.SMTPException) as error:
        _try_again_soon(mail, error)
        return False
    except ValueError as error:
        # An address or a header that no mail can have: trying again would fail for ever.
        _give_up(mail, error)
        return True
    _mark_sent(mail)
    return True


def _message_of(mail: OutgoingMail, connection: BaseEmailBackend) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=mail.from_email,
        to=[mail.to] if mail.to else [],
        connection=connection,
        headers={"Message-ID": mail.message_id, **mail.headers},
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    for part in mail.attachments.all():
        message.attach(part.name, bytes(part.content), part.content_type)
    return message


@transaction.atomic
def _mark_sent(mail: OutgoingMail) -> None:
    now = timezone.now()
    mail.status, mail.sent_at, mail.error = Status.SENT, now, ""
    mail.save(update_fields=["status", "sent_at", "error"])
    _note(mail, "crm.mail.sent", now)


def _note(mail: OutgoingMail, kind: str, now: datetime) -> None:
    if mail.customer_id is not None:
        data = {"template": mail.template, "about": mail.reference}
        record(kind, customer_id=mail.customer_id, actor=OUTBOX, now=now, subject=f"crm.mail:{mail.pk}", data=data)


def _put_back(mail: OutgoingMail, wait: timedelta, error: Exception) -> None:
    mail.status, mail.error = Status.RETRY, f"{type(error).__name__}: {error}"[:2000]
    mail.next_attempt_at = timezone.now() + wait
    mail.save(update_fields=["status", "error", "next_attempt_at", "attempts"])


def _try_again_soon(mail: OutgoingMail, error: Exception) -> None:
    """The server is away or does not let us in: that is not this mail's fault and counts against nobody."""
    logger.warning("mail server cannot be reached: %s", error)
    mail.attempts -= 1
    _put_back(mail, timedelta(seconds=settings.OUTBOX_RETRY_SECONDS), error)


@transaction.atomic
def _note_refusal(mail: OutgoingMail, error: smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException) -> None:
    """4xx: later, with doubling waits. 5xx on the recipient: bounced. 5xx on anything else: failed."""
    code = _code_of(error)
    if 400 <= code < 500 and mail.attempts < MAX_REFUSALS:
        _put_back(mail, timedelta(seconds=settings.OUTBOX_RETRY_SECONDS * 4 ** min(mail.attempts, 6)), error)
        return
    bounced = isinstance(error, smtplib.SMTPRecipientsRefused) and code >= 500
    _give_up(mail, error, status=Status.BOUNCED if bounced else Status.FAILED)
    if bounced:
        Suppression.objects.get_or_create(
            address=bare_address(mail.to),
            defaults={"reason": Suppression.Reason.BOUNCED, "created_at": timezone.now()},
        )


@transaction.atomic
def _give_up(mail: OutgoingMail, error: Exception, *, status: str = Status.FAILED) -> None:
    mail.status, mail.error = status, f"{type(error).__name__}: {error}"[:2000]
    mail.save(update_fields=["status", "error"])
    _note(mail, "crm.mail.failed", timezone.now())


def _code_of(error: smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException) -> int:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((code for code, _ in error.recipients.values()), default=550)
    return error.smtp_code


def release_stuck(*, now: datetime) -> int:
    """Put mails back whose worker died with them in hand; returns how many."""
    claimed_before = now - timedelta(seconds=settings.OUTBOX_CLAIM_SECONDS)
    return OutgoingMail.objects.stuck(claimed_before).update(
        status=Status.RETRY, next_attempt_at=now, error="the worker that had it died"
    )


# --- Marketing: asked again at sending time --------------------------------------------------------------


def _hold_back(mail: OutgoingMail, *, now: datetime) -> bool:
    """Whether this mail must not leave now: not wanted any more, too many this week, or the wrong hour."""
    reason = _reason_against(mail, now)
    if reason:
        _suppress(mail, reason, now)
        return True
    wait_until = end_of_quiet_hours(now)
    if wait_until:
        mail.status, mail.next_attempt_at = Status.QUEUED, wait_until
        mail.attempts -= 1
        mail.save(update_fields=["status", "next_attempt_at", "attempts"])
        return True
    return False


def _reason_against(mail: OutgoingMail, now: datetime) -> str:
    if mail.customer_id is None or not wants_offers(mail.customer_id):
        return "no consent"
    if Suppression.objects.filter(address=bare_address(mail.to)).exists():
        return "address suppressed"
    sent_this_week = OutgoingMail.objects.filter(
        customer_id=mail.customer_id, is_marketing=True, sent_at__gt=now - timedelta(days=7)
    ).count()
    if sent_this_week >= settings.MARKETING_MAX_PER_WEEK:
        return "frequency cap"
    return ""


@transaction.atomic
def _suppress(mail: OutgoingMail, reason: str, now: datetime) -> None:
    mail.status, mail.error = Status.SUPPRESSED, reason
    mail.save(update_fields=["status", "error"])
    _note(mail, "crm.mail.suppressed", now)


def end_of_quiet_hours(now: datetime) -> datetime | None:
    """When marketing mail may leave, if it may not now; None if it may."""
    if not settings.MARKETING_QUIET_HOURS:
        return None
    start, end = (int(hour) for hour in settings.MARKETING_QUIET_HOURS.split("-"))
    local = now.astimezone(ZoneInfo(settings.TIME_ZONE))
    hours_since_start = (local.hour - start) % 24
    if hours_since_start >= (end - start) % 24:
        return None
    morning = local.replace(hour=end, minute=0, second=0, microsecond=0)
    return morning if morning > local else morning + timedelta(days=1)
