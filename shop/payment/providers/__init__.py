"""Who takes the money: the providers by their codes."""

from shop.payment.providers.simulated import Outcome, SimulatedCard

PROVIDERS: dict[str, SimulatedCard] = {SimulatedCard.code: SimulatedCard()}

__all__ = ["PROVIDERS", "Outcome", "SimulatedCard"]
