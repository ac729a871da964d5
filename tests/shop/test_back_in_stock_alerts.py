"""Tell me when it is back: confirmed by a link, mailed once, oldest first, and nobody learns who waits."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from crm import api as crm
from shop.alerts import services
from shop.alerts.services import alert_token, confirm_alert, forget_alerts, send_alerts
from shop.models import StockAlert
from shop.oscar import StockRecord
from tests.shop import shelves

pytestmark = pytest.mark.django_db
NOBODY = crm.Actor("visitor", "unknown")


@pytest.fixture(autouse=True)
def _no_tries_before() -> None:
    cache.clear()


@pytest.fixture
def cezve(make_product: Callable[..., Any]) -> Any:
    return make_product("Copper cezve", stock=0, turkish="Bakır cezve")


def ask(client: Client, product: Any, email: str = "ada@example.com", language: str = "en") -> Any:
    return client.post(f"/{language}/alerts/{product.pk}/", {"email": email})


def waits(product: Any, email: str, now: datetime) -> StockAlert:
    """Somebody who has confirmed."""
    return StockAlert.objects.create(product=product, email=email, language="en", asked_at=now, confirmed_at=now)


def restock(product: Any, pieces: int) -> None:
    StockRecord.objects.filter(product=product).update(num_in_stock=pieces)


def mails() -> list[tuple[str, str]]:
    ours = crm.OutgoingMail.objects.filter(template__startswith="shop/email/stock_alert").order_by("pk")
    return list(ours.values_list("to", "subject"))


def test_a_guest_confirms_by_the_link_and_is_told_once(client: Client, cezve: Any, now: datetime) -> None:
    assert "Tell me when it is back" in client.get(f"/en/catalogue/{cezve.slug}_{cezve.pk}/").content.decode()
    assert "look into your mailbox" in ask(client, cezve, " Ada@Example.com ").content.decode()
    assert mails() == [("ada@example.com", "Shall we tell you when Copper cezve is back?")]
    restock(cezve, 5)
    assert send_alerts(now=now) == 0, "not confirmed yet"
    link = re.search(r"http\S+/alerts/confirm/\S+", crm.OutgoingMail.objects.get().text)
    assert link
    path = "/" + link.group().split("/", 3)[3]
    assert "Yes, tell me" in client.get(path).content.decode()
    assert StockAlert.objects.get().confirmed_at is None, "a scanner that opens links confirms nothing"
    assert "We write to you once" in client.post(path).content.decode()
    client.post(path)
    assert send_alerts(now=now) == 1
    assert send_alerts(now=now) == 0
    assert mails()[1:] == [("ada@example.com", "Copper cezve is back")]
    assert f"/en/catalogue/copper-cezve_{cezve.pk}/" in crm.OutgoingMail.objects.last().text


def test_a_proved_address_needs_no_link(login: Any, ada: crm.Customer, cezve: Any, now: datetime) -> None:
    response = ask(login(ada), cezve, language="tr")
    assert response.status_code == 302
    assert mails() == []
    restock(cezve, 1)
    assert send_alerts(now=now) == 1
    [(to, subject)] = mails()
    assert to == "ada@example.com"
    assert "Bakır cezve" in subject
    kinds = crm.Interaction.objects.filter(customer=ada, kind__startswith="shop.alert").order_by("pk")
    assert [row.kind for row in kinds] == ["shop.alert.asked", "shop.alert.sent"]


def test_an_account_proves_no_other_address(login: Any, mallory: crm.Customer, ada: crm.Customer, cezve: Any) -> None:
    shopper = login(mallory)
    ask(shopper, cezve, "ada@example.com")
    ask(shopper, cezve, "mallory@example.com")
    assert StockAlert.objects.filter(confirmed_at__isnull=False).count() == 0


def test_the_answer_is_the_same_for_an_address_that_waits_already(client: Client, cezve: Any, now: datetime) -> None:
    waits(cezve, "ada@example.com", now)

    def told(email: str) -> str:
        text = ask(client, cezve, email).content.decode().replace(email, "…")
        return re.sub(r'(?:value|content)="[\w-]{40,}"', "", text)

    assert told("ada@example.com") == told("new@example.com")
    assert mails() == [("new@example.com", "Shall we tell you when Copper cezve is back?")]
    told("new@example.com")
    assert len(mails()) == 1, "the same day once"


def test_one_address_waits_once_for_a_thing(client: Client, cezve: Any, now: datetime) -> None:
    for _ in range(3):
        ask(client, cezve)
    assert StockAlert.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        waits(cezve, "ada@example.com", now)


def test_each_variant_is_waited_for_by_itself(client: Client, now: datetime) -> None:
    yarn = shelves.product("Yarn", variants={"Blue": 0, "Red": 0})
    blue, red = yarn.children.order_by("pk")
    waits(blue, "ada@example.com", now)
    waits(red, "bob@example.com", now)
    restock(red, 2)
    assert send_alerts(now=now) == 1
    assert mails() == [("bob@example.com", "Yarn – Red is back")]
    assert f"?option={red.pk}" in crm.OutgoingMail.objects.get().text
    assert ask(client, yarn).status_code == 404, "which one?"


def test_those_who_asked_first_hear_first_and_not_more_than_makes_sense(cezve: Any, now: datetime) -> None:
    for n in range(25):
        waits(cezve, f"{n:02}@example.com", now + timedelta(minutes=n))
    restock(cezve, 2)
    assert send_alerts(now=now) == 20
    assert [to for to, _ in mails()] == [f"{n:02}@example.com" for n in range(20)]
    assert send_alerts(now=now + timedelta(minutes=1)) == 0
    assert send_alerts(now=now + timedelta(days=2)) == 5


def test_nobody_hears_of_what_cannot_be_bought(cezve: Any, now: datetime) -> None:
    waits(cezve, "ada@example.com", now)
    StockRecord.objects.filter(product=cezve).update(num_in_stock=2, num_allocated=2)
    assert send_alerts(now=now) == 0
    restock(cezve, 9)
    type(cezve).objects.filter(pk=cezve.pk).update(is_public=False)
    assert send_alerts(now=now) == 0
    assert mails() == []


def test_a_crash_tells_nobody_twice_and_forgets_nobody(
    cezve: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ada", "bob"):
        waits(cezve, f"{name}@example.com", now)
    restock(cezve, 1)
    queue = crm.queue_mail

    def dies_at_the_second(mail: crm.Mail, *, now: datetime) -> Any:
        if mail.to.startswith("bob"):
            raise RuntimeError("killed")
        return queue(mail, now=now)

    monkeypatch.setattr(services.crm, "queue_mail", dies_at_the_second)
    with pytest.raises(RuntimeError):
        send_alerts(now=now)
    assert mails() == []
    assert StockAlert.objects.filter(sent_at=None).count() == 2
    monkeypatch.setattr(services.crm, "queue_mail", queue)
    assert send_alerts(now=now) == 2
    assert len(mails()) == 2


def test_who_was_told_may_ask_again(client: Client, cezve: Any, now: datetime) -> None:
    waits(cezve, "ada@example.com", now)
    restock(cezve, 1)
    send_alerts(now=now)
    restock(cezve, 0)
    ask(client, cezve)
    assert StockAlert.objects.filter(email="ada@example.com").count() == 2


def test_the_link_in_the_mail_stops_it(client: Client, cezve: Any, now: datetime) -> None:
    alert = waits(cezve, "ada@example.com", now)
    path = reverse("shop:alert_stop", args=[alert_token(alert)])
    assert "Copper cezve" in client.get(path).content.decode()
    assert StockAlert.objects.count() == 1
    assert "forgotten your address" in Client(enforce_csrf_checks=True).post(path).content.decode()
    assert StockAlert.objects.count() == 0
    assert client.post(path).status_code == 200
    restock(cezve, 5)
    assert send_alerts(now=now) == 0


@pytest.mark.parametrize("token", ["x", "1", "1:forged", "x" * 2000])
def test_a_forged_link_opens_nothing(client: Client, cezve: Any, now: datetime, token: str) -> None:
    waits(cezve, "ada@example.com", now)
    for name in ("shop:alert_confirm", "shop:alert_stop"):
        for send in (client.get, client.post):
            assert send(reverse(name, args=[token])).status_code == 404
    assert StockAlert.objects.count() == 1


@pytest.mark.parametrize(
    "email", ["", "ada", "ada@", "a\0b@example.com", "x" * 300 + "@example.com", "a@b.c\nBcc: x@y.z"]
)
def test_what_is_no_address_is_said_no_to(client: Client, cezve: Any, email: str) -> None:
    response = ask(client, cezve, email)
    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    assert StockAlert.objects.count() == 0
    assert mails() == []


def test_what_is_there_or_gone_needs_no_alert(client: Client, make_product: Callable[..., Any]) -> None:
    there = make_product("Cups", stock=1)
    assert ask(client, there).status_code == 302
    for id in ("4711", "99999999999999999999"):
        assert client.post(f"/en/alerts/{id}/", {"email": "ada@example.com"}).status_code == 404
    assert StockAlert.objects.count() == 0


def test_a_visitor_who_asks_and_asks_has_to_wait(client: Client, cezve: Any) -> None:
    for n in range(10):
        assert ask(client, cezve, f"{n}@example.com").status_code == 200
    assert ask(client, cezve, "last@example.com").status_code == 429
    assert StockAlert.objects.count() == 10


def test_a_mailbox_is_not_flooded_from_many_places(client: Client, now: datetime) -> None:
    for n in range(8):
        product = shelves.product(f"Thing {n}", stock=0)
        answer = client.post(f"/en/alerts/{product.pk}/", {"email": "ada@example.com"}, REMOTE_ADDR=f"203.0.113.{n}")
        assert answer.status_code == 200
    assert len(mails()) == services.MAILS_A_DAY


def test_what_is_not_confirmed_or_long_sent_is_forgotten(cezve: Any, make_product: Any, now: datetime) -> None:
    cups = make_product("Cups", stock=0)
    StockAlert.objects.create(product=cezve, email="old@example.com", language="en", asked_at=now - timedelta(days=8))
    StockAlert.objects.create(product=cezve, email="new@example.com", language="en", asked_at=now - timedelta(days=6))
    waits(cups, "waits@example.com", now - timedelta(days=400))
    sent = waits(cups, "sent@example.com", now - timedelta(days=90))
    StockAlert.objects.filter(pk=sent.pk).update(sent_at=now - timedelta(days=31))
    assert forget_alerts(now=now) == 2
    assert set(StockAlert.objects.values_list("email", flat=True)) == {"new@example.com", "waits@example.com"}


def test_confirming_twice_changes_nothing(cezve: Any, now: datetime) -> None:
    alert = StockAlert.objects.create(product=cezve, email="ada@example.com", language="en", asked_at=now)
    first = confirm_alert(alert_token(alert), actor=NOBODY, now=now)
    again = confirm_alert(alert_token(alert), actor=NOBODY, now=now + timedelta(days=1))
    assert first.confirmed_at == again.confirmed_at == now
