"""Money that no machine moves: a transfer that staff see in the bank account, cash that the courier brings."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from shop.models import Payment, Refund
from shop.payment.providers.base import NotAuthentic, Notice, Outcome, RefundOutcome

TRANSFER_WAIT = timedelta(days=5)


class _ByHand:
    """Nothing can be asked: what a person says is noted by a service, and the row itself is all that is known."""

    def look_up(self, payment: Payment) -> Outcome:
        return Outcome(state="pending")

    def cancel(self, payment: Payment) -> Outcome:
        return Outcome(state="declined", reason="cancelled")

    def refund(self, refund: Refund) -> RefundOutcome:
        return RefundOutcome(is_done=False, needs_person=True)

    def read_webhook(self, *, headers: Mapping[str, str], body: bytes) -> Notice:
        raise NotAuthentic("nobody tells us of this by machine")


class BankTransfer(_ByHand):
    """The shopper transfers by themselves; staff confirm what arrived (`confirm_bank_transfer`)."""

    code = "bank-transfer"
    name = _("Bank transfer")
    description = _(
        "You make the transfer at your bank; we pack as soon as it is here. Your things stay reserved for 5 days."
    )

    def is_offered(self, *, amount: Decimal, currency: str, country: str) -> bool:
        return bool(settings.BANK_TRANSFER_IBAN and currency == "TRY" and amount > 0)

    def start(self, payment: Payment, *, form: Mapping[str, str], return_url: str) -> Outcome:
        return self.look_up(payment)

    def look_up(self, payment: Payment) -> Outcome:
        if payment.details:
            return Outcome(state="pending")
        return Outcome(
            state="pending",
            pay_within=TRANSFER_WAIT,
            details={
                "iban": settings.BANK_TRANSFER_IBAN,
                "holder": settings.BANK_TRANSFER_HOLDER,
                "purpose": payment.order.number,
            },
        )


class CashOnDelivery(_ByHand):
    """Paid to the courier (`capture_at_the_door`): the order is certain before there is money."""

    code = "cash-on-delivery"
    name = _("At the door")
    description = _("You pay the courier, in cash or by card.")

    def is_offered(self, *, amount: Decimal, currency: str, country: str) -> bool:
        return country == "TR" and currency == "TRY" and 0 < amount <= settings.CASH_ON_DELIVERY_LIMIT

    def start(self, payment: Payment, *, form: Mapping[str, str], return_url: str) -> Outcome:
        return self.look_up(payment)

    def look_up(self, payment: Payment) -> Outcome:
        return Outcome(state="authorised", amount=payment.amount, currency=payment.currency)


class NothingToPay(_ByHand):
    """An order that a voucher has paid for."""

    code = "nothing-to-pay"
    name = _("Nothing to pay")
    description = _("Your voucher covers everything.")

    def is_offered(self, *, amount: Decimal, currency: str, country: str) -> bool:
        return amount == 0

    def start(self, payment: Payment, *, form: Mapping[str, str], return_url: str) -> Outcome:
        return self.look_up(payment)

    def look_up(self, payment: Payment) -> Outcome:
        return Outcome(state="captured", amount=payment.amount, currency=payment.currency)
