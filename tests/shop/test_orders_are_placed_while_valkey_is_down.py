"""Through the whole checkout, page by page, with Valkey killed and the mail server away: every order is placed and
paid, and every mail leaves later."""

import time
from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import translation

from crm import api as crm
from crm import outbox
from shop.oscar import Basket, Order
from tests.processes import Shop, wait_for
from tests.shop.conftest import GOOD_CARD, by_card, checkout_form, put_on_shelf

ORDERS = 10


def order(product: Any, number: int) -> float:
    """Buy as a new guest; returns how long all pages together took, in seconds."""
    shopper, began = Client(), time.monotonic()
    shopper.post(reverse("basket:add", args=[product.pk]), {"quantity": 1})
    form = checkout_form(Basket.objects.latest("pk").pk, email=f"guest{number}@example.com")
    to_pay = shopper.post(reverse("checkout:index"), form)
    thanks = shopper.post(to_pay.url, by_card(GOOD_CARD))
    assert shopper.get(thanks.url).status_code == 200
    return time.monotonic() - began


def test_every_order_is_placed_and_every_mail_leaves_when_valkey_is_back(
    mail_shop: Callable[..., Shop], settings: Any, monkeypatch: Any
) -> None:
    shop = mail_shop(workers=1)
    settings.REDIS_URL = shop.broker.url
    product = put_on_shelf(price="349.00", stock=ORDERS + 1)
    shop.wait_for_workers()
    with translation.override("en"):
        order(product, 0)
        wait_for(lambda: shop.server.seen.total() == 1, 60, "the first confirmation arrived")
        shop.broker.kill()
        shop.server.stop()
        monkeypatch.setattr(outbox, "_paused_until", 0.0)
        slowest = max(order(product, number) for number in range(1, ORDERS + 1))
    assert Order.objects.filter(status="paid").count() == ORDERS + 1
    shop.server.start()
    shop.broker.start()
    shop.wait_until_sent(60)
    mails = crm.OutgoingMail.objects.filter(template="shop/email/order_confirmed")
    print(
        f"\nValkey and the mail server away: {ORDERS} of {ORDERS} orders placed and paid,"
        f" the slowest in {slowest:.2f} s for five pages;"
        f" {mails.filter(status='sent').count() - 1} of {ORDERS} confirmations left after its return"
    )
    assert [shop.server.seen[mail.message_id] for mail in mails] == [1] * (ORDERS + 1)
