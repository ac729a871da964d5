"""What every payment provider can do. A provider is asked outside our locks, and asked again before it is believed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal, Protocol

from shop.models import Payment, Refund

State = Literal["pending", "authorised", "captured", "declined"]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a provider says about a payment.

    `amount` and `currency` are what it took (None where nothing was): they are compared with what we wanted before
    anything is believed. `reason` is for staff, in English. `details` may be shown: card brand, last four digits,
    instalments. `next_url` leads the shopper on while it is pending: to the bank's page, to the provider's form.
    `pay_within` is how long the shopper has where that is days: the goods stay reserved for so long, and a mail tells
    how to pay.
    """

    state: State
    amount: Decimal | None = None
    currency: str = ""
    reason: str = ""
    provider_reference: str = ""
    next_url: str = ""
    pay_within: timedelta | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RefundOutcome:
    """Neither done nor with a `failure`: not yet, it is asked about again.

    `needs_person`: nobody but a person can pay it out, and says so with `confirm_refund`.
    """

    is_done: bool
    provider_reference: str = ""
    failure: str = ""
    needs_person: bool = False


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What an authentic webhook call says. `reference` is our Payment.reference; None of a thing that is not ours.

    `outcome` None means: ask `look_up`. With a `refund_key` it is about the refund of that key instead, of which
    `refund_failure` says that its money did not arrive and is ours again, and why.
    """

    event_id: str
    kind: str
    reference: str | None
    outcome: Outcome | None = None
    refund_key: str = ""
    refund_failure: str = ""


class ProviderUnreachable(Exception):
    """No answer, or none that says what became of it: the payment stays as it is and is asked about again."""


class NotAuthentic(Exception):
    """A webhook call whose signature is missing, wrong or too old."""


class Provider(Protocol):
    code: str
    name: Any  # shown to the shopper, translated
    description: Any

    def is_offered(self, *, amount: Decimal, currency: str, country: str) -> bool:
        """Whether a shopper may choose it for such an order (configured, currency taken, country served)."""

    def start(self, payment: Payment, *, form: Mapping[str, str], return_url: str) -> Outcome:
        """Ask for the money, once for each `payment.reference`, however often it is called.

        `form` is what the shopper filled in on our page; `return_url` is where the provider sends the browser back.

        :raises ProviderUnreachable: nothing is known then
        """

    def look_up(self, payment: Payment) -> Outcome:
        """What became of it; "declined" with a reason if the provider never heard of it.

        :raises ProviderUnreachable:
        """

    def cancel(self, payment: Payment) -> Outcome:
        """Make sure that it can no longer be paid; "captured" if it was paid in this very moment.

        :raises ProviderUnreachable:
        """

    def refund(self, refund: Refund) -> RefundOutcome:
        """Give money back, once for each `refund.key`.

        :raises ProviderUnreachable:
        """

    def read_webhook(self, *, headers: Mapping[str, str], body: bytes) -> Notice:
        """:raises NotAuthentic:"""
