"""Carriers that tell us by our own signed webhook what becomes of a parcel: by themselves, or through a small bridge.

The call is a POST of JSON, one event or {"events": [up to 100]}:

    {"id": "e-1", "number": "735001", "state": "in_transit", "occurred_at": "2026-11-24T09:30:00+03:00",
     "place": "Ankara", "detail": "", "expected_date": "2026-11-25"}

X-Timestamp is the time of the call in seconds since 1970, X-Signature the hexadecimal HMAC-SHA256 of
"<timestamp>.<body>" with the carrier's secret from CARRIER_SECRETS.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.utils.dateparse import parse_date, parse_datetime

from crm import api as crm
from shop.shipments.carriers.base import CannotAnnounce, News, NotAuthentic, Notice, NotUnderstood, State

TOLERANCE = timedelta(minutes=5)
MOST_EVENTS = 100
OLDEST = timedelta(days=365)
# Their words for our states.
STATES: dict[str, State] = {
    "announced": "announced",
    "in_transit": "in_transit",
    "out_for_delivery": "out",
    "delivered": "delivered",
    "delayed": "delayed",
    "undeliverable": "failed",
    "returned": "returned",
}


def sign(secret: str, timestamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class SignedCarrier:
    """`page` is its own page about a parcel, with {number} in it."""

    code: str
    name: str
    page: str = ""

    def tracking_url(self, tracking_number: str) -> str:
        return self.page.format(number=quote(tracking_number, safe="")) if self.page else ""

    def announce(self) -> str:
        raise CannotAnnounce(self.name)

    def read_webhook(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[Notice]:
        self._check_signature(headers, body, now)
        try:
            content = json.loads(body)
            events = content["events"] if isinstance(content, dict) and "events" in content else [content]
            if not isinstance(events, list) or not 1 <= len(events) <= MOST_EVENTS:
                raise NotUnderstood(f"not one to {MOST_EVENTS} events")
            return [_notice(event, now) for event in events]
        except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
            raise NotUnderstood(repr(error)[:200]) from error

    def _check_signature(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        secret = settings.CARRIER_SECRETS.get(self.code, "")
        timestamp, signature = headers.get("X-Timestamp", ""), headers.get("X-Signature", "")
        if not secret or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
            raise NotAuthentic("no secret or no timestamp")
        if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
            raise NotAuthentic("too old, or from the future")
        if not hmac.compare_digest(sign(secret, timestamp, body).encode(), signature.encode("utf-8", "replace")):
            raise NotAuthentic("the signature is another one")


def _notice(event: Mapping[str, Any], now: datetime) -> Notice:
    occurred_at = parse_datetime(event["occurred_at"])
    if occurred_at is None or occurred_at.tzinfo is None:
        raise NotUnderstood("occurred_at is no time with its zone")
    if not now - OLDEST <= occurred_at <= now + TOLERANCE:
        raise NotUnderstood("occurred_at is long ago or in the future")
    expected_date = _expected(event.get("expected_date"), now)
    return Notice(
        tracking_number=_line(event["number"], 60, is_required=True),
        news=News(
            key=_line(event["id"], 120, is_required=True),
            state=STATES[event["state"]],
            occurred_at=occurred_at,
            place=_line(event.get("place", ""), 120),
            detail=_line(event.get("detail", ""), 200),
            expected_date=expected_date,
        ),
    )


def _expected(text: Any, now: datetime) -> date | None:
    if not text:
        return None
    day = parse_date(text)
    if day is None or abs(day - now.date()) > OLDEST:
        raise NotUnderstood("expected_date is no day near today")
    return day


def _line(value: Any, most: int, *, is_required: bool = False) -> str:
    if not isinstance(value, str):
        raise NotUnderstood(f"{value!r:.60} is no text")
    text = crm.clean_line(value)
    if is_required and (not text or len(text) > most):
        raise NotUnderstood("an id or a number is missing or too long")
    return text[:most]
