"""Until when somebody may change their mind, what can be sent back, and what a piece is worth: to the cent."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shop.models import Payment, Refund, Shipment
from shop.oscar import StockRecord
from shop.payment.refunds import refund_order
from shop.returns import services
from shop.returns.rules import last_day_to_withdraw, may_withdraw, replacements_for, returnable_lines
from shop.returns.services import WantedLine
from shop.returns.settling import due_for, refund_return
from tests.shop.returning import STAFF, agree, arrive, everything_written, send_order, wish
from tests.shop.shelves import product


def settle(case: Any, now: datetime) -> Decimal:
    """Agreed, arrived and paid back; how much."""
    arrive(agree(case, now), now)
    case.refresh_from_db()
    amount = due_for(case).amount
    refund_return(case.pk, expected=amount, actor=STAFF, now=now)
    return amount


def test_the_day_of_delivery_does_not_count_and_days_are_the_shops(order_as_guest: Any) -> None:
    # 21:30 in London is half past midnight of the next day in Istanbul.
    arrived = datetime(2026, 11, 15, 21, 30, tzinfo=UTC)
    order = send_order(order_as_guest(), arrived)
    assert last_day_to_withdraw(order) == date(2026, 11, 30)
    assert may_withdraw(order, now=datetime(2026, 11, 30, 20, 59, tzinfo=UTC))
    assert not may_withdraw(order, now=datetime(2026, 11, 30, 21, 0, tzinfo=UTC))


def test_the_last_parcel_of_an_order_starts_the_fourteen_days(order_as_guest: Any, now: Any) -> None:
    order = send_order(order_as_guest(), now)
    later = now + timedelta(days=3)
    Shipment.objects.create(order=order, state="delivered", packed_at=now, shipped_at=now, delivered_at=later)
    assert last_day_to_withdraw(order) == date(2026, 12, 3)


def test_before_it_arrives_there_is_no_last_day(order_as_guest: Any, now: Any) -> None:
    order = send_order(order_as_guest(), now, is_delivered=False)
    assert last_day_to_withdraw(order) is None
    assert wish(order, now, days=60).state == "requested"


@pytest.mark.parametrize("kind", ["return", "exchange"])
def test_after_fourteen_days_a_mind_cannot_be_changed_but_a_claim_is_heard(
    order_as_guest: Any, make_product: Any, now: Any, kind: str
) -> None:
    made = make_product()
    order = send_order(order_as_guest((made, 1)), now)
    before = everything_written()
    with pytest.raises(services.TooLateToWithdraw):
        wish(order, now, kind=kind, instead=made.pk if kind == "exchange" else None, days=15)
    assert everything_written() == before
    assert wish(order, now, kind="claim", reason="damaged", days=15).state == "requested"


def test_an_order_that_did_not_leave_cannot_come_back(order_as_guest: Any, now: Any) -> None:
    for order in (order_as_guest(is_paid=False), order_as_guest()):
        before = everything_written()
        assert returnable_lines(order, "en") == []
        for kind in ("return", "claim"):
            with pytest.raises(services.NothingToSendBack):
                wish(order, now, kind=kind)
        assert everything_written() == before


def test_a_cancelled_order_cannot_come_back(order_as_guest: Any, now: Any) -> None:
    order = send_order(order_as_guest(), now)
    type(order).objects.filter(pk=order.pk).update(status="cancelled")
    with pytest.raises(services.NothingToSendBack):
        wish(order, now)


def test_no_more_comes_back_than_was_sent_and_no_less_than_one(
    order_as_guest: Any, make_product: Any, now: Any
) -> None:
    order = send_order(order_as_guest((make_product(), 2)), now)
    before = everything_written()
    refusals = {0: services.NothingChosen, -1: services.NothingChosen, 3: services.MoreThanWasSent}
    for quantity, refusal in {**refusals, 10**12: services.MoreThanWasSent}.items():
        lines = [WantedLine(line_id=order.lines.get().pk, quantity=quantity, reason="mind")]
        with pytest.raises(refusal):
            wish(order, now, lines=lines)
    assert everything_written() == before


def test_a_line_of_another_order_or_a_line_twice_is_refused(order_as_guest: Any, now: Any) -> None:
    order, other = send_order(order_as_guest(), now), send_order(order_as_guest(), now)
    before = everything_written()
    theirs = WantedLine(line_id=other.lines.get().pk, quantity=1, reason="mind")
    own = WantedLine(line_id=order.lines.get().pk, quantity=1, reason="mind")
    with pytest.raises(services.MoreThanWasSent):
        wish(order, now, lines=[theirs])
    with pytest.raises(services.NothingChosen):
        wish(order, now, lines=[own, own])
    with pytest.raises(services.NothingChosen):
        wish(order, now, lines=[])
    assert everything_written() == before


def test_an_exchange_is_for_something_of_the_kind_at_the_same_price(order_as_guest: Any, now: Any) -> None:
    towel = product("Towel", variants={"Blue": 5, "Red": 2, "Green": 0, "Gold": 5})
    blue, red, green, gold = towel.children.order_by("pk")
    StockRecord.objects.filter(product=gold).update(price=Decimal("140.00"))
    foreign = product("Lamp")
    order = send_order(order_as_guest((blue, 3)), now)
    assert [each.product_id for each in replacements_for(order.lines.get(), "en")] == [blue.pk, red.pk]
    before = everything_written()
    for instead in (green.pk, gold.pk, foreign.pk, 999999, None):
        with pytest.raises(services.CannotBeReplaced):
            wish(order, now, kind="exchange", instead=instead)
    with pytest.raises(services.CannotBeReplaced):
        wish(order, now, 3, kind="exchange", instead=red.pk)
    with pytest.raises(services.CannotBeReplaced):
        wish(order, now, kind="return", instead=red.pk)
    assert everything_written() == before


def test_the_last_piece_takes_the_rest_of_the_rounding(order_as_guest: Any, make_product: Any, now: Any) -> None:
    order = send_order(order_as_guest((make_product(price="33.37"), 3)), now)
    line = order.lines.get()
    type(line).objects.filter(pk=line.pk).update(line_price_incl_tax=Decimal("100.00"))  # after a reduction
    Payment.objects.update(amount=Decimal("100.00") + order.shipping_incl_tax)
    amounts = [settle(wish(order, now), now) for _ in range(3)]
    assert amounts == [Decimal("33.33"), Decimal("33.34"), Decimal("33.33") + order.shipping_incl_tax]
    payment = Payment.objects.get()
    assert payment.refunded == payment.amount


def test_the_delivery_is_given_back_with_the_last_of_everything_only(
    order_as_guest: Any, make_product: Any, now: Any
) -> None:
    first, second = make_product("Cezve", price="100.00"), make_product("Mill", price="50.00")
    order = send_order(order_as_guest((first, 1), (second, 2)), now)
    assert order.shipping_incl_tax > 0
    assert settle(wish(order, now, 1, 1), now) == Decimal("150.00")
    assert settle(wish(order, now, 0, 1), now) == Decimal("50.00") + order.shipping_incl_tax


def test_no_more_is_given_back_than_the_order_still_holds(order_as_guest: Any, now: Any) -> None:
    order = send_order(order_as_guest(), now)
    given = order.total_incl_tax - Decimal("10.00")
    refund_order(order.pk, amount=given, key="by-hand", reason="", actor=STAFF, now=now)
    assert settle(wish(order, now), now) == Decimal("10.00")
    assert sum(Refund.objects.values_list("amount", flat=True)) == order.total_incl_tax


def test_where_nothing_is_held_any_more_a_return_is_closed_without_a_refund(order_as_guest: Any, now: Any) -> None:
    order = send_order(order_as_guest(), now)
    refund_order(order.pk, amount=order.total_incl_tax, key="by-hand", reason="", actor=STAFF, now=now)
    case = wish(order, now)
    assert settle(case, now) == 0
    case.refresh_from_db()
    assert (case.state, case.refund, Refund.objects.count()) == ("closed", None, 1)
