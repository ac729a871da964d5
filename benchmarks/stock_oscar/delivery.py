"""One way to travel, priced like ours, and Oscar's own repository to let offers take something off it."""

from decimal import Decimal
from typing import Any

from oscar.core.loading import get_class
from oscar.core.prices import Price

from benchmarks._goods import CURRENCY, FREE_SHIPPING_FROM, SHIPPING_CHARGE, VAT

Base = get_class("shipping.methods", "Base")
Repository = get_class("shipping.repository", "Repository")


class Standard(Base):
    code = "standard"
    name = "Standard"

    def calculate(self, basket: Any) -> Price:
        charge = Decimal("0.00") if basket.total_incl_tax >= FREE_SHIPPING_FROM else SHIPPING_CHARGE
        without = (charge / (1 + VAT)).quantize(Decimal("0.01"))
        return Price(currency=CURRENCY, excl_tax=without, incl_tax=charge)


class Delivery(Repository):
    methods = (Standard(),)


def delivery_paid(basket: Any) -> tuple[Decimal, Decimal]:
    """(paid, taken off), VAT included: as Oscar's checkout charges, and as its order creator records."""
    method = Delivery().get_shipping_methods(basket)[0]
    return method.calculate(basket).incl_tax, method.discount(basket)
