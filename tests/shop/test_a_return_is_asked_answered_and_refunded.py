"""A return from the wish to the money: each step is taken once, recorded, and told by mail."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm import api as crm
from shop.models import Attention, LineProgress, Payment, Refund, ReturnRequest
from shop.oscar import StockRecord
from shop.payment.refunds import refund_order
from shop.returns import services
from shop.returns.services import (
    CONFIRM_WITHIN,
    MAX_UNCONFIRMED,
    confirm_return,
    forget_unconfirmed,
    refuse_return,
    withdraw_return,
)
from shop.returns.settling import (
    AmountChanged,
    RefundFailed,
    ReplacementMissing,
    due_for,
    finish_settlements,
    refund_return,
    send_replacement,
)
from shop.returns.steps import ReturnHasMoved
from tests.shop.returning import STAFF, agree, arrive, everything_written, picture, send_order, wish
from tests.shop.shelves import product


def kinds(case: ReturnRequest) -> list[str]:
    rows = crm.Interaction.objects.about(f"shop.return:{case.pk}").order_by("id")
    return [row.kind.removeprefix("shop.return.") for row in rows]


def mails() -> list[str]:
    rows = crm.OutgoingMail.objects.filter(template__startswith="shop/email/return_").order_by("pk")
    return [row.template.removeprefix("shop/email/return_") for row in rows]


def held() -> list[int]:
    return list(LineProgress.objects.order_by("line_id").values_list("returned", flat=True))


def is_waiting() -> bool:
    return Attention.objects.filter(kind="return_waiting", settled_at=None).exists()


def refund(case: ReturnRequest, now: datetime, expected: str | Decimal | None = None) -> ReturnRequest:
    case.refresh_from_db()
    amount = due_for(case).amount if expected is None else Decimal(expected)
    return refund_return(case.pk, expected=amount, actor=STAFF, now=now + timedelta(days=5))


def test_what_is_sent_back_is_paid_back_with_its_delivery_and_stands_on_the_shelf_again(
    order_as_guest: Any, now: Any
) -> None:
    order = send_order(order_as_guest(), now)
    case = wish(order, now)
    assert (case.state, held(), is_waiting()) == ("requested", [1], True)
    agree(case, now)
    assert not is_waiting()
    arrive(case, now)
    case = refund(case, now)
    payment, money = Payment.objects.get(), Refund.objects.get()
    assert (money.amount, money.key, payment.refunded) == (order.total_incl_tax, f"return:{case.pk}", payment.amount)
    assert (case.state, case.refund) == ("closed", money)
    assert StockRecord.objects.get().num_in_stock == 10
    assert kinds(case) == ["requested", "approved", "received", "refunded"]
    assert crm.Interaction.objects.get(kind="shop.product.returned").data == {"order": order.number, "quantity": 1}
    assert mails() == ["requested", "approved", "received", "refunded"]


def test_each_mail_goes_to_the_order_in_the_language_of_the_wish_with_the_links_it_speaks_of(
    order_as_guest: Any, now: Any
) -> None:
    order = send_order(order_as_guest(), now)
    case = wish(order, now, language="tr", note="<script>alert(1)</script>")
    agree(case, now)
    first = crm.OutgoingMail.objects.get(template="shop/email/order_confirmed")
    for mail in crm.OutgoingMail.objects.filter(template__startswith="shop/email/return_"):
        assert (mail.to, mail.language, mail.reference) == ("ada@example.com", "tr", f"shop.order:{order.pk}")
        assert first.message_id in mail.headers["References"]
        assert case.number in mail.subject and "/tr/returns/" in mail.text and "/tr/returns/" in mail.html
        assert "script" not in mail.html + mail.text
    assert "/label/" in crm.OutgoingMail.objects.get(template="shop/email/return_approved").text


def test_a_wish_that_nobody_confirmed_holds_nothing_and_is_no_fact(order_as_guest: Any, now: Any) -> None:
    order = send_order(order_as_guest(), now)
    case = wish(order, now, is_proved=False)
    assert (case.state, held(), kinds(case), is_waiting(), mails()) == ("unconfirmed", [0], [], False, ["to_confirm"])
    later = now + timedelta(days=3)
    confirm_return(case.pk, actor=STAFF, now=later)
    confirm_return(case.pk, actor=STAFF, now=later)
    assert (held(), kinds(case), is_waiting(), mails()) == ([1], ["requested"], True, ["to_confirm", "requested"])


def test_a_wish_sent_in_time_is_confirmed_in_time_though_the_click_comes_later(order_as_guest: Any, now: Any) -> None:
    order = send_order(order_as_guest(), now)
    case = wish(order, now, is_proved=False, days=14)
    assert confirm_return(case.pk, actor=STAFF, now=now + timedelta(days=20)).state == "requested"


def test_a_link_of_last_week_confirms_nothing(order_as_guest: Any, now: Any) -> None:
    order = send_order(order_as_guest(), now)
    case = wish(order, now, is_proved=False)
    before = everything_written()
    with pytest.raises(services.ConfirmedTooLate):
        confirm_return(case.pk, actor=STAFF, now=case.requested_at + CONFIRM_WITHIN + timedelta(seconds=1))
    assert (held(), everything_written()) == ([0], before)


def test_of_two_wishes_for_the_same_piece_the_first_confirmed_one_has_it(order_as_guest: Any, now: Any) -> None:
    order = send_order(order_as_guest(), now)
    first, second = wish(order, now, is_proved=False), wish(order, now, is_proved=False)
    confirm_return(second.pk, actor=STAFF, now=now + timedelta(days=2))
    with pytest.raises(services.MoreThanWasSent):
        confirm_return(first.pk, actor=STAFF, now=now + timedelta(days=2))
    assert held() == [1]


def test_a_forwarded_link_floods_no_mailbox(order_as_guest: Any, now: Any) -> None:
    order = send_order(order_as_guest(), now)
    for _ in range(MAX_UNCONFIRMED):
        wish(order, now, is_proved=False)
    before = everything_written()
    with pytest.raises(services.TooManyUnconfirmed):
        wish(order, now, is_proved=False)
    assert everything_written() == before


def test_what_nobody_confirmed_is_forgotten_with_its_photos(order_as_guest: Any, now: Any, settings: Any) -> None:
    order = send_order(order_as_guest(), now)
    case = wish(order, now, is_proved=False, photos=[picture()])
    file = case.photos.get().file
    assert file.storage.exists(file.name)
    assert forget_unconfirmed(now=now + timedelta(days=8)) == 0
    assert forget_unconfirmed(now=now + timedelta(days=8, seconds=1)) == 1
    assert not ReturnRequest.objects.exists() and not file.storage.exists(file.name)


def test_the_same_form_sent_twice_asks_once(order_as_guest: Any, make_product: Any, now: Any) -> None:
    order = send_order(order_as_guest((make_product(), 3)), now)
    submission = "11111111-1111-4111-8111-111111111111"
    assert wish(order, now, submission=submission).pk == wish(order, now, submission=submission).pk
    assert held() == [1]


def test_whoever_keeps_it_after_all_has_it_again(order_as_guest: Any, now: Any) -> None:
    order = send_order(order_as_guest(), now)
    case = wish(order, now)
    agree(case, now)
    withdraw_return(case.pk, actor=STAFF, now=now)
    withdraw_return(case.pk, actor=STAFF, now=now)
    assert (held(), kinds(case), is_waiting()) == ([0], ["requested", "approved", "withdrawn"], False)
    assert wish(order, now).state == "requested"
    assert mails().count("withdrawn") == 1


def test_nobody_is_refused_without_a_word_and_a_refusal_gives_the_pieces_back(order_as_guest: Any, now: Any) -> None:
    order = send_order(order_as_guest(), now)
    case = wish(order, now)
    before = everything_written()
    with pytest.raises(services.AnswerMissing):
        refuse_return(case.pk, answer=" \0 ", actor=STAFF, now=now)
    assert (everything_written(), is_waiting()) == (before, True)
    refuse_return(case.pk, answer="It is a gift card.", actor=STAFF, now=now)
    assert (held(), kinds(case), is_waiting()) == ([0], ["requested", "refused"], False)
    assert "It is a gift card." in crm.OutgoingMail.objects.get(template="shop/email/return_refused").text


def test_a_step_out_of_turn_changes_nothing(order_as_guest: Any, now: Any) -> None:
    order = send_order(order_as_guest(), now)
    case = wish(order, now)
    before = everything_written()
    steps = [lambda: arrive(case, now), lambda: refund(case, now, "1.00")]
    steps.append(lambda: send_replacement(case.pk, carrier="Yurt", parcel_number="1", actor=STAFF, now=now))
    for step in steps:
        with pytest.raises(ReturnHasMoved):
            step()
    agree(case, now)
    with pytest.raises(ReturnHasMoved):
        agree(case, now)
    arrive(case, now)
    refund(case, now)
    for step in (lambda: withdraw_return(case.pk, actor=STAFF, now=now), lambda: agree(case, now)):
        with pytest.raises(ReturnHasMoved):
            step()
    assert len(kinds(case)) == 4 and before[0] == ReturnRequest.objects.count()


def test_only_what_was_announced_can_arrive(order_as_guest: Any, make_product: Any, now: Any) -> None:
    order = send_order(order_as_guest((make_product(), 3)), now)
    case = agree(wish(order, now, 2), now)
    before, stock = everything_written(), StockRecord.objects.get().num_in_stock
    for count in ((0, 0), (3, 0), (1, 2), (-1, 0), (2, -1), (2, 3)):
        with pytest.raises(services.NotThatMany):
            arrive(case, now, count)
    assert (everything_written(), held(), StockRecord.objects.get().num_in_stock) == (before, [2], stock)


def test_what_did_not_arrive_is_the_customers_again_and_not_paid_back(
    order_as_guest: Any, make_product: Any, now: Any
) -> None:
    order = send_order(order_as_guest((make_product(price="100.00"), 3)), now)
    case = agree(wish(order, now, 3), now)
    arrive(case, now, (2, 1))
    assert (held(), StockRecord.objects.get().num_in_stock) == ([2], 8)
    refund(case, now)
    assert Refund.objects.get().amount == Decimal("200.00")


def test_a_claim_may_be_paid_back_without_anything_coming_back(order_as_guest: Any, now: Any) -> None:
    order = send_order(order_as_guest(), now)
    case = wish(order, now, kind="claim", reason="damaged", days=90)
    case = agree(case, now, comes_back=False)
    stock = StockRecord.objects.get().num_in_stock
    with pytest.raises(ReturnHasMoved):
        arrive(case, now)
    refund(case, now)
    assert (Refund.objects.get().amount, StockRecord.objects.get().num_in_stock) == (order.total_incl_tax, stock)
    assert kinds(case) == ["requested", "approved", "refunded"]
    assert "need not send anything back" in crm.OutgoingMail.objects.get(template="shop/email/return_approved").text


def test_only_a_claim_may_stay_where_it_is(order_as_guest: Any, now: Any) -> None:
    case = agree(wish(send_order(order_as_guest(), now), now), now, comes_back=False)
    assert case.comes_back


def test_an_exchange_keeps_the_other_one_aside_and_sends_it(order_as_guest: Any, now: Any) -> None:
    towel = product("Towel", variants={"Blue": 5, "Red": 1})
    blue, red = towel.children.order_by("pk")
    order = send_order(order_as_guest((blue, 1)), now)
    case = wish(order, now, kind="exchange", instead=red.pk, reason="mind")
    other = StockRecord.objects.get(product=red)
    assert other.net_stock_level == 1
    agree(case, now)
    other.refresh_from_db()
    assert (other.num_allocated, other.net_stock_level) == (1, 0)
    arrive(case, now)
    case = send_replacement(case.pk, carrier="Yurt Kargo", parcel_number="TR9", actor=STAFF, now=now)
    other.refresh_from_db()
    assert (other.num_in_stock, other.num_allocated, case.state) == (0, 0, "closed")
    assert kinds(case) == ["requested", "approved", "received", "replaced"]
    mail = crm.OutgoingMail.objects.get(template="shop/email/return_replaced")
    assert "TR9" in mail.text and "Towel – Red" in mail.text
    assert not Refund.objects.exists()


def test_an_exchange_that_ends_otherwise_frees_what_was_kept_aside(order_as_guest: Any, now: Any) -> None:
    towel = product("Towel", variants={"Blue": 9, "Red": 9})
    blue, red = towel.children.order_by("pk")
    order = send_order(order_as_guest((blue, 4)), now)
    wishes = [wish(order, now, kind="exchange", instead=red.pk) for _ in range(4)]
    for case in wishes:
        agree(case, now)
    record = StockRecord.objects.get(product=red)
    assert record.num_allocated == 4
    withdraw_return(wishes[0].pk, actor=STAFF, now=now)
    refuse_return(wishes[1].pk, answer="No.", actor=STAFF, now=now)
    arrive(wishes[2], now, (1, 0))
    refund(wishes[2], now)
    record.refresh_from_db()
    assert record.num_allocated == 1
    arrive(wishes[3], now)
    with pytest.raises(ReturnHasMoved):  # some of it is on the shelf already
        refuse_return(wishes[3].pk, answer="No.", actor=STAFF, now=now)


def test_an_exchange_for_what_was_sold_meanwhile_is_not_agreed_to(order_as_guest: Any, now: Any) -> None:
    towel = product("Towel", variants={"Blue": 5, "Red": 1})
    blue, red = towel.children.order_by("pk")
    order = send_order(order_as_guest((blue, 1)), now)
    case = wish(order, now, kind="exchange", instead=red.pk)
    order_as_guest((red, 1))
    before = everything_written()
    with pytest.raises(services.CannotBeReplaced):
        agree(case, now)
    case.refresh_from_db()
    assert (everything_written(), case.state, is_waiting()) == (before, "requested", True)


def test_another_amount_than_the_one_shown_is_not_given_back(order_as_guest: Any, now: Any) -> None:
    case = agree(wish(send_order(order_as_guest(), now), now), now)
    arrive(case, now)
    before = everything_written()
    with pytest.raises(AmountChanged):
        refund(case, now, "9999.00")
    assert everything_written() == before and not Refund.objects.exists()


def test_a_crash_after_the_money_is_finished_by_the_sweeper(
    order_as_guest: Any, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = agree(wish(send_order(order_as_guest(), now), now), now)
    arrive(case, now)

    def die(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as crash:
        crash.setattr("shop.returns.settling._close", die)
        with pytest.raises(KeyboardInterrupt):
            refund(case, now)
    with pytest.raises(ReturnHasMoved):
        refuse_return(case.pk, answer="No.", actor=STAFF, now=now)
    assert finish_settlements(now=now) == 1
    assert finish_settlements(now=now) == 0
    case.refresh_from_db()
    assert (case.state, Refund.objects.count(), kinds(case)[-1]) == ("closed", 1, "refunded")


def test_a_crash_before_the_money_is_finished_by_the_same_button(
    order_as_guest: Any, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = agree(wish(send_order(order_as_guest(), now), now), now)
    arrive(case, now)

    def die(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as crash:
        crash.setattr("shop.returns.settling.refund_order", die)
        with pytest.raises(KeyboardInterrupt):
            refund(case, now)
    assert finish_settlements(now=now) == 0
    case.refresh_from_db()
    assert case.agreed_amount is not None
    assert refund(case, now, case.agreed_amount).state == "closed"
    assert Refund.objects.count() == 1


def test_a_refund_that_the_provider_refuses_leaves_the_return_waiting(
    order_as_guest: Any, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = agree(wish(send_order(order_as_guest(), now), now), now)
    arrive(case, now)
    before = everything_written()
    with monkeypatch.context() as provider:
        refused = Refund(status=Refund.Status.FAILED, failure="card closed")
        provider.setattr("shop.returns.settling.refund_order", lambda *args, **kwargs: refused)
        with pytest.raises(RefundFailed, match="card closed"):
            refund(case, now)
    case.refresh_from_db()
    assert (case.state, everything_written()) == ("received", before)
    assert refund(case, now, case.agreed_amount).state == "closed"


def test_money_that_went_elsewhere_in_between_is_not_given_twice(
    order_as_guest: Any, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = send_order(order_as_guest(), now)
    case = agree(wish(order, now), now)
    arrive(case, now)

    def first_by_hand(*args: Any, **kwargs: Any) -> Any:
        refund_order(order.pk, amount=Decimal("50.00"), key="by-hand", reason="", actor=STAFF, now=now)
        return refund_order(*args, **kwargs)

    with monkeypatch.context() as race:
        race.setattr("shop.returns.settling.refund_order", first_by_hand)
        with pytest.raises(AmountChanged) as changed:
            refund(case, now)
    assert changed.value.amount == order.total_incl_tax - Decimal("50.00")
    case.refresh_from_db()
    assert (case.state, case.agreed_amount, Refund.objects.count()) == ("received", None, 1)
    refund(case, now)
    assert Payment.objects.get().refunded == order.total_incl_tax


def test_a_replacement_that_was_counted_away_does_not_leave(order_as_guest: Any, now: Any) -> None:
    towel = product("Towel", variants={"Blue": 5, "Red": 1})
    blue, red = towel.children.order_by("pk")
    case = wish(send_order(order_as_guest((blue, 1)), now), now, kind="exchange", instead=red.pk)
    arrive(agree(case, now), now)
    StockRecord.objects.filter(product=red).update(num_in_stock=0, num_allocated=0)
    before = everything_written()
    with pytest.raises(ReplacementMissing):
        send_replacement(case.pk, carrier="Yurt", parcel_number="1", actor=STAFF, now=now)
    case.refresh_from_db()
    assert (case.state, everything_written()) == ("received", before)


def test_a_claim_for_the_same_again_is_sent_without_anything_coming_back(order_as_guest: Any, now: Any) -> None:
    order = send_order(order_as_guest(), now)
    case = wish(order, now, kind="claim", reason="damaged", instead=order.lines.get().product_id)
    agree(case, now, comes_back=False)
    send_replacement(case.pk, carrier="Yurt Kargo", parcel_number="TR9", actor=STAFF, now=now)
    record = StockRecord.objects.get()
    assert (record.num_in_stock, record.num_allocated, Refund.objects.count()) == (8, 0, 0)


def test_what_somebody_disowned_is_forgotten_too(order_as_guest: Any, now: Any) -> None:
    case = wish(send_order(order_as_guest(), now), now, is_proved=False)
    withdraw_return(case.pk, actor=STAFF, now=now)
    assert (mails(), kinds(case)) == (["to_confirm"], [])
    assert forget_unconfirmed(now=now + timedelta(days=9)) == 1
    assert not ReturnRequest.objects.exists()
