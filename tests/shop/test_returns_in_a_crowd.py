"""Many at once: the last piece comes back once, and is paid back once."""

from datetime import timedelta
from typing import Any

import pytest

from crm import api as crm
from shop.models import LineProgress, Payment, Refund, ReturnRequest
from shop.oscar import StockRecord
from shop.returns.services import confirm_return
from shop.returns.settling import due_for, refund_return
from tests.races import run_at_once
from tests.shop.returning import STAFF, agree, arrive, sent_order, wish

pytestmark = pytest.mark.django_db(transaction=True)


def test_eight_wishes_for_the_last_piece_become_one(now: Any) -> None:
    order = sent_order(now)
    answers = run_at_once(*[lambda: wish(order, now)] * 8)
    assert sorted(type(answer).__name__ for answer in answers) == ["NothingToSendBack"] * 7 + ["ReturnRequest"]
    assert (ReturnRequest.objects.count(), LineProgress.objects.get().returned) == (1, 1)
    assert crm.Interaction.objects.filter(kind="shop.return.requested").count() == 1


def test_eight_clicks_in_two_mails_confirm_one_wish_once(now: Any) -> None:
    order = sent_order(now)
    wishes = [wish(order, now, is_proved=False) for _ in range(2)]
    later = now + timedelta(days=2)
    jobs = [lambda pk=case.pk: confirm_return(pk, actor=STAFF, now=later) for case in wishes for _ in range(4)]
    answers = run_at_once(*jobs)
    assert sorted(type(answer).__name__ for answer in answers) == ["MoreThanWasSent"] * 4 + ["ReturnRequest"] * 4
    assert LineProgress.objects.get().returned == 1
    assert crm.OutgoingMail.objects.filter(template="shop/email/return_requested").count() == 1


def test_ten_clicks_on_the_refund_give_the_money_back_once(now: Any) -> None:
    order = sent_order(now)
    case = agree(wish(order, now), now)
    arrived = run_at_once(*[lambda: arrive(case, now)] * 3)
    assert sorted(type(answer).__name__ for answer in arrived) == ["ReturnHasMoved"] * 2 + ["ReturnRequest"]
    assert StockRecord.objects.get().num_in_stock == 10
    case.refresh_from_db()
    amount = due_for(case).amount
    answers = run_at_once(*[lambda: refund_return(case.pk, expected=amount, actor=STAFF, now=now)] * 10)
    assert {answer.state for answer in answers} == {"closed"}
    assert Refund.objects.get().amount == Payment.objects.get().refunded == order.total_incl_tax
    assert crm.Interaction.objects.filter(kind="shop.return.refunded").count() == 1
    assert crm.OutgoingMail.objects.filter(template="shop/email/return_refunded").count() == 1
