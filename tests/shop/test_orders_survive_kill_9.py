"""The web process is killed at every step between submit and confirmation: an order is paid once, or nothing is taken.

A real gunicorn on the suite's database, real requests; tests/faulty_wsgi.py holds the points.
"""

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from config import services as servers
from crm import api as crm
from shop.models import Payment, SimulatedCharge
from shop.orders.releasing import cancel_all_unpaid
from shop.oscar import Basket, Order, StockRecord
from shop.payment.providers.simulated import CHALLENGE, SUCCESS, webhook_of
from shop.payment.refunds import finish_refunds
from shop.payment.services import finish_waiting
from tests.processes import free_port, wait_for
from tests.shop.conftest import by_card, checkout_form, put_on_shelf

STAFF = crm.Actor.system("sweeper")
CSRF = "k" * 32
SOURCE = (Path(__file__).resolve().parents[1] / "faulty_wsgi.py").read_text()
POINTS = re.findall(r'^    "((?:placing|payment|provider|finish|bank|return|webhook): [^"]+)":', SOURCE, re.MULTILINE)


class Killed(Exception):
    """The server died with the request in its hands."""


@dataclass
class Web:
    """A gunicorn with one worker, which its master starts anew when it dies."""

    port: int
    fault: Path
    cookies: dict[str, str] = field(default_factory=dict)

    def post(self, url: str, data: dict[str, Any] | bytes = b"", **headers: str) -> str:
        """Where it leads on to.

        :raises Killed:
        """
        return self._ask("POST", url, urlencode(data).encode() if isinstance(data, dict) else data, headers)

    def get(self, url: str) -> str:
        return self._ask("GET", url, b"", {})

    def _ask(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> str:
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        jar = "; ".join(f"{name}={value}" for name, value in {"csrftoken": CSRF, **self.cookies}.items())
        form = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": CSRF, "Cookie": jar}
        try:
            client.request(method, urlsplit(url).path, body, {**form, **headers})
            answer = client.getresponse()
            answer.read()
        except (http.client.HTTPException, ConnectionError) as error:
            raise Killed(url) from error
        finally:
            client.close()
        assert answer.status in (200, 302), f"{answer.status} {url}"
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.headers.get("Location", "")

    def is_up(self) -> bool:
        try:
            self.get("/en/track/")
        except Killed:
            return False
        return True


@pytest.fixture
def web(transactional_db: None, tmp_path: Path) -> Iterator[Web]:
    web = Web(free_port(), tmp_path / "fault")
    environment = os.environ | {
        "DATABASE_URL": servers.database_url().replace("/esnaf?", f"/{connection.settings_dict['NAME']}?"),
        "ESNAF_FAULT": str(web.fault),
        "LOG_LEVEL": "ERROR",
    }
    options = ["--workers=1", "--preload", "--no-control-socket", "--log-level=error", f"--bind=127.0.0.1:{web.port}"]
    with (tmp_path / "web.log").open("wb") as log:
        gunicorn = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "tests.faulty_wsgi:application", *options],
            cwd=servers.ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        wait_for(web.is_up, 120, f"gunicorn answers: {(tmp_path / 'web.log').read_text()}")
        yield web
    finally:
        gunicorn.terminate()
        gunicorn.wait(timeout=60)


def buy(web: Web, product: Any, way: str) -> None:
    """From the shelf to the paid order, as a new browser; `way` is how the payment is confirmed."""
    web.cookies = {}
    web.post(f"/en/basket/add/{product.pk}/", {"quantity": 1})
    submit(web, Basket.objects.latest("pk"), way)


def submit(web: Web, basket: Any, way: str) -> None:
    to_pay = web.post("/en/checkout/", checkout_form(basket.pk))
    on = web.post(to_pay, by_card(SUCCESS if way == "card" else CHALLENGE))
    if "simulated-bank" not in on:
        return  # paid, by this or an earlier try
    back = web.post(on, {"answer": "approve"})
    if way == "return":
        web.get(back)
        return
    headers, body = webhook_of(on.split("/")[-2])
    web.post("/webhooks/payments/simulated-card/", body, **headers)


def sweep(now: datetime) -> None:
    finish_waiting(now=now)
    finish_refunds(now=now)
    cancel_all_unpaid(actor=STAFF, now=now)


def money_and_order(basket: Any) -> str:
    """What became of a basket; fails where money and order do not agree."""
    order = Order.objects.filter(basket_id=basket.pk).first()
    payments = Payment.objects.filter(order=order) if order else Payment.objects.none()
    taken = SimulatedCharge.objects.filter(
        reference__in=payments.values_list("reference", flat=True), is_captured=True
    ).count()
    mails = crm.OutgoingMail.objects.filter(
        reference=f"shop.order:{order.pk if order else 0}", template="shop/email/order_confirmed"
    ).count()
    noted = payments.filter(status=Payment.Status.CAPTURED).count()
    is_paid = bool(order and order.status == "paid")
    assert (taken, noted, mails) == ((1, 1, 1) if is_paid else (0, 0, 0)), f"{order} {taken} {noted} {mails}"
    assert not payments.filter(status=Payment.Status.PENDING).exists()
    if order is None:
        basket.refresh_from_db()
        assert basket.status == "Open"
        return "a basket"
    return "paid once" if is_paid else str(order.status)


def crash(web: Web, product: Any, point: str) -> Any:
    """Buy, and be cut off at that point; returns the basket."""
    way = {"bank": "return", "return": "return", "webhook": "webhook"}.get(point.partition(":")[0], "card")
    web.fault.write_text(point)
    with pytest.raises(Killed):
        buy(web, product, way)
    assert not web.fault.exists()
    wait_for(web.is_up, 60, "the master has started another worker")
    return Basket.objects.latest("pk")


def test_every_fault_point_leaves_an_order_paid_once_or_no_money_taken(web: Web) -> None:
    product, began, lines = put_on_shelf(price="349.00", stock=1000), time.monotonic(), []
    assert len(POINTS) > 15
    for point in POINTS:
        basket = crash(web, product, point)
        soon, late = timezone.now() + timedelta(minutes=3), timezone.now() + timedelta(hours=1)
        sweep(soon)
        first = money_and_order(basket)
        submit(web, basket, "card")  # the shopper is back and presses again
        again = money_and_order(basket)
        assert again == "paid once"
        gone = first
        if first != "paid once":
            left = crash(web, product, point)  # another shopper, who does not come back
            sweep(soon)
            sweep(late)
            gone = money_and_order(left)
            assert gone in ("cancelled", "a basket")
        lines.append(f"  {point:<34} after the sweep: {first:<9}  back: {again:<9}  never back: {gone}")
    paid = Order.objects.filter(status="paid").count()
    assert StockRecord.objects.get().num_allocated == paid == len(POINTS)
    print(f"\nkill -9 of the web process at {len(POINTS)} points, {time.monotonic() - began:.0f} s")
    print("\n".join(lines))
