"""Who takes the money: the providers by their codes. Which of them shoppers may choose, and in which order, is said
by the setting PAYMENT_PROVIDERS; the others still answer for what was paid through them."""

from decimal import Decimal

from django.conf import settings

from shop.payment.providers.base import NotAuthentic, Notice, Outcome, Provider, ProviderUnreachable, RefundOutcome
from shop.payment.providers.by_hand import BankTransfer, CashOnDelivery, NothingToPay
from shop.payment.providers.iyzico import Iyzico
from shop.payment.providers.simulated import SimulatedCard
from shop.payment.providers.stripe import Stripe

_ALL: tuple[Provider, ...] = (
    SimulatedCard(),
    Stripe(),
    Iyzico(),
    BankTransfer(),
    CashOnDelivery(),
    NothingToPay(),
)
PROVIDERS: dict[str, Provider] = {provider.code: provider for provider in _ALL}
# Their money a person takes in and pays out.
BY_HAND = (BankTransfer.code, CashOnDelivery.code)


def offered_providers(*, amount: Decimal, currency: str, country: str) -> list[Provider]:
    """What a shopper may choose from for such an order."""
    codes = [NothingToPay.code, *settings.PAYMENT_PROVIDERS]
    providers = [PROVIDERS[code] for code in codes]
    return [each for each in providers if each.is_offered(amount=amount, currency=currency, country=country)]


__all__ = [
    "BY_HAND",
    "PROVIDERS",
    "BankTransfer",
    "CashOnDelivery",
    "Iyzico",
    "NotAuthentic",
    "NothingToPay",
    "Notice",
    "Outcome",
    "Provider",
    "ProviderUnreachable",
    "RefundOutcome",
    "SimulatedCard",
    "Stripe",
    "offered_providers",
]
