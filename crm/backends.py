"""EMAIL_BACKEND: mail of Django, Oscar and helpdesk becomes rows of the outbox too."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone, translation

from crm.models import OutgoingMail
from crm.outbox import Attachment, enqueue, message_id_for


class OutboxBackend(BaseEmailBackend):
    """One row for each recipient; headers `X-Dedupe-Key` and `X-Reference`, where given, fill the columns."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        return sum(self._queue(message) for message in email_messages)

    def _queue(self, message: EmailMessage) -> bool:
        headers = {str(name): str(value) for name, value in message.extra_headers.items()}
        if message.reply_to:
            headers["Reply-To"] = ", ".join(str(address) for address in message.reply_to)
        key = headers.pop("X-Dedupe-Key", "") or uuid.uuid4().hex
        reference = headers.pop("X-Reference", "")
        headers.pop("Message-ID", None)
        now = timezone.now()
        for recipient in message.recipients():
            recipient_key = f"{key}:{recipient}"
            enqueue(
                OutgoingMail(
                    dedupe_key=recipient_key,
                    message_id=message_id_for(recipient_key),
                    reference=reference,
                    language=translation.get_language() or settings.LANGUAGE_CODE,
                    from_email=message.from_email,
                    to=recipient,
                    subject=" ".join(str(message.subject).split()),
                    text=str(message.body),
                    html=_html_of(message),
                    headers=headers,
                    queued_at=now,
                    next_attempt_at=now,
                ),
                [_attachment_of(part) for part in message.attachments],
            )
        return bool(message.recipients())


def _html_of(message: EmailMessage) -> str:
    for content, mimetype in getattr(message, "alternatives", []):
        if mimetype == "text/html":
            return str(content)
    return ""


def _attachment_of(part: Any) -> Attachment:
    if isinstance(part, tuple):
        name, content, content_type = part
        raw = content.encode() if isinstance(content, str) else bytes(content)
        return Attachment(name or "attachment", content_type or "application/octet-stream", raw)
    raw = part.get_payload(decode=True) or b""
    return Attachment(part.get_filename() or "attachment", part.get_content_type(), raw)
