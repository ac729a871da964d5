"""Which mails no person wrote. Answering them would make two machines talk to each other for ever."""

import re

from django.conf import settings

from support.mail_in.parsing import ParsedMail

_DAEMON = re.compile(r"^(?:mailer-daemon|postmaster|bounces?|double-bounce|no-?reply-?bounce)(?:[+\-.][^@]*)?@")


def reason_to_ignore(mail: ParsedMail) -> str:
    """Why a mail is not for the desk ("bounce", "auto-reply", "bulk", "mailing list", "own mail"); "" if it is."""
    if is_bounce(mail):
        return "bounce"
    own_domain = f"@{settings.MAIL_DOMAIN.lower()}"
    if mail.message_id.lower().rstrip(">").endswith(own_domain) or mail.sender.endswith(own_domain):
        return "own mail"
    if _first_word(mail.header("Auto-Submitted")) not in ("", "no"):
        return "auto-reply"
    suppress = mail.header("X-Auto-Response-Suppress").lower()
    if any(word in suppress for word in ("all", "autoreply", "oof")):
        return "auto-reply"
    if any(mail.header(name) for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply-From")):
        return "auto-reply"
    precedence = _first_word(mail.header("Precedence"))
    if precedence == "auto_reply":
        return "auto-reply"
    if mail.header("List-Id") or precedence == "list":
        return "mailing list"
    if precedence in ("bulk", "junk"):
        return "bulk"
    return ""


def is_bounce(mail: ParsedMail) -> bool:
    """A delivery report, or a mail with nobody to send a report about it to."""
    if mail.message.get_content_type() == "multipart/report":
        return True
    if any(value.replace(" ", "") == "<>" for value in mail.headers("Return-Path")):
        return True
    return bool(_DAEMON.match(mail.sender))


def is_final(mail: ParsedMail) -> bool:
    """Whether a delivery report says "never" rather than "later" or "delivered"."""
    for part in mail.message.walk():
        if part.get_content_type() == "message/delivery-status":
            text = part.as_string().lower()
            return "action: failed" in text or bool(re.search(r"^status:\s*5\.", text, re.MULTILINE))
    return True


def returned_ids(mail: ParsedMail) -> list[str]:
    """Message-IDs of ours that a bounce is about: from its own headers and from the message that it brings back."""
    ids = mail.ids_in("In-Reply-To", "References")
    for part in mail.message.walk():
        kind = part.get_content_type()
        if kind in ("message/rfc822", "text/rfc822-headers") or part is not mail.message:
            ids += re.findall(r"<[0-9a-f]{40}@[^<>\s]+>", part.as_string())
    ids += re.findall(r"<[0-9a-f]{40}@[^<>\s]+>", mail.text)
    return list(dict.fromkeys(ids))


def _first_word(value: str) -> str:
    return re.split(r"[\s;,(]", value.strip().lower(), maxsplit=1)[0]
