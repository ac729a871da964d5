"""How an order can travel: four options, each with its price by weight and the days it takes.

An offer on the delivery (shop/offer/delivery.py) takes off what is left to pay when the basket's value was looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal
from django.conf import settings
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from oscar.core.prices import Price

from shop.offer.delivery import DeliveryOffer, delivery_offer
from shop.partner.strategy import split_vat
from shop.shipping.weights import weigh
from shop.shipping.working_days import HOME, add_working_days, is_working_day

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


class TooHeavy(Exception):
    """The goods weigh more than this option carries. Its text says so to the shopper."""

    def __init__(self, option: "ShippingOption", grams: int) -> None:
        text = gettext(
            "Too heavy for “%(option)s”: your basket weighs %(weight)s kg, it takes up to %(most)s kg. "
            "Please choose another way, or order in two parts."
        )
        names = {"option": option.name, "weight": _kilos(grams), "most": _kilos(option.most_grams or 0)}
        super().__init__(text % names)


@dataclass(frozen=True)
class Band:
    """What goods of up to so many grams cost to send, by currency, VAT included. None: of any weight."""

    up_to: int | None
    prices: Mapping[str, Decimal]


@dataclass(frozen=True)
class DeliveryPrice:
    """Of one option for one basket, VAT included: what is paid, and what an offer took off."""

    currency: str
    paid: Decimal
    reduction: Decimal

    @property
    def before(self) -> Decimal:
        return self.paid + self.reduction

    @property
    def charge(self) -> Price:
        """What is paid, as Oscar has prices."""
        without, vat = split_vat(self.paid, SHIPPING_VAT)
        return Price(currency=self.currency, excl_tax=without, tax=vat, tax_code=str(SHIPPING_VAT))


@dataclass(frozen=True)
class ShippingOption:
    """`bands` go from light to heavy; what is heavier than the last one is not taken. Days are working days.

    `free_from` is the value of a basket, by currency, from which it costs nothing, whatever it weighs. What is
    ordered at `last_hour` or later, or on a day off, is packed on the next working day.
    """

    code: str
    name: Any
    description: Any
    bands: tuple[Band, ...]
    min_days: int
    max_days: int
    countries: tuple[str, ...]
    free_from: Mapping[str, Decimal] = field(default_factory=dict)
    last_hour: int = 17

    @property
    def most_grams(self) -> int | None:
        return self.bands[-1].up_to

    def takes(self, grams: int) -> bool:
        return self.most_grams is None or grams <= self.most_grams

    def charge_for(self, basket_total: Decimal, currency: str, *, grams: int = 0) -> Decimal:
        """Without an offer; in the basket's own currency, which is one of CURRENCIES.

        :raises TooHeavy: if it does not take that much
        """
        if not self.takes(grams):
            raise TooHeavy(self, grams)
        if currency in self.free_from and basket_total >= self.free_from[currency]:
            return Decimal("0.00")
        return next(band.prices[currency] for band in self.bands if band.up_to is None or grams <= band.up_to)

    def price_for(
        self, basket_total: Decimal, currency: str, *, grams: int = 0, offer: DeliveryOffer | None = None
    ) -> DeliveryPrice:
        """:raises TooHeavy: if it does not take that much"""
        charge = self.charge_for(basket_total, currency, grams=grams)
        reduction = offer.reduction_of(charge, currency) if offer and charge else Decimal("0.00")
        return DeliveryPrice(currency, charge - reduction, reduction)

    def missing_to_free(self, basket_total: Decimal, currency: str) -> Decimal | None:
        """What is missing until it costs nothing; None if it never does, or does already."""
        threshold = self.free_from.get(currency)
        return threshold - basket_total if threshold is not None and basket_total < threshold else None

    def price_of(self, basket: Any) -> DeliveryPrice:
        """For a basket that offers were applied to.

        :raises TooHeavy: if it is too heavy
        """
        offer = delivery_offer(basket)
        return self.price_for(basket.total_incl_tax, basket.currency, grams=weigh(basket), offer=offer)

    def arrival(self, now: datetime, *, country: str = HOME) -> tuple[date, date]:
        """(earliest, latest) day of arrival there for what is ordered `now`."""
        local = now.astimezone(ZoneInfo(settings.TIME_ZONE))
        packed = local.date()
        if local.hour >= self.last_hour or not is_working_day(packed):
            packed = add_working_days(packed, 1)
        return (
            add_working_days(packed, self.min_days, country=country),
            add_working_days(packed, self.max_days, country=country),
        )


def _kilos(grams: int) -> str:
    return format_decimal(Decimal(grams) / 1000, format="0.#", locale=(get_language() or "en").replace("-", "_"))


def _band(kilos: int | None, *amounts: str) -> Band:
    prices = dict(zip(CURRENCIES, map(Decimal, amounts), strict=True))
    return Band(None if kilos is None else kilos * 1000, prices)


OPTIONS = (
    ShippingOption(
        code="standard",
        name=_("Standard"),
        description=_("To your door in 2 to 4 working days"),
        bands=(
            _band(5, "59.90", "4.90", "3.90", "4.90"),
            _band(15, "89.90", "6.90", "5.90", "7.50"),
            _band(30, "139.90", "9.90", "8.90", "10.90"),
            _band(None, "249.90", "16.90", "14.90", "17.90"),  # several parcels
        ),
        min_days=2,
        max_days=4,
        countries=("TR",),
        free_from=FREE_STANDARD_FROM,
    ),
    ShippingOption(
        code="express",
        name=_("Express"),
        description=_("On the next working day when ordered by 14:00"),
        bands=(
            _band(5, "119.90", "8.90", "7.90", "9.90"),
            _band(15, "169.90", "12.90", "10.90", "13.90"),
            _band(30, "249.90", "17.90", "15.90", "18.90"),
        ),
        min_days=1,
        max_days=1,
        countries=("TR",),
        last_hour=14,
    ),
    ShippingOption(
        code="pickup",
        name=_("Pick-up point"),
        description=_("To a shop near you in 2 to 4 working days, up to 10 kg"),
        bands=(
            _band(5, "39.90", "2.90", "2.50", "2.90"),
            _band(10, "54.90", "3.90", "3.50", "3.90"),
        ),
        min_days=2,
        max_days=4,
        countries=("TR",),
    ),
    ShippingOption(
        code="europe",
        name=_("Standard abroad"),
        description=_("To your door in 5 to 9 working days"),
        bands=(
            _band(2, "349.90", "12.90", "10.90", "13.90"),
            _band(5, "499.90", "17.90", "15.50", "18.90"),
            _band(15, "899.90", "31.90", "27.50", "33.90"),
            _band(30, "1499.90", "52.90", "45.90", "55.90"),
        ),
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


def option_name(order: Any) -> str:
    """How an order travels, in the language of who reads, whatever it was called when it was ordered."""
    names = {option.code: option.name for option in OPTIONS}
    return str(names.get(order.shipping_code, order.shipping_method or "–"))
