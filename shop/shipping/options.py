"""How an order can travel: three options, each with its price and the days it takes.

They quack like Oscar's shipping methods (code, name, calculate, discount), so Oscar's order creator takes them.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from oscar.core.prices import Price

from shop.partner.strategy import split_vat

SHIPPING_VAT = Decimal("20")
FREE_STANDARD_FROM = Decimal("750.00")
EUROPE = ("AT", "BE", "DE", "DK", "ES", "FI", "FR", "GB", "GR", "IE", "IT", "NL", "PL", "PT", "SE")


@dataclass(frozen=True)
class ShippingOption:
    """`price` includes VAT; `free_from` is the basket value from which it costs nothing; days are working days."""

    code: str
    name: Any
    description: Any
    price: Decimal
    min_days: int
    max_days: int
    countries: tuple[str, ...]
    free_from: Decimal | None = None
    last_hour: int = 24

    def charge_for(self, basket_total: Decimal) -> Decimal:
        if self.free_from is not None and basket_total >= self.free_from:
            return Decimal("0.00")
        return self.price

    def calculate(self, basket: Any) -> Price:
        without, vat = split_vat(self.charge_for(basket.total_incl_tax), SHIPPING_VAT)
        return Price(currency=basket.currency, excl_tax=without, tax=vat, tax_code=str(SHIPPING_VAT))

    def discount(self, basket: Any) -> Decimal:
        return Decimal("0.00")

    def arrival(self, now: datetime) -> tuple[date, date]:
        """(earliest, latest) day of arrival for an order placed `now`."""
        local = now.astimezone(ZoneInfo(settings.TIME_ZONE))
        start = local.date() if local.hour < self.last_hour else add_working_days(local.date(), 1)
        return add_working_days(start, self.min_days), add_working_days(start, self.max_days)


def add_working_days(day: date, count: int) -> date:
    """`count` days on that are neither Saturday nor Sunday."""
    while count:
        day += timedelta(days=1)
        if day.weekday() < 5:
            count -= 1
    return day


OPTIONS = (
    ShippingOption(
        code="standard",
        name=_("Standard"),
        description=_("To your door in 2 to 4 working days"),
        price=Decimal("59.90"),
        min_days=2,
        max_days=4,
        countries=("TR",),
        free_from=FREE_STANDARD_FROM,
    ),
    ShippingOption(
        code="express",
        name=_("Express"),
        description=_("On the next working day when ordered by 14:00"),
        price=Decimal("119.90"),
        min_days=1,
        max_days=1,
        countries=("TR",),
        last_hour=14,
    ),
    ShippingOption(
        code="pickup",
        name=_("Pick-up point"),
        description=_("To a shop near you in 2 to 4 working days"),
        price=Decimal("39.90"),
        min_days=2,
        max_days=4,
        countries=("TR",),
    ),
    ShippingOption(
        code="europe",
        name=_("Standard abroad"),
        description=_("To your door in 5 to 9 working days"),
        price=Decimal("349.90"),
        min_days=5,
        max_days=9,
        countries=EUROPE,
    ),
)


class NoSuchOption(LookupError):
    """The option does not exist or does not go to that country."""


def options_for(country: str) -> list[ShippingOption]:
    return [option for option in OPTIONS if country in option.countries]


def get_option(code: str, *, country: str) -> ShippingOption:
    """:raises NoSuchOption: if it does not go there"""
    for option in options_for(country):
        if option.code == code:
            return option
    raise NoSuchOption(code)
