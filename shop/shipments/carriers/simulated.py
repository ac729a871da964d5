"""A carrier that exists only here and really moves its parcels, in the shop's own time.

A parcel's journey follows from its number alone: asked again, it tells the same.
"""

import random
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from shop.shipments.carriers.base import News, NotAuthentic, Notice, State

HUBS = ("İstanbul", "Bursa", "Eskişehir", "Ankara", "Afyonkarahisar", "Kayseri")
# One parcel in so many is a day late.
ONE_LATE_IN = 6


class SimulatedCarrier:
    code = "simulated"
    name = "Kırlangıç Kargo"

    def tracking_url(self, tracking_number: str) -> str:
        return ""

    def announce(self) -> str:
        return f"KK{secrets.randbelow(10**10):010}"

    def read_webhook(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[Notice]:
        raise NotAuthentic("nobody calls for it")

    def news_until(
        self, now: datetime, *, tracking_number: str, city: str, shipped_at: datetime, seconds_per_day: float
    ) -> list[News]:
        """What has happened to a parcel by `now`, the first first, if a day of its journey takes that long."""
        day = timedelta(seconds=seconds_per_day)
        journey = [
            News(key=f"simulated-{place}", state=state, place=where, occurred_at=shipped_at + day * days)
            for place, (days, state, where) in enumerate(_journey(tracking_number, city))
        ]
        return [news for news in journey if news.occurred_at <= now]


def _journey(tracking_number: str, city: str) -> Iterator[tuple[float, State, str]]:
    """(days after it left, state, place) of each event."""
    chance = random.Random(tracking_number)  # noqa: S311 - a journey, no secret
    first, second = chance.sample(HUBS, 2)
    is_late = chance.randrange(ONE_LATE_IN) == 0
    yield 0.0, "announced", ""
    yield 0.2, "in_transit", first
    yield 0.9, "in_transit", second
    if is_late:
        yield 1.3, "delayed", second
    arrives = (2.0 if is_late else 1.0) + 0.3 + chance.random() * 0.2
    yield arrives, "in_transit", city
    yield arrives + 0.2, "out", city
    yield arrives + 0.4, "delivered", city
