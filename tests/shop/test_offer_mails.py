"""One personal offer a week, to those who want it, and none once they said stop."""

import re
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail as django_mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from crm import api as crm
from shop.events import BOUGHT
from shop.personal.offers import queue_offer, send_offers

ACTOR = crm.Actor.system("test")


@pytest.fixture
def regular(ada: crm.Customer, make_product: Callable[..., Any], now: datetime) -> crm.Customer:
    """Ada bought a cezve a while ago; three others bought it with cups and coffee."""
    cezve = make_product("Copper cezve", turkish="Bakır cezve")
    others = [
        make_product("Coffee cups", turkish="Kahve fincanı"),
        make_product("Coffee", turkish="Kahve"),
        make_product("Sold out mill", turkish="Değirmen", stock=0),
    ]
    at = now - timedelta(days=40)
    people = [crm.Customer.objects.create(language="tr", created_at=at).pk for _ in range(3)]
    facts = [(person, product) for person in people for product in (cezve, *others)] + [(ada.pk, cezve)]
    crm.record_many(
        crm.Interaction(
            kind=BOUGHT,
            customer_id=customer_id,
            actor=str(ACTOR),
            subject=f"shop.product:{product.pk}",
            occurred_at=at,
        )
        for customer_id, product in facts
    )
    crm.rebuild_affinities(as_of=now)
    return ada


def offers() -> Any:
    return crm.OutgoingMail.objects.filter(is_marketing=True)


def post_unsubscribe(row: crm.OutgoingMail) -> None:
    """What a mailbox provider does with the two headers (RFC 8058)."""
    url = re.fullmatch(r"<(.+)>", row.headers["List-Unsubscribe"])
    assert url
    path = url[1].split("/", 3)[3]
    answer = Client(enforce_csrf_checks=True).post(f"/{path}", {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200


def sent_offers() -> list[Any]:
    return [message for message in django_mail.outbox if "List-Unsubscribe" in message.extra_headers]


def test_a_regular_gets_one_offer_of_things_that_go_with_earlier_purchases(regular: Any, now: datetime) -> None:
    row = queue_offer(regular.pk, now=now)
    assert row is not None
    assert row.language == "tr"
    assert row.to == "ada@example.com"
    assert "Kahve fincanı" in row.text
    assert "Kahve fincanı" in row.html
    assert "Bakır cezve" in row.text  # bought long enough ago to be wanted again
    assert "Değirmen" not in row.text  # sold out
    assert "/tr/" in row.text
    assert "₺349,00" in row.text
    assert crm.Interaction.objects.filter(kind="shop.offer.queued", customer=regular).count() == 1


def test_the_mail_carries_both_one_click_headers(regular: Any, now: datetime) -> None:
    row = queue_offer(regular.pk, now=now)
    crm.deliver_due_mail()
    assert row is not None
    (message,) = sent_offers()
    assert message.extra_headers["List-Unsubscribe"].startswith("<http")
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.message()["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_asking_twice_in_a_week_queues_one(regular: Any, now: datetime) -> None:
    assert send_offers(now) == 1
    assert send_offers(now + timedelta(hours=1)) == 0
    assert offers().count() == 1
    assert crm.Interaction.objects.filter(kind="shop.offer.queued").count() == 1


def test_the_next_week_repeats_no_product_of_the_last_one(regular: Any, now: datetime) -> None:
    assert send_offers(now) == 1
    assert send_offers(now + timedelta(days=7)) == 0
    assert offers().count() == 1


def test_without_consent_nothing_is_queued(regular: Any, now: datetime) -> None:
    crm.state_consent(regular.pk, is_given=False, source="test", actor=ACTOR, now=now)
    assert queue_offer(regular.pk, now=now) is None
    assert send_offers(now) == 0
    assert not offers().exists()
    assert not crm.Interaction.objects.filter(kind="shop.offer.queued").exists()


def test_an_address_that_nobody_proved_gets_no_offer(mallory: crm.Customer, now: datetime) -> None:
    crm.state_consent(mallory.pk, is_given=True, source="test", actor=ACTOR, now=now)
    assert queue_offer(mallory.pk, now=now) is None
    assert not offers().exists()


def test_somebody_without_history_gets_no_offer(ada: crm.Customer, now: datetime) -> None:
    assert queue_offer(ada.pk, now=now) is None
    assert not offers().exists()


def test_after_unsubscribing_a_mail_that_was_queued_before_does_not_leave(regular: Any, now: datetime) -> None:
    row = queue_offer(regular.pk, now=now)
    assert row is not None
    post_unsubscribe(row)
    crm.deliver_due_mail()
    row.refresh_from_db()
    assert row.status == crm.OutgoingMail.Status.SUPPRESSED
    assert not sent_offers()


def test_after_unsubscribing_no_further_offer_is_queued(regular: Any, now: datetime) -> None:
    row = queue_offer(regular.pk, now=now)
    crm.deliver_due_mail()
    assert row is not None
    assert len(sent_offers()) == 1
    post_unsubscribe(row)
    for week in range(1, 9):
        assert send_offers(now + timedelta(weeks=week)) == 0
    crm.deliver_due_mail()
    assert offers().count() == 1
    assert len(sent_offers()) == 1


@pytest.mark.django_db(transaction=True)
def test_four_deliverers_at_once_send_nothing_to_somebody_who_said_stop(regular: Any) -> None:
    now = timezone.now()
    rows = [queue_offer(regular.pk, now=now)]
    for number in range(8):
        rows.append(
            crm.queue_mail(
                crm.Mail(
                    template="shop/email/offer",
                    to="ada@example.com",
                    language="tr",
                    customer_id=regular.pk,
                    dedupe_key=f"offer-of-test:{number}",
                    is_marketing=True,
                    context={"name": "Ada", "products": []},
                ),
                now=now,
            )
        )
    assert rows[0] is not None
    post_unsubscribe(rows[0])
    barrier = threading.Barrier(4)

    def deliver() -> None:
        barrier.wait()
        crm.deliver_due_mail()
        connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    crm.OutgoingMail.objects.filter(status__in=crm.OutgoingMail.WAITING).update(next_attempt_at=now)
    crm.deliver_due_mail()
    assert not sent_offers()
    assert set(offers().values_list("status", flat=True)) == {crm.OutgoingMail.Status.SUPPRESSED}
    assert offers().count() == 9
