"""Stripe may say days later that a refund did not arrive: the money counts as ours again, and a person is told."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm import api as crm
from shop.models import Attention, Payment, Refund, WebhookCall
from shop.payment import refunds
from shop.payment.providers import PROVIDERS, RefundOutcome
from shop.payment.refunds import finish_refund, refund_order
from shop.payment.services import look_again
from shop.payment.webhooks import take_webhook
from tests.fakes.stripe import FakeStripe
from tests.races import run_at_once
from tests.shop.payment.test_the_shop_is_paid_through_them import STAFF, call, choose
from tests.shop.payments import matters, unpaid_order


def pay_through(client: Client, stripe_server: FakeStripe, order: Any) -> Payment:
    _, payment = choose(client, order, "stripe")
    stripe_server.pay(payment.provider_reference)
    return look_again(payment.pk, now=timezone.now())


def give_back(order: Any, amount: str = "100.00", key: str = "half") -> Refund:
    return refund_order(order.pk, amount=Decimal(amount), key=key, reason="a scratch", actor=STAFF, now=timezone.now())


def told(stripe_server: FakeStripe, refund: Refund, kind: str = "refund.failed") -> tuple[bytes, dict[str, str]]:
    about = next(each for each in stripe_server.refunds if each["id"] == refund.provider_reference)
    body = stripe_server.event(kind, about)
    return body, stripe_server.sign(body)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "status", "why"),
    [
        ("refund.failed", "failed", "expired_or_canceled_card"),
        ("refund.updated", "failed", "expired_or_canceled_card"),
        ("charge.refund.updated", "canceled", "canceled"),
    ],
)
def test_a_refund_that_failed_later_counts_as_not_made(
    client: Client, stripe_server: FakeStripe, order_as_guest: Any, kind: str, status: str, why: str
) -> None:
    order = order_as_guest(is_paid=False)
    payment = pay_through(client, stripe_server, order)
    refund = give_back(order)
    stripe_server.fail_refund(refund.provider_reference, status=status)
    body, headers = told(stripe_server, refund, kind)
    assert [call(client, "stripe", body, headers) for _ in range(3)] == [200, 200, 200]
    refund.refresh_from_db()
    payment.refresh_from_db()
    assert (refund.status, refund.failure, payment.refunded) == ("failed", why, 0)
    assert [row.outcome for row in WebhookCall.objects.filter(kind=kind)] == ["accepted"]
    assert matters() == ["refund_failed"]
    assert crm.Interaction.objects.filter(kind="shop.payment.refund_failed").count() == 1


@pytest.mark.django_db
def test_the_same_wish_again_is_another_try_and_settles_the_matter(
    client: Client, stripe_server: FakeStripe, order_as_guest: Any
) -> None:
    order = order_as_guest(is_paid=False)
    payment = pay_through(client, stripe_server, order)
    first = give_back(order)
    stripe_server.fail_refund(first.provider_reference)
    body, headers = told(stripe_server, first)
    call(client, "stripe", body, headers)
    second = give_back(order)
    payment.refresh_from_db()
    assert (second.status, second.key, payment.refunded) == ("done", "half/2", Decimal("100.00"))
    assert not Attention.objects.filter(settled_at=None).exists()


@pytest.mark.django_db
def test_what_is_not_final_and_what_is_not_ours_changes_nothing(
    client: Client, stripe_server: FakeStripe, order_as_guest: Any
) -> None:
    order = order_as_guest(is_paid=False)
    payment = pay_through(client, stripe_server, order)
    refund = give_back(order)
    body, headers = told(stripe_server, refund, "refund.updated")  # it still stands
    assert call(client, "stripe", body, headers) == 200
    stripe_server.fail_refund(refund.provider_reference)
    about = {**stripe_server.refunds[0], "metadata": {"key": "another", "reference": payment.reference}}
    body = stripe_server.event("refund.failed", about)
    assert call(client, "stripe", body, stripe_server.sign(body)) == 200
    by_hand = {**about, "metadata": {}}  # made in Stripe's dashboard
    body = stripe_server.event("refund.failed", by_hand)
    assert call(client, "stripe", body, stripe_server.sign(body)) == 200
    assert call(client, "stripe", body, stripe_server.sign(body, secret="whsec_of_mallory")) == 400
    refund.refresh_from_db()
    payment.refresh_from_db()
    assert (refund.status, payment.refunded, matters()) == ("done", Decimal("100.00"), [])
    assert set(WebhookCall.objects.filter(kind__contains="refund").values_list("outcome", flat=True)) == {"ignored"}


@pytest.mark.django_db(transaction=True)
def test_failure_and_answer_at_once_leave_it_failed(
    client: Client, stripe_server: FakeStripe, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call may overtake the answer to our own request; several calls tell of the one failure."""
    order = unpaid_order(now)
    payment = pay_through(client, stripe_server, order)
    monkeypatch.setattr(refunds, "finish_refund", lambda pk, **_: Refund.objects.get(pk=pk))  # the answer is late
    refund = give_back(order)
    assert refund.status == "pending"
    [made] = stripe_server.refunds
    stripe_server.fail_refund(made["id"])
    bodies = [stripe_server.event(kind, made) for kind in ("refund.failed", "refund.updated")]
    answer = RefundOutcome(is_done=True, provider_reference=made["id"])
    run_at_once(
        *[
            lambda body=body: take_webhook("stripe", headers=stripe_server.sign(body), body=body, now=now)
            for body in bodies
        ]
        * 2,
        lambda: finish_refund(refund.pk, outcome=answer, now=now),
    )
    refund.refresh_from_db()
    payment.refresh_from_db()
    assert (refund.status, payment.refunded, matters()) == ("failed", 0, ["refund_failed"])
    assert PROVIDERS["stripe"].refund(refund).failure == "expired_or_canceled_card"
