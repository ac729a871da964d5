"""Orders whose money, cancelling and returns meet at an odd moment: nothing is lost."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.test import Client
from django.urls import reverse

from crm import api as crm
from shop.models import Payment, Refund, ReturnRequest
from shop.orders import releasing
from shop.orders.cancelling import cancel_order
from shop.orders.links import order_token
from shop.orders.releasing import cancel_all_unpaid
from shop.oscar import Order, StockRecord
from shop.payment.providers import BankTransfer, CashOnDelivery, SimulatedCard
from shop.payment.services import finish_payment, pay, start_payment
from shop.returns.settling import NotPaidYet, due_for, refund_return
from shop.shipments.services import deliver, mark_shipped, pack, ship
from tests.shop.payments import STAFF, captured, given_up, matters, templates, unpaid_order
from tests.shop.returning import agree, arrive, everything_written, send_order, wish

pytestmark = pytest.mark.django_db


def test_every_task_that_beat_calls_exists() -> None:
    current_app.loader.import_default_modules()
    called = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert called - set(current_app.tasks) == set()


def test_money_of_another_sum_goes_back_too_when_staff_cancel(now: Any) -> None:
    order = unpaid_order(now)
    payment = start_payment(order.pk, provider=SimulatedCard.code, now=now)
    finish_payment(payment.pk, outcome=captured(payment, Decimal("1.00")), now=now)
    cancel_order(order.pk, reason="sold out", actor=STAFF, now=now)
    refund = Refund.objects.get()
    assert (refund.payment_id, refund.amount) == (payment.pk, Decimal("1.00"))


def test_money_that_comes_after_staff_cancelled_goes_back_although_there_is_stock(now: Any) -> None:
    order = unpaid_order(now)
    late = given_up(order, provider=SimulatedCard.code, now=now)
    cancel_order(order.pk, reason="the last one is broken", actor=STAFF, now=now)
    finish_payment(late.pk, outcome=captured(late), now=now)
    late.refresh_from_db()
    assert (late.status, late.refunded) == (Payment.Status.SURPLUS, late.amount)
    assert Order.objects.get().status == "cancelled"
    assert StockRecord.objects.get().num_allocated == 0
    assert (matters(), templates()) == (["late_payment"], ["order_cancelled"])


def test_nobody_confirms_a_card_by_hand(client: Client, linus: crm.User, now: Any) -> None:
    order = unpaid_order(now)
    payment = start_payment(order.pk, provider=SimulatedCard.code, now=now)
    client.force_login(linus)
    form = {"payment": payment.pk, "amount": str(payment.amount)}
    client.post(reverse("admin:shop_order_transfer", args=[order.pk]), form)
    payment.refresh_from_db()
    assert payment.status == Payment.Status.PENDING
    assert (Order.objects.get().status, templates()) == ("pending", [])
    assert BankTransfer.code != payment.provider


def test_nobody_notes_a_refund_as_paid_out_that_the_provider_sends(
    client: Client, linus: crm.User, order_as_guest: Any, now: Any
) -> None:
    order = order_as_guest()
    paid = order.payments.get()
    refund = Refund.objects.create(
        payment=paid, key="x", amount=Decimal(1), currency="TRY", actor="staff:1", requested_at=now
    )
    client.force_login(linus)
    client.post(reverse("admin:shop_order_paidout", args=[order.pk]), {"refund": refund.pk})
    refund.refresh_from_db()
    assert refund.status == Refund.Status.PENDING
    assert "order_refunded" not in templates()


def test_what_came_back_is_not_closed_unpaid_while_the_courier_still_collects(now: Any, order_as_guest: Any) -> None:
    order = order_as_guest(is_paid=False)
    line = order.lines.get()
    pay(order.pk, provider=CashOnDelivery.code, form={}, return_url=lambda payment: "", now=now)
    type(line).objects.filter(pk=line.pk).update(quantity=2)
    line.progress.quantity = 2
    line.progress.save(update_fields=["quantity"])
    StockRecord.objects.update(num_allocated=2)
    first = pack(order.pk, lines={line.pk: 1}, actor=STAFF, now=now)
    ship(first.pk, carrier="Yurt Kargo", tracking_number="1", actor=STAFF, now=now)
    deliver(first.pk, actor=STAFF, now=now)
    case = arrive(agree(wish(order, now), now), now)
    with pytest.raises(NotPaidYet):
        refund_return(case.pk, expected=Decimal(0), actor=STAFF, now=now)
    case.refresh_from_db()
    assert (case.state, case.agreed_amount) == ("received", None)
    mark_shipped(order.pk, carrier="Yurt Kargo", tracking_number="2", actor=STAFF, now=now)
    deliver(order.shipments.latest("pk").pk, actor=STAFF, now=now)
    due = due_for(case)
    assert due.amount > 0
    assert refund_return(case.pk, expected=due.amount, actor=STAFF, now=now).state == "closed"


def test_a_form_that_was_sent_for_one_order_does_not_break_another(order_as_guest: Any, now: Any) -> None:
    one, other = (send_order(order_as_guest(), now) for _ in range(2))
    same = uuid.uuid4()
    first = wish(one, now, submission=same)
    assert wish(one, now, submission=same) == first
    assert wish(other, now, submission=same).order == other
    assert ReturnRequest.objects.count() == 2


def test_an_order_that_breaks_holds_up_no_other(now: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, whole = unpaid_order(now), unpaid_order(now)
    cancel = releasing.cancel_unpaid

    def breaks_once(order_id: int, **arguments: Any) -> Order:
        if order_id == broken.pk:
            raise ZeroDivisionError
        return cancel(order_id, **arguments)

    monkeypatch.setattr(releasing, "cancel_unpaid", breaks_once)
    assert cancel_all_unpaid(actor=STAFF, now=now + timedelta(hours=1)) == 1
    assert Order.objects.get(pk=whole.pk).status == "cancelled"


def test_a_link_of_one_order_opens_no_payment_and_no_return_of_another(
    client: Client, order_as_guest: Any, now: Any
) -> None:
    one, other = (send_order(order_as_guest(), now) for _ in range(2))
    theirs = other.payments.get().reference
    before = everything_written()
    token = order_token(one)
    for reference in (theirs, one.payments.get().reference, "x"):
        posted = client.post(f"/en/checkout/{token}/return/{reference}/", {"status": "success"})
        assert posted.status_code == 303
        assert not posted.cookies  # another site's form gives the browser nothing of ours, nor takes anything
    assert client.get(f"/en/checkout/{token}/return/{theirs}/").status_code == 404
    assert everything_written() == before
