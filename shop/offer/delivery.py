"""What offers and vouchers take off the delivery. They were applied with all others; nothing is asked of the database.

As in stock Oscar it is the first that applies, by priority, and one alone: a second one takes off nothing, is not
recorded and not used up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language


@dataclass(frozen=True)
class DeliveryOffer:
    """`name` is "" where it has none in the shopper's language: what it gives stands beside it anyway. `code` is its
    voucher's, "" of an offer. At most one of `percent`, `amount` and `price` says what it gives."""

    name: str
    code: str
    offer: Any

    def reduction_of(self, charge: Decimal, currency: str) -> Decimal:
        """What it takes off a charge, VAT included: Oscar's arithmetic, and never more than the charge."""
        return min(max(self.offer.shipping_discount(charge, currency), Decimal("0.00")), charge)

    @property
    def is_free(self) -> bool:
        return self.percent == 100 or self.price == 0

    @property
    def percent(self) -> Decimal | None:
        return self._value_of("Shipping percentage")

    @property
    def amount(self) -> Decimal | None:
        return self._value_of("Shipping absolute")

    @property
    def price(self) -> Decimal | None:
        """What the delivery costs with it, if it does not cost less anyway."""
        return self._value_of("Shipping fixed price")

    def _value_of(self, kind: str) -> Decimal | None:
        benefit = self.offer.benefit
        return benefit.value if benefit.type == kind else None


def delivery_offer(basket: Any) -> DeliveryOffer | None:
    """Of a basket that offers were applied to."""
    for entry in basket.shipping_discounts:
        voucher = entry["voucher"]
        return DeliveryOffer(entry["offer"].given_name(get_language()), voucher.code if voucher else "", entry["offer"])
    return None


def gives(basket: Any, entry: Mapping[str, Any]) -> bool:
    """Whether one of the basket's `offer_applications` has its turn: on the delivery only the first one has."""
    return not entry["result"].affects_shipping or entry is basket.shipping_discounts[0]
