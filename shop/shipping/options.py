"""How an order can travel: three options, each with its price and the days it takes.

They quack like Oscar's shipping methods (code, name, calculate, discount), so Oscar's order creator takes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from oscar.core.prices import Price

from shop.partner.strategy import split_vat

SHIPPING_VAT = Decimal("20")
# The currencies that the shop can sell in: for each there is a price of every way to travel.
FREE_STANDARD_FROM = {
    "TRY": Decimal("750.00"),
    "EUR": Decimal("50.00"),
    "GBP": Decimal("40.00"),
    "USD": Decimal("50.00"),
}
CURRENCIES = tuple(FREE_STANDARD_FROM)
EUROPE = ("AT", "BE", "DE", "DK", "ES", "FI", "FR", "GB", "GR", "IE", "IT", "NL", "PL", "PT", "SE")


@dataclass(frozen=True)
class ShippingOption:
    """`prices` by currency include VAT; days are working days.

    `free_from` is the value of a basket, by currency, from which it costs nothing.
    """

    code: str
    name: Any
    description: Any
    prices: Mapping[str, Decimal]
    min_days: int
    max_days: int
    countries: tuple[str, ...]
    free_from: Mapping[str, Decimal] = field(default_factory=dict)
    last_hour: int = 24

    def charge_for(self, basket_total: Decimal, currency: str) -> Decimal:
        """In the basket's own currency, which is one of CURRENCIES."""
        if currency in self.free_from and basket_total >= self.free_from[currency]:
            return Decimal("0.00")
        return self.prices[currency]

    def calculate(self, basket: Any) -> Price:
        without, vat = split_vat(self.charge_for(basket.total_incl_tax, basket.currency), SHIPPING_VAT)
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


def _prices(*amounts: str) -> dict[str, Decimal]:
    return dict(zip(CURRENCIES, map(Decimal, amounts), strict=True))


OPTIONS = (
    ShippingOption(
        code="standard",
        name=_("Standard"),
        description=_("To your door in 2 to 4 working days"),
        prices=_prices("59.90", "4.90", "3.90", "4.90"),
        min_days=2,
        max_days=4,
        countries=("TR",),
        free_from=FREE_STANDARD_FROM,
    ),
    ShippingOption(
        code="express",
        name=_("Express"),
        description=_("On the next working day when ordered by 14:00"),
        prices=_prices("119.90", "8.90", "7.90", "9.90"),
        min_days=1,
        max_days=1,
        countries=("TR",),
        last_hour=14,
    ),
    ShippingOption(
        code="pickup",
        name=_("Pick-up point"),
        description=_("To a shop near you in 2 to 4 working days"),
        prices=_prices("39.90", "2.90", "2.50", "2.90"),
        min_days=2,
        max_days=4,
        countries=("TR",),
    ),
    ShippingOption(
        code="europe",
        name=_("Standard abroad"),
        description=_("To your door in 5 to 9 working days"),
        prices=_prices("349.90", "12.90", "10.90", "13.90"),
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
