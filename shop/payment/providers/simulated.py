"""Who takes the money. A provider is asked outside our locks, and asked again by reference before it is believed."""

from dataclasses import dataclass
from decimal import Decimal

from shop.models import SimulatedCharge


@dataclass(frozen=True)
class Outcome:
    """What the simulated network says. (Gives way to base.Outcome.)"""

    is_captured: bool
    reason: str = ""


class SimulatedCard:
    """A card network in a table of its own, so that a crash between charging and noting it can be played through.

    Cards: any number is paid, one that ends in 0002 is declined.
    """

    code = "simulated-card"

    def charge(self, *, reference: str, amount: Decimal, currency: str, card_number: str) -> Outcome:
        is_declined = card_number.endswith("0002")
        charge, _ = SimulatedCharge.objects.get_or_create(
            reference=reference,
            defaults={"amount": amount, "currency": currency, "is_captured": not is_declined},
        )
        return self._outcome(charge)

    def look_up(self, reference: str) -> Outcome | None:
        charge = SimulatedCharge.objects.filter(reference=reference).first()
        return self._outcome(charge) if charge else None

    def _outcome(self, charge: SimulatedCharge) -> Outcome:
        return Outcome(charge.is_captured, "" if charge.is_captured else "card declined")
