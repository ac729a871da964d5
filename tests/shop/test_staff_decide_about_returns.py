"""Returns in the back office: who sees, who decides, who gives money back; each button works once."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm import api as crm
from shop.models import Refund
from shop.payment.permissions import may_refund
from shop.returns.services import attach_ticket_to_return
from tests.shop.returning import agree, arrive, everything_written, send_order, wish
from tests.shop.shelves import product
from tests.support.conftest import ask

__all__ = ["ask"]


@pytest.fixture
def case(order_as_guest: Any, make_product: Any, now: Any) -> Any:
    order = send_order(order_as_guest((make_product(price="349.00"), 2)), now)
    return wish(order, now, 2)


def press(client: Client, case: Any, step: str, **data: Any) -> Any:
    return client.post(reverse(f"admin:shop_return_{step}", args=[case.pk]), data)


def screen_address(case: Any) -> str:
    return reverse("admin:shop_returnrequest_change", args=[case.pk])


def screen(client: Client, case: Any) -> str:
    answer = client.get(screen_address(case))
    assert answer.status_code == 200
    return answer.content.decode()


def counts(case: Any, received: str, restocked: str) -> dict[str, str]:
    line = case.lines.get()
    return {f"received_{line.pk}": received, f"restocked_{line.pk}": restocked}


def test_an_agent_takes_a_return_from_the_wish_to_the_money(client: Client, grace: crm.User, case: Any) -> None:
    client.force_login(grace)
    listed = client.get(reverse("admin:shop_returnrequest_changelist"), {"waits": "us"}).content.decode()
    assert case.number in listed and case.order.number in listed
    assert reverse("admin:shop_return_approve", args=[case.pk]) in screen(client, case)
    for _ in range(2):
        press(client, case, "approve", answer="Gladly.")
    for _ in range(2):
        press(client, case, "receive", **counts(case, "2", "1"))
    due = f"{case.order.total_incl_tax:.2f}"
    assert f'name="amount" value="{due}"' in screen(client, case)
    for _ in range(2):
        press(client, case, "refund", amount=due)
    case.refresh_from_db()
    assert (case.state, case.answer, case.decided_by) == ("closed", "Gladly.", f"staff:{grace.pk}")
    assert Refund.objects.get().amount == case.order.total_incl_tax
    rows = crm.Interaction.objects.about(f"shop.return:{case.pk}")
    assert rows.count() == 4
    assert case.number in screen(client, case)


def test_above_the_cap_a_manager_has_to_press(
    client: Client, grace: crm.User, linus: crm.User, case: Any, now: Any, settings: Any
) -> None:
    settings.REFUND_CAP_AGENT = 500
    arrive(agree(case, now), now)
    due = f"{case.order.total_incl_tax:.2f}"
    client.force_login(grace)
    assert f'name="amount" value="{due}"' in screen(client, case)
    before = everything_written()
    assert press(client, case, "refund", amount=due).status_code == 403
    assert press(client, case, "refund", amount="1.00").status_code == 302
    assert (everything_written(), Refund.objects.count()) == (before, 0)
    client.force_login(linus)
    press(client, case, "refund", amount=due)
    assert Refund.objects.get().amount == case.order.total_incl_tax


def test_no_odd_amount_moves_money(client: Client, linus: crm.User, case: Any, now: Any) -> None:
    arrive(agree(case, now), now)
    client.force_login(linus)
    before = everything_written()
    for amount in ("", "x", "NaN", "sNaN", "Infinity", "-1", "9" * 500, "\0", "0"):
        assert press(client, case, "refund", amount=amount).status_code in (302, 403, 404), amount[:9]
    assert (everything_written(), Refund.objects.count()) == (before, 0)


def test_who_may_give_back_how_much(grace: crm.User, linus: crm.User, mallory: crm.Customer, settings: Any) -> None:
    settings.REFUND_CAP_AGENT = 100
    assert may_refund(grace, Decimal("100.00")) and not may_refund(grace, Decimal("100.01"))
    assert may_refund(linus, Decimal("100000.00"))
    assert not may_refund(mallory.account, Decimal("1.00")) and not may_refund(AnonymousUser(), Decimal("1.00"))
    grace.groups.clear()
    assert not may_refund(crm.User.objects.get(pk=grace.pk), Decimal("1.00"))


@pytest.mark.parametrize("who", ["nobody", "mallory", "clerk"])
def test_whoever_is_no_agent_sees_and_changes_nothing(
    client: Client, case: Any, who: str, request: pytest.FixtureRequest, mallory: crm.Customer
) -> None:
    if who == "mallory":
        client.force_login(mallory.account)
    if who == "clerk":
        client.force_login(crm.User.objects.create_user("clerk@example.com", "x" * 12, is_staff=True))
    before = everything_written()
    for address in (reverse("admin:shop_returnrequest_changelist"), screen_address(case)):
        answer = client.get(address)
        assert answer.status_code in (302, 403) and case.number not in answer.content.decode()
    data = {"answer": "x", "amount": "757.90", "carrier": "Yurt", "parcel_number": "1", **counts(case, "2", "2")}
    for step in ("approve", "refuse", "receive", "refund", "replace"):
        assert press(client, case, step, **data).status_code in (302, 403)
    case.refresh_from_db()
    assert (case.state, everything_written()) == ("requested", before)


def test_buttons_are_posts_and_a_return_is_neither_added_nor_deleted(
    client: Client, linus: crm.User, case: Any
) -> None:
    client.force_login(linus)
    for step in ("approve", "refuse", "receive", "refund", "replace"):
        assert client.get(reverse(f"admin:shop_return_{step}", args=[case.pk])).status_code == 405
        assert press(client, type("Gone", (), {"pk": 999999}), step, amount="1.00", answer="x").status_code == 404
    assert client.get(reverse("admin:shop_returnrequest_add")).status_code == 403
    assert client.get(reverse("admin:shop_returnrequest_delete", args=[case.pk])).status_code == 403


def test_a_no_needs_a_word(client: Client, grace: crm.User, case: Any) -> None:
    client.force_login(grace)
    assert press(client, case, "refuse", answer="  ").status_code == 422
    press(client, case, "refuse", answer="It was used for a year.")
    case.refresh_from_db()
    assert case.state == "refused"
    assert "It was used for a year." in screen(client, case)


def test_an_odd_count_of_what_arrived_is_refused(client: Client, grace: crm.User, case: Any, now: Any) -> None:
    agree(case, now)
    client.force_login(grace)
    before = everything_written()
    for received in ("", "x", "-1", "3", "9" * 30, "²"):
        assert press(client, case, "receive", **counts(case, received, "0")).status_code == 422, received
    assert everything_written() == before


def test_a_replacement_leaves_with_its_parcel_number(
    client: Client, grace: crm.User, order_as_guest: Any, now: Any
) -> None:
    towel = product("Towel", variants={"Blue": 5, "Red": 2})
    blue, red = towel.children.order_by("pk")
    order = send_order(order_as_guest((blue, 1)), now)
    case = agree(wish(order, now, kind="exchange", instead=red.pk), now)
    arrive(case, now)
    client.force_login(grace)
    assert "parcel_number" in screen(client, case)
    assert press(client, case, "replace", carrier=" ", parcel_number="1").status_code == 422
    press(client, case, "replace", carrier="Yurt Kargo", parcel_number="TR9")
    case.refresh_from_db()
    assert (case.state, case.replacement.parcels.get().tracking_number) == ("closed", "TR9")
    assert "TR9" in screen(client, case)


def test_the_ticket_of_a_return_stands_on_its_page(client: Client, grace: crm.User, case: Any, ask: Any) -> None:
    ticket = f"support.ticket:{ask().pk}"
    assert not attach_ticket_to_return(case.number, order_id=case.order_id + 1, ticket=ticket)
    assert not attach_ticket_to_return("R-AAAA-AAAA", order_id=case.order_id, ticket=ticket)
    assert attach_ticket_to_return(f" {case.number.lower()} ", order_id=case.order_id, ticket=ticket)
    client.force_login(grace)
    assert reverse("admin:helpdesk_ticket_change", args=[ticket.partition(":")[2]]) in screen(client, case)


def test_the_list_asks_the_database_the_same_for_one_and_for_many(
    client: Client, linus: crm.User, order_as_guest: Any, now: Any
) -> None:
    client.force_login(linus)
    counted = []
    for _ in range(2):
        wish(send_order(order_as_guest(), now), now)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse("admin:shop_returnrequest_changelist")).status_code == 200
        counted.append(len(asked))
    assert counted[0] == counted[1]


def test_no_search_and_no_number_crashes_the_list(client: Client, linus: crm.User, case: Any) -> None:
    client.force_login(linus)
    address = reverse("admin:shop_returnrequest_changelist")
    for odd in ("²", "9" * 30, "\0", "x", "0"):
        for asked in ({"q": odd}, {"p": odd}, {"o": odd}, {"waits": odd}, {"state__exact": odd}):
            assert client.get(address, asked).status_code in (200, 302, 400, 404)
    for odd in ("²", "9" * 30, "%00", "x", "0"):
        assert client.get(f"{address}{odd}/change/").status_code in (302, 400, 404)
