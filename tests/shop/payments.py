"""Payments in every state, built through the services, and a provider that does what a test tells it to."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from crm import api as crm
from shop.models import Attention, Payment
from shop.orders.placing import place_order
from shop.payment.providers import Outcome, RefundOutcome
from shop.payment.providers.simulated import SimulatedCard
from shop.payment.services import give_up_payment, start_payment
from tests.shop.conftest import delivery, fill, put_on_shelf

STAFF = crm.Actor.staff(1)


def unpaid_order(now: datetime, *, stock: int = 10, product: Any = None) -> Any:
    """By a guest, for one cezve."""
    return place_order(
        fill((product or put_on_shelf(price="349.00", stock=stock), 1)).pk,
        delivery=delivery(),
        expected_goods_total=None,
        user=None,
        visitor=None,
        language="en",
        now=now,
    )


def given_up(order: Any, *, provider: str, now: datetime) -> Payment:
    """A payment that the shopper left for another way to pay; its provider may still come with the money."""
    start_payment(order.pk, provider=provider, now=now)
    payment = give_up_payment(order.pk, now=now)
    assert payment is not None
    assert payment.status == Payment.Status.DECLINED
    return payment


def captured(payment: Payment, amount: Decimal | None = None, currency: str = "TRY") -> Outcome:
    return Outcome(state="captured", amount=payment.amount if amount is None else amount, currency=currency)


def matters() -> list[str]:
    return list(Attention.objects.order_by("pk").values_list("kind", flat=True))


def templates() -> list[str]:
    """The mails that are queued, in their order."""
    return [mail.template.rpartition("/")[2] for mail in crm.OutgoingMail.objects.order_by("pk")]


class Told(SimulatedCard):
    """Answers what it is told; an exception is raised."""

    def __init__(self, *, look_up: Any = None, cancel: Any = None, refund: Any = None, start: Any = None) -> None:
        self.answers = {"look_up": look_up, "cancel": cancel, "refund": refund, "start": start}
        self.asked: list[str] = []

    def _answer(self, what: str) -> Any:
        self.asked.append(what)
        answer = self.answers[what]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def start(self, payment: Payment, *, form: Mapping[str, str], return_url: str) -> Outcome:
        return self._answer("start")

    def look_up(self, payment: Payment) -> Outcome:
        return self._answer("look_up")

    def cancel(self, payment: Payment) -> Outcome:
        return self._answer("cancel")

    def refund(self, refund: Any) -> RefundOutcome:
        return self._answer("refund")
