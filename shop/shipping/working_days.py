"""Days on which parcels move: neither a weekend nor a public holiday, in Turkey and where the parcel goes."""

from datetime import date, timedelta
from functools import lru_cache

import holidays

HOME = "TR"


@lru_cache(maxsize=256)
def _holidays_of(country: str, year: int) -> frozenset[date]:
    """The public holidays that the whole country keeps; religious ones of the years to come are calculated."""
    return frozenset(holidays.country_holidays(country, years=year))


def is_working_day(day: date, *, country: str = HOME) -> bool:
    """Whether a parcel to that country (ISO 3166-1) gets on that day: neither end of its way is closed."""
    return day.weekday() < 5 and not any(day in _holidays_of(where, day.year) for where in {HOME, country})


def add_working_days(day: date, count: int, *, country: str = HOME) -> date:
    """`count` working days after a day; with 0 the day itself, whatever it is."""
    while count:
        day += timedelta(days=1)
        if is_working_day(day, country=country):
            count -= 1
    return day
