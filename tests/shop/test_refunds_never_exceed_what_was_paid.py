"""Money goes back through whoever took it: each wish once, all wishes together never above what was paid."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm import api as crm
from shop.models import Payment, Refund, SimulatedRefund
from shop.payment.providers import PROVIDERS, ProviderUnreachable, RefundOutcome
from shop.payment.refunds import NothingToRefund, TooMuch, confirm_refund, finish_refunds, refund_order
from shop.payment.services import capture_at_the_door, pay, pay_by_card
from tests.races import run_at_once
from tests.shop.conftest import GOOD_CARD
from tests.shop.payments import STAFF, Told, matters, templates, unpaid_order

CARD = "simulated-card"


def paid_order(now: Any) -> Any:
    order = unpaid_order(now)  # 408.90
    pay_by_card(order.pk, card_number=GOOD_CARD, now=now)
    return order


def give_back(order: Any, amount: str, key: str, now: Any) -> Refund:
    return refund_order(order.pk, amount=Decimal(amount), key=key, reason="broken", actor=STAFF, now=now)


def refunded() -> Decimal:
    return Payment.objects.get().refunded


@pytest.mark.django_db
def test_a_part_and_the_rest_go_back_each_with_its_fact_and_its_mail(now: Any) -> None:
    order = paid_order(now)
    first, rest = give_back(order, "100.00", "a", now), give_back(order, "308.90", "b", now)
    assert (first.status, rest.status, refunded()) == ("done", "done", Decimal("408.90"))
    assert templates() == ["order_confirmed", "order_refunded", "order_refunded"]
    confirmed, mail, _ = crm.OutgoingMail.objects.order_by("pk")
    assert "₺100.00" in mail.subject and "₺100.00" in mail.text and "₺100.00" in mail.html
    assert mail.headers["References"] == confirmed.message_id
    facts = crm.Interaction.objects.filter(kind="shop.payment.refunded").order_by("id")
    assert [fact.data["amount"] for fact in facts] == ["100.00 TRY", "308.90 TRY"]
    with pytest.raises(NothingToRefund):
        give_back(order, "0.01", "c", now)


@pytest.mark.django_db
def test_too_much_or_nothing_is_refused_and_leaves_no_trace(now: Any) -> None:
    order, unpaid = paid_order(now), unpaid_order(now)
    give_back(order, "400.00", "a", now)
    before = crm.Interaction.objects.count(), crm.OutgoingMail.objects.count()
    with pytest.raises(TooMuch) as refusal:
        give_back(order, "8.91", "b", now)
    assert refusal.value.left == Decimal("8.90")
    for amount in ("0", "-1"):
        with pytest.raises(NothingToRefund):
            give_back(order, amount, "c", now)
    with pytest.raises(NothingToRefund):
        give_back(unpaid, "1.00", "d", now)
    assert (crm.Interaction.objects.count(), crm.OutgoingMail.objects.count()) == before
    assert (Refund.objects.count(), SimulatedRefund.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_a_refused_refund_gives_the_sum_free_and_tells_a_person(now: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    order = paid_order(now)
    with monkeypatch.context() as refusing:
        refusing.setitem(PROVIDERS, CARD, Told(refund=RefundOutcome(is_done=False, failure="card is closed")))
        assert give_back(order, "408.90", "a", now).status == "failed"
    assert (refunded(), matters()) == (0, ["refund_failed"])
    assert "order_refunded" not in templates()
    assert give_back(order, "408.90", "b", now).status == "done"


@pytest.mark.django_db
def test_the_sweeper_finishes_what_got_no_answer_with_the_same_key(now: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    order = paid_order(now)
    away = Told(refund=ProviderUnreachable("away"))
    with monkeypatch.context() as unreachable:
        unreachable.setitem(PROVIDERS, CARD, away)
        assert give_back(order, "50.00", "a", now).status == "pending"
        assert give_back(order, "50.00", "a", now).status == "pending"  # a second click while nobody knows
        assert away.asked == ["refund"]
    assert finish_refunds(now=now + timedelta(seconds=30)) == 0  # somebody may still be asking
    assert finish_refunds(now=now + timedelta(minutes=3)) == 1
    assert (Refund.objects.get().status, SimulatedRefund.objects.get().key, refunded()) == ("done", "a", Decimal(50))


@pytest.mark.django_db
def test_what_was_paid_at_the_door_is_paid_out_by_a_person(now: Any) -> None:
    order = unpaid_order(now)
    pay(order.pk, provider="cash-on-delivery", form={}, return_url=lambda payment: "", now=now)
    with pytest.raises(NothingToRefund):
        give_back(order, "10.00", "early", now)
    capture_at_the_door(order.pk, actor=STAFF, now=now)
    refund = give_back(order, "10.00", "a", now)
    assert (refund.status, matters()) == ("pending", ["refund_by_hand"])
    assert finish_refunds(now=now + timedelta(minutes=3)) == 0
    confirm_refund(refund.pk, actor=STAFF, now=now)
    confirm_refund(refund.pk, actor=STAFF, now=now)
    refund.refresh_from_db()
    assert (refund.status, templates()) == ("done", ["order_confirmed", "order_refunded"])
    assert crm.Interaction.objects.filter(kind="shop.payment.refunded").count() == 1


@pytest.mark.django_db(transaction=True)
def test_ten_clicks_at_once_refund_once(now: Any) -> None:
    order = paid_order(now)
    answers = run_at_once(*[lambda: give_back(order, "100.00", "one-wish", now)] * 10)
    assert {answer.pk for answer in answers} == {Refund.objects.get().pk}
    assert (refunded(), SimulatedRefund.objects.count()) == (Decimal(100), 1)
    assert templates() == ["order_confirmed", "order_refunded"]


@pytest.mark.django_db(transaction=True)
def test_twenty_wishes_at_once_never_give_back_more_than_was_paid(now: Any) -> None:
    order = paid_order(now)
    answers = run_at_once(*[lambda n=n: give_back(order, "100.00", f"wish-{n}", now) for n in range(20)])
    assert {type(answer).__name__ for answer in answers} == {"Refund", "TooMuch"}
    assert (refunded(), Refund.objects.filter(status="done").count()) == (Decimal(400), 4)
    assert SimulatedRefund.objects.count() == 4
