"""What a product's page says of the delivery: when it arrives and what that costs, if it is ordered now and alone."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from shop.shipping.options import OPTIONS, ShippingOption, options_for
from shop.shipping.working_days import HOME


@dataclass(frozen=True)
class Estimate:
    """`first` and `last` are the days of arrival; `missing_to_free` is None where that is no question."""

    option: ShippingOption
    first: date
    last: date
    price: Decimal
    missing_to_free: Decimal | None


@dataclass(frozen=True)
class Delivery:
    """`abroad` are the options that leave the country, whose days depend on where it goes."""

    at_home: list[Estimate]
    abroad: list[tuple[ShippingOption, Decimal]]

    @property
    def missing_to_free(self) -> Decimal | None:
        return next((each.missing_to_free for each in self.at_home if each.missing_to_free), None)


def arrival_days(now: datetime) -> tuple[tuple[date, date], ...]:
    """When what is ordered `now` arrives, by each option: all that time changes in a delivery."""
    return tuple(option.arrival(now) for option in options_for(HOME))


def delivery_of(price: Decimal, currency: str, *, grams: int, now: datetime) -> Delivery:
    """For one piece of that price and weight. No query. Options that are too weak for it are left out."""
    at_home = [
        Estimate(
            option,
            *option.arrival(now),
            option.charge_for(price, currency, grams=grams),
            option.missing_to_free(price, currency),
        )
        for option in options_for(HOME)
        if option.takes(grams)
    ]
    abroad = [
        (option, option.charge_for(price, currency, grams=grams))
        for option in OPTIONS
        if HOME not in option.countries and option.takes(grams)
    ]
    return Delivery(at_home, abroad)
