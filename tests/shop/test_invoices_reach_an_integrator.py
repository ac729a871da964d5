"""An e-invoice integrator can be plugged in; while it is down, orders go on and the invoices wait."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from shop.documents.einvoice import CLAIM, FIRST_RETRY, IntegratorUnreachable, Receipt, submit_due
from shop.models import InvoiceSubmission, OrderDocument
from shop.orders.placing import place_order
from shop.payment.services import pay_by_card
from tests.races import run_at_once
from tests.shop.conftest import GOOD_CARD, delivery, fill, put_on_shelf

State = InvoiceSubmission.State


class FakeIntegrator:
    """Answers what the test has put into `answers`, then accepts."""

    asked: list[str] = []
    answers: list[Any] = []

    def submit(self, document: OrderDocument) -> Receipt:
        return self._answer(document.number, Receipt(State.ACCEPTED, f"ettn-{document.number}"))

    def look_up(self, reference: str) -> Receipt:
        return self._answer(reference, Receipt(State.ACCEPTED))

    def _answer(self, name: str, otherwise: Receipt) -> Receipt:
        self.asked.append(name)
        answer = self.answers.pop(0) if self.answers else otherwise
        if isinstance(answer, BaseException):
            raise answer
        return answer


@pytest.fixture
def fake(settings: Any) -> type[FakeIntegrator]:
    settings.EINVOICE = f"{__name__}.FakeIntegrator"
    FakeIntegrator.asked, FakeIntegrator.answers = [], []
    return FakeIntegrator


def test_without_an_integrator_the_invoice_stays_here(order_as_guest: Any, now: Any) -> None:
    assert order_as_guest().documents.filter(kind="invoice").exists()
    assert submit_due(now=now) == 0
    assert not InvoiceSubmission.objects.exists()


def test_an_invoice_is_submitted_once(fake: Any, order_as_guest: Any, now: Any) -> None:
    order = order_as_guest()
    assert fake.asked == []  # not while the order is paid
    assert [submit_due(now=now), submit_due(now=now + timedelta(days=1))] == [1, 0]
    submission = InvoiceSubmission.objects.get(document__order=order)
    assert (submission.state, submission.reference) == (State.ACCEPTED, "ettn-ESN2026000000001")
    assert fake.asked == ["ESN2026000000001"]


def test_an_integrator_that_is_down_stops_no_order_and_is_tried_again(
    fake: Any, order_as_guest: Any, now: Any, caplog: pytest.LogCaptureFixture
) -> None:
    fake.answers = [IntegratorUnreachable("timed out")]
    order = order_as_guest()
    assert order.status == "paid"
    assert submit_due(now=now) == 0
    submission = InvoiceSubmission.objects.get()
    assert (submission.state, submission.error, submission.attempts) == (State.WAITING, "timed out", 1)
    assert "ESN2026000000001 could not be submitted" in caplog.text
    assert submit_due(now=now + FIRST_RETRY - timedelta(seconds=1)) == 0
    assert len(fake.asked) == 1
    assert submit_due(now=now + FIRST_RETRY) == 1
    submission.refresh_from_db()
    assert (submission.state, submission.error, submission.attempts) == (State.ACCEPTED, "", 2)


def test_what_was_only_taken_is_asked_after(fake: Any, order_as_guest: Any, now: Any) -> None:
    fake.answers = [Receipt(State.TAKEN, "ettn-7")]
    order_as_guest()
    submit_due(now=now)
    assert InvoiceSubmission.objects.get().state == State.TAKEN
    submit_due(now=now + timedelta(hours=1))
    submission = InvoiceSubmission.objects.get()
    assert (submission.state, submission.reference) == (State.ACCEPTED, "ettn-7")
    assert fake.asked == ["ESN2026000000001", "ettn-7"]


def test_a_refusal_is_final_and_loud(
    fake: Any, order_as_guest: Any, now: Any, caplog: pytest.LogCaptureFixture
) -> None:
    fake.answers = [Receipt(State.REFUSED, reason="unknown tax number")]
    order_as_guest()
    submit_due(now=now)
    submission = InvoiceSubmission.objects.get()
    assert (submission.state, submission.error, submission.next_attempt_at) == (
        State.REFUSED,
        "unknown tax number",
        None,
    )
    assert [record.levelno for record in caplog.records if "was refused" in record.message] == [logging.ERROR]
    assert submit_due(now=now + timedelta(days=30)) == 0


def test_what_a_killed_worker_had_in_hand_is_submitted_later(fake: Any, order_as_guest: Any, now: Any) -> None:
    fake.answers = [SystemExit()]
    order_as_guest()
    with pytest.raises(SystemExit):
        submit_due(now=now)
    assert submit_due(now=now + CLAIM - timedelta(seconds=1)) == 0
    assert submit_due(now=now + CLAIM) == 1


@pytest.mark.django_db(transaction=True)
def test_eight_sweepers_submit_each_invoice_once(fake: Any, now: Any) -> None:
    product = put_on_shelf()
    for number in range(3):
        order = place_order(
            fill((product, 1)).pk,
            delivery=delivery(email=f"buyer{number}@example.com"),
            expected_goods_total=None,
            user=None,
            visitor=None,
            language="en",
            now=now,
        )
        pay_by_card(order.pk, card_number=GOOD_CARD, now=now)
    run_at_once(*[lambda: submit_due(now=now)] * 8)
    assert sorted(fake.asked) == [f"ESN2026{number:09}" for number in (1, 2, 3)]
