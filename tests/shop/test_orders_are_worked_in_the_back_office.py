"""One page tells the whole story of an order and offers the next step; staff take it once, within their rights."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm import api as crm
from shop.attention.services import ask_a_person
from shop.models import Attention, Payment, Refund, Shipment
from shop.oscar import StockRecord
from shop.shipments.services import mark_shipped
from tests.shop.conftest import put_on_shelf
from tests.shop.returning import agree, send_order, wish

STAFF = crm.Actor.staff(1)


def page_of(client: Client, order: Any) -> str:
    answer = client.get(reverse("admin:order_order_change", args=[order.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def take(client: Client, order: Any, step: str, **data: Any) -> list[str]:
    """Post a step's form; what staff are told."""
    answer = client.post(reverse(f"admin:shop_order_{step}", args=[order.pk]), data)
    assert answer.status_code in (302, 403), answer.status_code
    return [str(message) for message in get_messages(answer.wsgi_request)]


def refund_form(order: Any, **changes: Any) -> dict[str, Any]:
    payment = order.payments.get(status="captured")
    return {"payment": payment.pk, "amount": "10.00", "reason": "a scratch", "key": uuid.uuid4(), **changes}


def test_the_page_holds_the_whole_story(login: Any, linus: Any, order_as_guest: Any, now: Any) -> None:
    order = order_as_guest((put_on_shelf("Copper cezve"), 2))
    mark_shipped(order.pk, carrier="Yurt Kargo", tracking_number="TR123", actor=STAFF, now=now)
    text = page_of(login(linus), order)
    confirmed, shipped = crm.OutgoingMail.objects.order_by("pk")
    for told in ("Copper cezve", "Yurt Kargo TR123", confirmed.subject, shipped.subject, "ada@example.com", "İzmir"):
        assert told in text, told
    for step in ("deliver", "refund"):
        assert reverse(f"admin:shop_order_{step}", args=[order.pk]) in text
    for step in ("pack", "ship", "cancel"):
        assert reverse(f"admin:shop_order_{step}", args=[order.pk]) not in text


def test_what_happened_to_its_returns_is_part_of_the_story(
    login: Any, linus: Any, order_as_guest: Any, now: Any
) -> None:
    order = send_order(order_as_guest((put_on_shelf("Cezve"), 2)), now)
    case = agree(wish(order, now), now)
    client = login(linus)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    timeline = page_of(client, order).partition('id="timeline"')[2].partition("</section>")[0]
    for told in ("Order placed", "Return asked for", "Return agreed", case.number):
        assert told in timeline, told


@pytest.mark.parametrize("is_paid", [True, False])
def test_a_paid_order_is_cancelled_within_the_cap_only(
    login: Any, grace: Any, order_as_guest: Any, settings: Any, is_paid: bool
) -> None:
    """All that was paid goes back with it. Where nothing was paid there is nothing to cap."""
    settings.REFUND_CAP_AGENT = Decimal("50.00")
    grace.user_permissions.add(Permission.objects.get(codename="change_order", content_type__app_label="order"))
    order = order_as_guest((put_on_shelf("Cezve"), 1), is_paid=is_paid)
    client = login(grace)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    told = take(client, order, "cancel", reason="The kiln broke")
    order.refresh_from_db()
    assert (order.status, Refund.objects.count()) == ("paid" if is_paid else "cancelled", 0)
    assert is_paid == ("Please ask a manager. Nothing was cancelled." in told[0])


def test_what_is_in_a_shipment_is_called_as_staff_read_it(
    login: Any, linus: Any, order_as_guest: Any, now: Any
) -> None:
    order = order_as_guest((put_on_shelf("Copper cezve", turkish="Bakır cezve"), 2))
    mark_shipped(order.pk, carrier="Yurt Kargo", tracking_number="TR123", actor=STAFF, now=now)
    for language, name in (("tr", "Bakır cezve"), ("en", "Copper cezve")):
        login(linus).defaults["HTTP_ACCEPT_LANGUAGE"] = language
        assert f"2 × {name}" in page_of(login(linus), order)


def test_the_page_asks_no_more_for_more_lines(
    login: Any, linus: Any, order_as_guest: Any, django_assert_num_queries: Any
) -> None:
    few = order_as_guest((put_on_shelf("Cezve"), 1))
    many = order_as_guest(*[(put_on_shelf(f"Cup {number}"), 1) for number in range(6)])
    client = login(linus)
    page_of(client, few)  # what is asked once for a process
    with django_assert_num_queries(STORY_QUERIES):
        page_of(client, few)
    with django_assert_num_queries(STORY_QUERIES):
        page_of(client, many)


STORY_QUERIES = 25


def test_the_rest_may_follow_in_a_second_shipment(login: Any, linus: Any, order_as_guest: Any) -> None:
    order = order_as_guest((put_on_shelf(stock=5), 3))
    line = order.lines.get()
    client = login(linus)
    take(client, order, "pack", **{f"line-{line.pk}": "2"})
    first = order.shipments.get()
    take(client, order, "ship", shipment=first.pk, carrier="Yurt Kargo", tracking_number="TR1")
    order.refresh_from_db()
    assert order.status == "part_shipped"
    take(client, order, "pack", **{f"line-{line.pk}": "1"})
    second = order.shipments.order_by("pk").last()
    take(client, order, "ship", shipment=second.pk, carrier="Yurt Kargo", tracking_number="TR2")
    take(client, order, "deliver", shipment=first.pk)
    take(client, order, "deliver", shipment=second.pk)
    order.refresh_from_db()
    line.progress.refresh_from_db()
    assert (order.status, line.progress.shipped, StockRecord.objects.get().num_in_stock) == ("delivered", 3, 2)


@pytest.mark.parametrize("number", ["4", "-1", "x", "²", "9" * 30, ""])
def test_more_than_is_left_is_not_packed(login: Any, linus: Any, order_as_guest: Any, number: str) -> None:
    order = order_as_guest((put_on_shelf(stock=5), 3))
    told = take(login(linus), order, "pack", **{f"line-{order.lines.get().pk}": number})
    assert len(told) == 1
    assert not Shipment.objects.exists()
    order.refresh_from_db()
    assert order.status == "paid"


def test_many_are_packed_and_handed_over_at_once(login: Any, linus: Any, order_as_guest: Any) -> None:
    orders = [order_as_guest() for _ in range(3)]
    unpaid = order_as_guest(is_paid=False)
    client = login(linus)
    changelist = reverse("admin:order_order_changelist")
    ids = [order.pk for order in [*orders, unpaid]]
    answer = client.post(changelist, {"action": "pack_all", "_selected_action": ids}, follow=True)
    assert unpaid.number in answer.content.decode()
    assert Shipment.objects.filter(state="packed").count() == 3
    page = client.post(changelist, {"action": "ship_all", "_selected_action": ids})
    shipments = list(Shipment.objects.order_by("pk"))
    form = {f"carrier-{shipment.pk}": "Yurt Kargo" for shipment in shipments[:2]}
    form |= {f"tracking_number-{shipment.pk}": f"TR{shipment.pk}" for shipment in shipments[:2]}
    answer = client.post(page.url, form)
    assert answer.status_code == 200  # the third waits for its carrier
    states = [order.status for order in type(unpaid).objects.filter(pk__in=ids).order_by("pk")]
    assert states == ["shipped", "shipped", "packed", "pending"]
    assert crm.OutgoingMail.objects.filter(template="shop/email/order_shipped").count() == 2


def test_what_is_handed_over_is_called_as_staff_read_it_in_the_same_queries_for_many(
    login: Any, linus: Any, order_as_guest: Any, django_assert_num_queries: Any
) -> None:
    client = login(linus)
    goods = [put_on_shelf(f"Copper cezve {number}", turkish=f"Bakır cezve {number}") for number in range(4)]
    few, *more = [order_as_guest((thing, 1)) for thing in goods]
    for order in (few, *more):
        take(client, order, "pack", **{f"line-{order.lines.get().pk}": "1"})
    address = f"{reverse('admin:shop_order_ship_all')}?orders="
    client.get(f"{address}{few.pk}")  # what is asked once for a process
    with django_assert_num_queries(SHIP_QUERIES):
        client.get(f"{address}{few.pk}")
    for language, name in (("tr", "Bakır cezve"), ("en", "Copper cezve")):
        client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        with django_assert_num_queries(SHIP_QUERIES):
            page = client.get(address + ",".join(str(order.pk) for order in (few, *more))).content.decode()
        assert all(f"1 × {name} {number}" in page for number in range(4))


SHIP_QUERIES = 15


def test_a_number_that_a_parcel_has_already_is_refused(login: Any, linus: Any, order_as_guest: Any, now: Any) -> None:
    mark_shipped(order_as_guest().pk, carrier="Yurt Kargo", tracking_number="TR1", actor=STAFF, now=now)
    order = order_as_guest()
    client = login(linus)
    take(client, order, "pack", **{f"line-{order.lines.get().pk}": "1"})
    mails = crm.OutgoingMail.objects.count()
    take(client, order, "ship", shipment=order.shipments.get().pk, carrier="Yurt Kargo", tracking_number="TR1")
    assert order.shipments.get().state == "packed"
    assert crm.OutgoingMail.objects.count() == mails


def test_a_cancelled_order_frees_its_stock_and_gives_the_money_back_once(
    login: Any, linus: Any, order_as_guest: Any
) -> None:
    order = order_as_guest((put_on_shelf(stock=5), 2))
    client = login(linus)
    take(client, order, "cancel", reason="The glaze was cracked")
    take(client, order, "cancel", reason="The glaze was cracked")
    order.refresh_from_db()
    payment, record = Payment.objects.get(), StockRecord.objects.get()
    assert (order.status, record.num_in_stock, record.num_allocated) == ("cancelled", 5, 0)
    assert payment.refunded == payment.amount
    assert Refund.objects.get().status == "done"
    mail = crm.OutgoingMail.objects.get(template="shop/email/order_cancelled")
    assert "The glaze was cracked" in mail.text


def test_what_has_left_is_not_cancelled(login: Any, linus: Any, order_as_guest: Any, now: Any) -> None:
    order = order_as_guest()
    mark_shipped(order.pk, carrier="Yurt Kargo", tracking_number="TR1", actor=STAFF, now=now)
    take(login(linus), order, "cancel", reason="too late")
    order.refresh_from_db()
    assert order.status == "shipped"
    assert not Refund.objects.exists()


def test_a_refund_clicked_twice_is_one(login: Any, linus: Any, order_as_guest: Any) -> None:
    order = order_as_guest()
    form = refund_form(order)
    client = login(linus)
    take(client, order, "refund", **form)
    take(client, order, "refund", **form)
    refund = Refund.objects.get()
    assert (refund.amount, refund.status, refund.actor) == (Decimal("10.00"), "done", f"staff:{linus.pk}")
    assert Payment.objects.get().refunded == Decimal("10.00")


def test_an_agent_refunds_up_to_the_cap_and_no_more(login: Any, grace: Any, order_as_guest: Any, settings: Any) -> None:
    settings.REFUND_CAP_AGENT = Decimal("50.00")
    order = order_as_guest()
    client = login(grace)
    take(client, order, "refund", **refund_form(order, amount="50.01"))
    assert not Refund.objects.exists()
    take(client, order, "refund", **refund_form(order, amount="50.00"))
    assert Refund.objects.get().amount == Decimal("50.00")


@pytest.mark.parametrize("amount", ["0", "-5", "99999", "x", "", "1e9", "NaN"])
def test_no_sum_that_was_not_paid_is_refunded(login: Any, linus: Any, order_as_guest: Any, amount: str) -> None:
    order = order_as_guest()
    take(login(linus), order, "refund", **refund_form(order, amount=amount))
    assert not Refund.objects.exists()
    assert Payment.objects.get().refunded == 0


def test_the_parts_of_another_order_are_refused(login: Any, linus: Any, order_as_guest: Any) -> None:
    mine, other = order_as_guest(), order_as_guest()
    client = login(linus)
    take(client, other, "pack", **{f"line-{other.lines.get().pk}": "1"})
    take(client, mine, "refund", **refund_form(other))
    take(client, mine, "pack", **{f"line-{other.lines.get().pk}": "1"})
    take(client, mine, "ship", shipment=other.shipments.get().pk, carrier="Yurt Kargo", tracking_number="1")
    assert not Refund.objects.exists()
    assert not mine.shipments.exists()
    assert other.shipments.get().state == "packed"


def test_what_needs_a_person_is_listed_counted_and_settled(login: Any, grace: Any, order_as_guest: Any) -> None:
    order = order_as_guest()
    matter = ask_a_person(order, Attention.Kind.DELIVERY_LATE, subject="shop.parcel:1", now=timezone.now())
    client = login(grace)
    listed = client.get(reverse("admin:shop_attention_changelist")).content.decode()
    settle = reverse("admin:shop_attention_settle", args=[matter.pk])
    assert order.number in listed and settle in listed
    assert settle in page_of(client, order)
    client.post(settle)
    matter.refresh_from_db()
    assert matter.settled_by == f"staff:{grace.pk}"
    assert order.number not in client.get(reverse("admin:shop_attention_changelist")).content.decode()


def test_mallory_does_nothing_here(login: Any, mallory: Any, order_as_guest: Any) -> None:
    order = order_as_guest()
    client = login(mallory)
    for step in ("transfer", "pack", "ship", "deliver", "undelivered", "cancel", "cancelrest", "refund"):
        answer = client.post(reverse(f"admin:shop_order_{step}", args=[order.pk]), refund_form(order))
        assert answer.status_code == 302 and "login" in answer.url
    assert client.get(reverse("admin:shop_order_ship_all")).status_code == 302
    order.refresh_from_db()
    assert order.status == "paid"
    assert not Refund.objects.exists()
