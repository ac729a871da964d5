"""Signed names: the customer's link to a ticket, and the address that a mailed reply goes to."""

import hmac
import re

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import salted_hmac

TICKET_SALT = "support.ticket-link"
# Each mail carries a fresh link; an old one in a forwarded mail closes after a while.
TICKET_LINK_MAX_AGE = 180 * 24 * 3600
_REPLY_ADDRESS = re.compile(r"destek\+(\d{1,18})-([0-9a-f]{24})@", re.IGNORECASE)


class NotATicketLink(ValueError):
    """A link that is forged, cut short or too old, or whose ticket is gone."""


def ticket_token(ticket_id: int) -> str:
    return signing.TimestampSigner(salt=TICKET_SALT).sign(str(ticket_id))


def ticket_id_in(token: str) -> int:
    """:raises NotATicketLink:"""
    try:
        return int(signing.TimestampSigner(salt=TICKET_SALT).unsign(token, max_age=TICKET_LINK_MAX_AGE))
    except (signing.BadSignature, ValueError) as error:
        raise NotATicketLink from error


def ticket_url(ticket_id: int, *, language: str) -> str:
    """The customer's page of a ticket as it stands in a mail."""
    with translation.override(language):
        return settings.SITE_URL + reverse("support:ticket", args=[ticket_token(ticket_id)])


def _reply_signature(ticket_id: int) -> str:
    # Hex: a mail server may change the case of what stands before the @.
    return salted_hmac("support.reply-address", str(ticket_id), algorithm="sha256").hexdigest()[:24]


def desk_address() -> str:
    return f"destek@{settings.MAIL_DOMAIN}"


def reply_address(ticket_id: int) -> str:
    """Mail to this address belongs to this ticket, whatever its subject says."""
    return f"destek+{ticket_id}-{_reply_signature(ticket_id)}@{settings.MAIL_DOMAIN}"


def ticket_id_in_addresses(addresses: str) -> int | None:
    """The ticket whose reply address stands in a To or Delivered-To line, if its signature is right."""
    for found in _REPLY_ADDRESS.finditer(addresses):
        ticket_id = int(found[1])
        if hmac.compare_digest(found[2].lower(), _reply_signature(ticket_id)):
            return ticket_id
    return None
