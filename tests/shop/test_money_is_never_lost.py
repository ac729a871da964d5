"""Whatever comes first, twice, late or wrong: an order is paid once, and money that it cannot have goes back."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm import api as crm
from shop.models import Attention, Payment, SimulatedCharge
from shop.orders.releasing import cancel_all_unpaid
from shop.oscar import Order, StockRecord
from shop.payment.providers import PROVIDERS, Outcome, ProviderUnreachable
from shop.payment.providers.simulated import CHALLENGE, SILENT, decide, webhook_of
from shop.payment.refunds import finish_refunds
from shop.payment.services import (
    NotOffered,
    PaymentUnderWay,
    capture_at_the_door,
    confirm_bank_transfer,
    finish_payment,
    finish_waiting,
    give_up_payment,
    look_again,
    pay,
    pay_by_card,
    start_payment,
)
from shop.payment.webhooks import take_webhook
from tests.races import run_at_once
from tests.shop.conftest import GOOD_CARD
from tests.shop.payments import STAFF, Told, captured, given_up, matters, templates, unpaid_order

Status = Payment.Status
CARD, TRANSFER, DOOR = "simulated-card", "bank-transfer", "cash-on-delivery"


def pay_with(order: Any, provider: str, now: Any) -> Payment:
    return pay(order.pk, provider=provider, form={}, return_url=lambda payment: "", now=now)


def state(order: Any) -> str:
    return str(Order.objects.get(pk=order.pk).status)


@pytest.mark.django_db
def test_another_amount_or_currency_confirms_nothing_and_a_person_is_told(now: Any) -> None:
    order = unpaid_order(now)
    for amount, currency in (("1.00", "TRY"), ("408.90", "USD"), ("817.80", "TRY")):
        payment = start_payment(order.pk, provider=CARD, now=now)
        finish_payment(payment.pk, outcome=captured(payment, Decimal(amount), currency), now=now)
        payment.refresh_from_db()
        # What was taken is known, so that it can go back.
        assert (payment.status, payment.amount, payment.currency) == (Status.SURPLUS, Decimal(amount), currency)
    assert state(order) == "pending"
    assert matters() == ["mismatch"] * 3
    assert templates() == []
    assert not crm.Interaction.objects.filter(kind="shop.order.paid").exists()


@pytest.mark.django_db
def test_captured_without_an_amount_is_no_answer(now: Any) -> None:
    payment = start_payment(unpaid_order(now).pk, provider=CARD, now=now)
    finish_payment(payment.pk, outcome=Outcome(state="captured"), now=now)
    payment.refresh_from_db()
    assert (payment.status, matters()) == (Status.PENDING, ["mismatch"])


@pytest.mark.django_db
def test_money_for_a_cancelled_order_is_honoured_while_there_is_stock(now: Any) -> None:
    order = unpaid_order(now, stock=1)
    late = given_up(order, provider=CARD, now=now)
    later = now + timedelta(minutes=40)
    assert cancel_all_unpaid(actor=STAFF, now=later) == 1
    finish_payment(late.pk, outcome=captured(late), now=later)
    assert (state(order), StockRecord.objects.get().num_allocated) == ("paid", 1)
    assert (templates(), matters()) == (["order_confirmed"], [])
    order.purchase.refresh_from_db()
    assert (order.purchase.paid_at, order.purchase.cancelled_at) == (later, None)


@pytest.mark.django_db
def test_money_for_a_cancelled_order_that_is_sold_out_goes_back(now: Any) -> None:
    order = unpaid_order(now, stock=1)
    late = given_up(order, provider=CARD, now=now)
    SimulatedCharge.objects.create(
        reference=late.reference, amount=late.amount, currency="TRY", is_captured=True
    )  # the network took it after all
    later = now + timedelta(minutes=40)
    cancel_all_unpaid(actor=STAFF, now=later)
    other = unpaid_order(later, product=order.lines.get().product)
    pay_by_card(other.pk, card_number=GOOD_CARD, now=later)
    finish_payment(late.pk, outcome=captured(late), now=later)
    assert (state(order), matters()) == ("cancelled", ["late_payment"])
    assert StockRecord.objects.get().num_allocated == 1
    assert finish_refunds(now=later) == 1
    late.refresh_from_db()
    assert (late.status, late.refunded, late.refunds.get().status) == (Status.SURPLUS, late.amount, "done")
    mail = crm.OutgoingMail.objects.latest("pk")
    assert mail.template == "shop/email/order_refunded"
    assert "can no longer send it" in mail.text and "can no longer send it" in mail.html and "₺408.90" in mail.subject


@pytest.mark.django_db
def test_an_answer_that_comes_again_or_out_of_order_changes_nothing(now: Any) -> None:
    order = unpaid_order(now)
    payment = start_payment(order.pk, provider=CARD, now=now)
    said = (captured(payment), Outcome(state="pending"), Outcome(state="declined"), captured(payment, Decimal(1)))
    for outcome in said:
        finish_payment(payment.pk, outcome=outcome, now=now)
    assert (state(order), templates(), matters()) == ("paid", ["order_confirmed"], [])


@pytest.mark.django_db
def test_switching_the_way_to_pay_cancels_at_the_provider_first(now: Any) -> None:
    order = unpaid_order(now)
    first = pay_by_card(order.pk, card_number=SILENT, now=now)
    with pytest.raises(PaymentUnderWay):
        pay_with(order, DOOR, now)
    assert give_up_payment(order.pk, now=now) == first
    assert SimulatedCharge.objects.get().is_captured is False
    assert pay_with(order, DOOR, now).status == Status.AUTHORISED


@pytest.mark.django_db
def test_switching_in_the_moment_of_the_capture_lets_the_capture_win(now: Any) -> None:
    order = unpaid_order(now)
    pending = pay_by_card(order.pk, card_number=CHALLENGE, now=now)
    decide(pending.reference, is_approved=True)
    won = give_up_payment(order.pk, now=now)
    assert won is not None
    assert (won.status, state(order)) == (Status.CAPTURED, "paid")


@pytest.mark.django_db
def test_nobody_switches_while_the_provider_cannot_be_asked(now: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    order = unpaid_order(now)
    pay_by_card(order.pk, card_number=SILENT, now=now)
    monkeypatch.setitem(PROVIDERS, CARD, Told(cancel=ProviderUnreachable("away")))
    with pytest.raises(PaymentUnderWay):
        give_up_payment(order.pk, now=now)
    assert Payment.objects.get().status == Status.PENDING


@pytest.mark.django_db
def test_the_sweeper_leaves_what_a_provider_does_not_answer_and_finishes_the_others(
    now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for broken in (ProviderUnreachable("away"), RuntimeError("a bug")):
        asleep, broke = unpaid_order(now), unpaid_order(now)
        monkeypatch.setitem(PROVIDERS, "broken", Told(look_up=broken))
        payment = start_payment(broke.pk, provider=CARD, now=now)
        Payment.objects.filter(pk=payment.pk).update(provider="broken")
        door = start_payment(asleep.pk, provider=DOOR, now=now)
        assert finish_waiting(now=now + timedelta(minutes=3)) == 1
        payment.refresh_from_db()
        door.refresh_from_db()
        assert (payment.status, door.status) == (Status.PENDING, Status.AUTHORISED)
        assert (state(broke), state(asleep)) == ("pending", "confirmed")


@pytest.mark.django_db
def test_a_card_that_never_answers_is_cancelled_when_its_time_is_over(now: Any) -> None:
    order = unpaid_order(now)
    pay_by_card(order.pk, card_number=SILENT, now=now)
    assert finish_waiting(now=now + timedelta(minutes=10)) == 0
    assert finish_waiting(now=now + timedelta(hours=1)) == 1
    assert (Payment.objects.get().status, SimulatedCharge.objects.get().is_captured) == (Status.DECLINED, False)
    assert cancel_all_unpaid(actor=STAFF, now=now + timedelta(hours=1)) == 1
    assert state(order) == "cancelled"


@pytest.mark.django_db
def test_a_provider_that_does_not_answer_at_the_start_leaves_the_payment_to_the_sweeper(
    now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = unpaid_order(now)
    with monkeypatch.context() as away:
        away.setitem(PROVIDERS, CARD, Told(start=ProviderUnreachable("away")))
        payment = pay_by_card(order.pk, card_number=GOOD_CARD, now=now)
    assert payment.status == Status.PENDING
    SimulatedCharge.objects.create(reference=payment.reference, amount=payment.amount, currency="TRY", is_captured=True)
    assert look_again(payment.pk, now=now).status == Status.CAPTURED
    assert state(order) == "paid"


@pytest.mark.django_db
def test_a_transfer_waits_for_days_and_is_confirmed_by_staff(now: Any) -> None:
    order = unpaid_order(now)
    payment = pay_with(order, TRANSFER, now)
    mail = crm.OutgoingMail.objects.get()
    assert mail.template == "shop/email/order_awaits_transfer"
    assert all(text in mail.text for text in ("TR33 0006", order.number, "₺408.90"))
    order.purchase.refresh_from_db()
    assert order.purchase.pay_by == now + timedelta(days=5)
    assert finish_waiting(now=now + timedelta(days=4)) == 0
    order.purchase.refresh_from_db()
    assert order.purchase.pay_by == now + timedelta(days=5)  # asking does not prolong it
    confirm_bank_transfer(order.pk, amount=payment.amount, actor=STAFF, now=now)
    confirm_bank_transfer(order.pk, amount=payment.amount, actor=STAFF, now=now)
    assert (state(order), templates()) == ("paid", ["order_awaits_transfer", "order_confirmed"])
    assert crm.Interaction.objects.get(kind="shop.order.paid").actor == str(STAFF)


@pytest.mark.django_db
def test_a_transfer_of_another_sum_confirms_nothing(now: Any) -> None:
    order = unpaid_order(now)
    pay_with(order, TRANSFER, now)
    confirm_bank_transfer(order.pk, amount=Decimal("400.00"), actor=STAFF, now=now)
    assert (state(order), matters()) == ("pending", ["mismatch"])


@pytest.mark.django_db
def test_a_transfer_that_never_comes_frees_the_order(now: Any) -> None:
    order = unpaid_order(now)
    pay_with(order, TRANSFER, now)
    later = now + timedelta(days=5, minutes=1)
    assert finish_waiting(now=later) == 1
    assert cancel_all_unpaid(actor=STAFF, now=later) == 1
    assert (state(order), StockRecord.objects.get().num_allocated) == ("cancelled", 0)


@pytest.mark.django_db
def test_an_order_to_be_paid_at_the_door_is_certain_before_there_is_money(now: Any) -> None:
    order = unpaid_order(now)
    assert pay_with(order, DOOR, now).status == Status.AUTHORISED
    assert (state(order), templates()) == ("confirmed", ["order_confirmed"])
    assert "You pay when it arrives" in crm.OutgoingMail.objects.get().text
    order.purchase.refresh_from_db()
    assert (order.purchase.confirmed_at, order.purchase.paid_at) == (now, None)
    assert cancel_all_unpaid(actor=STAFF, now=now + timedelta(days=1)) == 0
    assert crm.Interaction.objects.filter(kind="shop.product.bought").count() == 1
    brought = capture_at_the_door(order.pk, actor=STAFF, now=now)
    assert brought is not None
    assert (brought.status, state(order)) == (Status.CAPTURED, "paid")
    assert capture_at_the_door(order.pk, actor=STAFF, now=now) is None
    # Said and counted once, paid or not.
    assert templates() == ["order_confirmed"]
    assert crm.Interaction.objects.filter(kind="shop.product.bought").count() == 1


@pytest.mark.django_db
def test_a_card_payment_that_came_late_spares_the_courier_the_collecting(now: Any) -> None:
    order = unpaid_order(now)
    late = given_up(order, provider=CARD, now=now)
    pay_with(order, DOOR, now)
    finish_payment(late.pk, outcome=captured(late), now=now)
    assert (state(order), capture_at_the_door(order.pk, actor=STAFF, now=now)) == ("paid", None)
    assert templates() == ["order_confirmed"]


@pytest.mark.django_db
def test_a_way_to_pay_that_is_not_offered_is_refused(now: Any, settings: Any) -> None:
    order = unpaid_order(now)
    settings.CASH_ON_DELIVERY_LIMIT = Decimal(100)
    settings.BANK_TRANSFER_IBAN = ""
    settings.PAYMENT_SIMULATOR = False
    for provider in (DOOR, TRANSFER, CARD, "nothing-to-pay", "gold"):
        with pytest.raises(NotOffered):
            pay_with(order, provider, now)
    assert not Payment.objects.exists()
    assert state(order) == "pending"


@pytest.mark.django_db(transaction=True)
def test_webhook_and_browser_at_once_confirm_once(now: Any) -> None:
    order = unpaid_order(now)
    payment = pay_by_card(order.pk, card_number=CHALLENGE, now=now)
    decide(payment.reference, is_approved=True)
    headers, body = webhook_of(payment.reference)
    answers = run_at_once(
        *[lambda: take_webhook(CARD, headers=headers, body=body, now=now)] * 4,
        *[lambda: look_again(payment.pk, now=now)] * 4,
    )
    assert {type(answer).__name__ for answer in answers} == {"WebhookCall", "Payment"}
    assert (state(order), templates(), matters()) == ("paid", ["order_confirmed"], [])
    assert crm.Interaction.objects.filter(kind="shop.order.paid").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_captures_at_once_leave_one_and_give_the_other_back(now: Any) -> None:
    order = unpaid_order(now)
    pair = [given_up(order, provider=CARD, now=now) for _ in range(2)]
    for payment in pair:
        SimulatedCharge.objects.create(
            reference=payment.reference, amount=payment.amount, currency="TRY", is_captured=True
        )
    jobs = [
        lambda payment=payment: finish_payment(payment.pk, outcome=captured(payment), now=now) for payment in pair
    ] * 3
    run_at_once(*jobs)
    assert sorted(Payment.objects.values_list("status", flat=True)) == [Status.CAPTURED, Status.SURPLUS]
    assert sum(run_at_once(*[lambda: finish_refunds(now=now)] * 4)) == 1
    surplus = Payment.objects.get(status=Status.SURPLUS)
    assert (surplus.refunded, surplus.refunds.get().status) == (surplus.amount, "done")
    assert (state(order), matters()) == ("paid", [Attention.Kind.SURPLUS])
    assert templates() == ["order_confirmed", "order_refunded"]
    assert "paid twice" in crm.OutgoingMail.objects.latest("pk").text
