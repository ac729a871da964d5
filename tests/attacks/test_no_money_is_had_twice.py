"""Asked twice, at once, for more, in another currency: through pages and machines' doors, not through services."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm import api as crm
from shop.models import LineProgress, Payment, Refund, ReturnRequest, SimulatedRefund, WebhookCall
from shop.orders.links import order_token
from shop.returns.settling import due_for
from tests.attacks.everything import changed, everything
from tests.fakes.iyzico import FakeIyzico
from tests.fakes.stripe import FakeStripe
from tests.races import run_at_once
from tests.shop.conftest import fill_basket, make_product, order_as_guest, put_on_shelf
from tests.shop.payment.conftest import iyzico_server, stripe_server
from tests.shop.payment.test_the_shop_is_paid_through_them import call, choose, confirmations
from tests.shop.payments import matters
from tests.shop.returning import agree, arrive, sent_order, wish

__all__ = ["fill_basket", "iyzico_server", "make_product", "order_as_guest", "stripe_server"]


def tabs(person: Any, count: int) -> list[Client]:
    """So many browsers of one person."""
    clients = [Client() for _ in range(count)]
    for client in clients:
        client.force_login(getattr(person, "account", person))
    return clients


def press_at_once(person: Any, address: str, *forms: dict[str, Any]) -> list[Any]:
    """Each form from a browser of its own, all in the same moment; the statuses."""
    pairs = zip(tabs(person, len(forms)), forms, strict=True)
    return run_at_once(*[lambda tab=tab, form=form: tab.post(address, form).status_code for tab, form in pairs])


def refund_form(order: Any) -> dict[str, Any]:
    payment = order.payments.get()
    return {"payment": payment.pk, "amount": payment.amount, "reason": "a scratch", "key": uuid.uuid4()}


@pytest.mark.django_db(transaction=True)
def test_one_refund_button_pressed_six_times_at_once_pays_once(linus: crm.User) -> None:
    order = sent_order(timezone.now())
    form = {**refund_form(order), "amount": "100.00"}
    assert press_at_once(linus, reverse("admin:shop_order_refund", args=[order.pk]), *[form] * 6) == [302] * 6
    assert Refund.objects.get().amount == SimulatedRefund.objects.get().amount == Payment.objects.get().refunded == 100


@pytest.mark.django_db(transaction=True)
def test_the_buttons_of_six_tabs_together_pay_no_more_than_was_paid(linus: crm.User) -> None:
    order = sent_order(timezone.now())
    forms = [refund_form(order) for _ in range(6)]
    assert press_at_once(linus, reverse("admin:shop_order_refund", args=[order.pk]), *forms) == [302] * 6
    assert Refund.objects.get().amount == Payment.objects.get().refunded == order.total_incl_tax
    assert SimulatedRefund.objects.count() == 1
    assert crm.OutgoingMail.objects.filter(template="shop/email/order_refunded").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_refund_of_a_return_and_of_its_order_at_once_pay_no_more_than_was_paid(linus: crm.User) -> None:
    now = timezone.now()
    order = sent_order(now)
    case = arrive(agree(wish(order, now), now), now)
    due, tab_of_order, tab_of_return = due_for(case).amount, *tabs(linus, 2)
    answers = run_at_once(
        lambda: tab_of_order.post(reverse("admin:shop_order_refund", args=[order.pk]), refund_form(order)).status_code,
        lambda: tab_of_return.post(reverse("admin:shop_return_refund", args=[case.pk]), {"amount": due}).status_code,
    )
    assert set(answers) <= {302, 422}
    payment = Payment.objects.get()
    assert payment.refunded == payment.amount == order.total_incl_tax
    assert sum(SimulatedRefund.objects.values_list("amount", flat=True)) == payment.amount


@pytest.mark.django_db(transaction=True)
def test_two_returns_of_everything_at_once_are_one(ada: crm.Customer) -> None:
    order = sent_order(timezone.now(), (put_on_shelf(price="349.00"), 2), user=ada.account)
    line = order.lines.get().pk
    forms = [
        {f"quantity_{line}": "2", f"reason_{line}": "mind", "note": "", "submission": str(uuid.uuid4())}
        for _ in range(4)
    ]
    answers = press_at_once(ada, reverse("shop:return_ask", args=[order_token(order), "return"]), *forms)
    assert set(answers) <= {302, 422}
    assert (ReturnRequest.objects.count(), LineProgress.objects.get().returned) == (1, 2)
    assert crm.OutgoingMail.objects.filter(template="shop/email/return_requested").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("quantity", ["3", "-1", "2147483648", "9" * 40, "1.5", "²", "\0"])
def test_more_than_was_bought_does_not_come_back(login: Any, ada: crm.Customer, quantity: str) -> None:
    order = sent_order(timezone.now(), (put_on_shelf(price="349.00"), 2), user=ada.account)
    line = order.lines.get().pk
    client = login(ada)
    before = everything()
    for kind in ("return", "exchange", "claim"):
        form = {f"quantity_{line}": quantity, f"reason_{line}": "mind", "submission": str(uuid.uuid4())}
        answer = client.post(reverse("shop:return_ask", args=[order_token(order), kind]), form)
        assert answer.status_code == 422
    assert changed(before) == {}


# --- What a payment company says ---------------------------------------------------------------------------


def stripe_says(server: FakeStripe, payment: Payment, **changes: Any) -> tuple[bytes, dict[str, str]]:
    body = server.event("payment_intent.succeeded", {**server.intents[payment.provider_reference], **changes})
    return body, server.sign(body)


def is_refused(order: Any) -> bool:
    order.refresh_from_db()
    return order.status == "pending" and not confirmations(order) and matters() == ["mismatch"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "taken", [{"amount_received": 1}, {"amount_received": 40891}, {"currency": "usd"}, {"currency": "jpy"}], ids=str
)
def test_stripe_taking_another_sum_or_currency_confirms_nothing_and_tells_a_person(
    client: Client, stripe_server: FakeStripe, order_as_guest: Any, taken: dict[str, Any]
) -> None:
    order = order_as_guest(is_paid=False)
    payment = choose(client, order, "stripe")[1]
    stripe_server.pay(payment.provider_reference)
    body, headers = stripe_says(stripe_server, payment, **taken)
    assert [call(client, "stripe", body, headers) for _ in range(3)] == [200] * 3
    assert is_refused(order)
    assert [kept.outcome for kept in WebhookCall.objects.all()] == ["refused"]


@pytest.mark.django_db
@pytest.mark.parametrize("taken", [{"price": "1.00"}, {"currency": "USD"}], ids=str)
def test_iyzico_taking_another_sum_or_currency_confirms_nothing_and_tells_a_person(
    client: Client, iyzico_server: FakeIyzico, order_as_guest: Any, taken: dict[str, str]
) -> None:
    order = order_as_guest(is_paid=False)
    payment = choose(client, order, "iyzico")[1]
    iyzico_server.forms[payment.provider_reference]["asked"].update(taken)
    iyzico_server.pay(payment.provider_reference)
    body = iyzico_server.notification(payment.provider_reference)
    assert [call(client, "iyzico", body, iyzico_server.sign(body)) for _ in range(3)] == [200] * 3
    assert is_refused(order)
    assert [kept.outcome for kept in WebhookCall.objects.all()] == ["refused"]


@pytest.mark.django_db
def test_what_stripe_said_before_arrives_after_and_changes_nothing(
    client: Client, stripe_server: FakeStripe, order_as_guest: Any
) -> None:
    order = order_as_guest(is_paid=False)
    payment = choose(client, order, "stripe")[1]
    intents = stripe_server.intents
    early = [
        stripe_server.event(kind, {**intents[payment.provider_reference], "status": status})
        for kind, status in (
            ("payment_intent.created", "requires_payment_method"),
            ("payment_intent.payment_failed", "requires_payment_method"),
            ("payment_intent.processing", "processing"),
            ("payment_intent.canceled", "canceled"),
        )
    ]
    stripe_server.pay(payment.provider_reference)
    body, headers = stripe_says(stripe_server, payment)
    assert call(client, "stripe", body, headers) == 200
    payment.refresh_from_db()
    before = (payment.status, payment.amount, crm.Interaction.objects.count(), crm.OutgoingMail.objects.count())
    for event in early:
        assert call(client, "stripe", event, stripe_server.sign(event)) == 200
    order.refresh_from_db()
    payment.refresh_from_db()
    after = (payment.status, payment.amount, crm.Interaction.objects.count(), crm.OutgoingMail.objects.count())
    assert (order.status, before, matters()) == ("paid", after, [])


@pytest.mark.django_db
def test_a_call_about_one_payment_signed_for_another_company_is_refused(
    client: Client, stripe_server: FakeStripe, iyzico_server: FakeIyzico, order_as_guest: Any
) -> None:
    """A real message of one company at the door of another, and one company naming the payment of another."""
    order, other = order_as_guest(is_paid=False), order_as_guest(is_paid=False)
    with_stripe, with_iyzico = choose(client, order, "stripe")[1], choose(client, other, "iyzico")[1]
    stripe_server.pay(with_stripe.provider_reference)
    body, headers = stripe_says(stripe_server, with_stripe)
    for door in ("iyzico", "simulated-card"):
        assert call(client, door, body, headers) == 400
    for door in ("bank-transfer", "cash-on-delivery"):
        assert call(client, door, body, headers) in (400, 404)
    named = stripe_says(stripe_server, with_stripe, metadata={"reference": with_iyzico.reference})
    assert call(client, "stripe", *named) == 200
    assert WebhookCall.objects.get().outcome == "ignored"
    for each in (order, other):
        each.refresh_from_db()
        assert each.status == "pending"
    assert Payment.objects.filter(status="pending").count() == 2
    assert Decimal(0) == sum(Payment.objects.values_list("refunded", flat=True))
