"""What every carrier can do. Nothing here touches the database: what an answer changes is decided by who asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

# Those of Parcel.State.
State = Literal["announced", "in_transit", "out", "delivered", "delayed", "failed", "returned"]


@dataclass(frozen=True, kw_only=True)
class News:
    """What a carrier says about a parcel. `key` is its own name for that: the same news twice has the same key."""

    key: str
    state: State
    occurred_at: datetime
    place: str = ""
    detail: str = ""
    expected_date: date | None = None


@dataclass(frozen=True, kw_only=True)
class Notice:
    """News of the parcel with that tracking number, as it came through a webhook."""

    tracking_number: str
    news: News


class CannotAnnounce(Exception):
    """The carrier gives no numbers: they stand on its labels and are typed in."""


class NotAuthentic(Exception):
    """A webhook call whose signature is missing, wrong or too old."""


class NotUnderstood(ValueError):
    """An authentic webhook call that says nothing we could read."""


class Carrier(Protocol):
    @property
    def code(self) -> str:
        """What stands in our rows and in the address of its webhook."""

    @property
    def name(self) -> str: ...

    def tracking_url(self, tracking_number: str) -> str:
        """Its own page about a parcel; "" if it has none."""

    def announce(self) -> str:
        """Tell it that a parcel will come; returns the tracking number. Asked outside of all locks.

        :raises CannotAnnounce:
        """

    def read_webhook(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[Notice]:
        """:raises NotAuthentic, NotUnderstood:"""
