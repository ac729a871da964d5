"""Valkey is only the bell: with it down, orders are placed as fast as ever, and their mail leaves when it is back."""

import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from django.db import transaction
from django.utils import timezone

from crm import api as crm
from crm import outbox
from crm.models import Interaction, OutgoingMail
from tests.processes import Shop, queue, wait_for

ORDERS = 20


def place(number: int) -> tuple[float, str]:
    """What an order does in crm; how long it took, and the Message-ID of its mail."""
    began, now = time.monotonic(), timezone.now()
    with transaction.atomic():
        email = f"guest{number}@example.com"
        customer = crm.customer_for_guest(email=email, name="Guest", language="en", visitor=None, now=now)
        actor, subject = crm.Actor.customer(customer.pk), f"shop.order:{number}"
        crm.record("shop.order.placed", customer_id=customer.pk, actor=actor, now=now, subject=subject)
        mail = crm.Mail(
            template="crm/email/account_exists",
            to=email,
            language="en",
            dedupe_key=f"{subject}:confirmed",
            customer_id=customer.pk,
        )
        message_id = crm.queue_mail(mail, now=now).message_id
    return time.monotonic() - began, message_id


def test_orders_placed_while_valkey_is_down_succeed_and_their_mail_leaves_later(
    mail_shop: Callable[..., Shop], monkeypatch: Any
) -> None:
    shop = mail_shop(workers=1)
    (first,) = queue(1)
    wait_for(lambda: shop.server.seen[first.message_id] == 1, 90, "the worker works")
    place(0)
    shop.broker.kill()
    outcomes = []
    for number in range(1, ORDERS + 1):
        monkeypatch.setattr(outbox, "_paused_until", 0.0)  # so that every single one tries
        outcomes.append(place(number))
    slowest = max(seconds for seconds, _ in outcomes)
    assert Interaction.objects.filter(kind="shop.order.placed").count() == ORDERS + 1
    shop.broker.start()
    needed = shop.wait_until_sent(60)
    arrived = [shop.server.seen[message_id] for _, message_id in outcomes]
    print(
        f"\nValkey killed: {ORDERS} orders placed, the slowest in {slowest * 1000:.0f} ms; "
        f"{sum(arrived)} of {ORDERS} mails arrived within {needed:.1f} s of its return, none twice"
    )
    assert slowest < 1
    assert arrived == [1] * ORDERS


def test_waking_a_worker_takes_no_time_without_a_broker(mail_shop: Callable[..., Shop], monkeypatch: Any) -> None:
    shop = mail_shop(workers=0)
    timings = []
    for stop in (lambda: None, shop.broker.kill):
        stop()
        outbox.wake_worker()
        for _ in range(5):
            monkeypatch.setattr(outbox, "_paused_until", 0.0)
            began = time.monotonic()
            outbox.wake_worker()
            timings.append(time.monotonic() - began)
    with closing(shop.nudges):
        print(f"\nwaking a worker: {max(timings[:5]) * 1000:.0f} ms, without a broker {max(timings[5:]) * 1000:.0f} ms")
    assert max(timings) < 0.5


def test_after_one_failure_nobody_tries_for_a_moment(db: None, monkeypatch: Any) -> None:
    tries = []

    class Dead:
        def send_task(self, *args: Any, **kwargs: Any) -> None:
            tries.append(args)
            raise OSError("no broker")

    monkeypatch.setattr(outbox, "current_app", Dead())
    for _ in range(50):
        outbox.wake_worker()
    assert len(tries) == 1
    assert OutgoingMail.objects.count() == 0
