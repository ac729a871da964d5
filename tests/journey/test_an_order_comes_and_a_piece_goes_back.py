"""A guest's order from the checkout to the money for the one thing that went back, with every mail in between."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from email.message import EmailMessage

import pytest

from tests.journey.conftest import Shop, Visitor, link_in, text_of
from tests.journey.steps import (
    CARD_THAT_ASKS,
    fill_in_delivery,
    number_on,
    open_order,
    pay_by_card,
    put_in_basket,
    staff,
    take_step,
)

pytestmark = pytest.mark.browser

MOVE_PARCELS = """
from django.utils import timezone
from shop.shipments.simulator import move_parcels
move_parcels(seconds_per_day=0.001, now=timezone.now())
"""
MONEY_OF = """
from shop.models import Payment
paid = Payment.objects.get(order__number="{number}", status="captured")
print(paid.refunded, *(f"{{each.amount}}:{{each.status}}" for each in paid.refunds.all()))
"""
# The icons of what stands in the customer's timeline in the end, whichever way the order was paid and sent.
FACTS = {
    "receipt_long",  # placed
    "payments",  # paid
    "package_2",  # packed
    "local_shipping",  # left, out for delivery
    "inventory_2",  # delivered
    "mail",
    "assignment_return",  # return asked for
    "thumb_up",  # agreed
    "inventory",  # arrived here
    "currency_exchange",  # money given back
}


@dataclass(frozen=True)
class Way:
    """One language with one way to pay and to send; the rest is in the subjects of the mails."""

    language: str
    email: str
    phone: str
    is_by_card: bool
    is_in_parts: bool
    contract: str
    on_the_way: tuple[str, ...]  # as often as they come
    to_confirm: str
    asked: str
    agreed: str
    arrived: str
    settled: str


TURKISH = Way(
    language="tr",
    email="selin@example.org",
    phone="0555 000 33 44",
    is_by_card=False,
    is_in_parts=False,
    contract="mesafeli-satis-sozlesmesi",
    on_the_way=(
        "{number} numaralı siparişiniz paketlendi",
        "{number} numaralı siparişiniz yola çıktı",
        "{number} numaralı siparişiniz bugün geliyor",
        "{number} numaralı siparişiniz teslim edildi",
    ),
    to_confirm="Lütfen onaylayın",
    asked="iade talebinizi aldık",
    agreed="kabul edildi",
    arrived="bize ulaştı",
    settled="sonuçlandı",
)
ENGLISH = Way(
    language="en",
    email="morgan@example.org",
    phone="0555 000 55 66",
    is_by_card=True,
    is_in_parts=True,
    contract="distance-sales-contract",
    on_the_way=(
        "Your order {number} is packed",
        "Your order {number} is packed",
        "A part of your order {number} is on its way",
        "A part of your order {number} is on its way",
        "Your order {number} comes today",
        "Your order {number} comes today",
        "A part of your order {number} is there",
        "Your order {number} is there",
    ),
    to_confirm="Please confirm",
    asked="We have your return",
    agreed="agreed",
    arrived="has arrived",
    settled="is settled",
)


@pytest.mark.parametrize("way", [TURKISH, ENGLISH], ids=["tr-at-the-door", "en-by-card-in-parts"])
def test_a_guest_gets_the_order_and_the_money_for_what_goes_back(
    visitor: Callable[..., Visitor], shop: Shop, way: Way
) -> None:
    shopper = visitor(way.language)
    number = buy_two_things(shopper, way)
    confirmation = shop.wait_for_mail(way.email, lambda mail: number in mail["Subject"])
    assert any(way.contract in (part.get_filename() or "") for part in confirmation.iter_attachments())
    track = link_in(confirmation, "/track/")
    read_papers(shopper, track)

    manager = staff(visitor, "linus@example.com", way.language)
    send(manager, shop, way, number)
    shopper.go(track)
    assert shopper.page.locator(".parcel .badge--good").count() == (2 if way.is_in_parts else 1)

    price, link = ask_back(shopper, shop, way, track)
    take_back(manager, shop, way, number)
    assert price in text_of(mail_called(shop, way, way.settled))
    shopper.go(link)
    assert price in shopper.text()
    shopper.go(track)
    shopper.press("a[href$='/returns/']")
    assert shopper.page.locator("#returns ~ ul .badge--good").count() == 1

    amount = Decimal(re.sub(r"\D", "", price)) / 100
    assert money_of(shop, number) == (amount, [(amount, "done")])
    open_order(manager, number)
    manager.press(".desk-side a[href*='/crm/customer/']")
    happened = set(manager.page.locator("#timeline .material-symbols-outlined").all_inner_texts())
    assert happened >= FACTS, FACTS - happened


def buy_two_things(shopper: Visitor, way: Way) -> str:
    """Two different things, paid at the bank's page or to be paid at the door; returns the order's number."""
    shopper.go(f"/{way.language}/catalogue/")
    links = shopper.page.locator(".product:not(.product--out) .product__title a")
    for already, path in enumerate([links.nth(place).get_attribute("href") or "" for place in (0, 1)]):
        shopper.go(path)
        put_in_basket(shopper, already=already)
    shopper.go(f"/{way.language}/basket/")
    fill_in_delivery(shopper, way.email, way.phone)
    if way.is_by_card:
        pay_by_card(shopper, CARD_THAT_ASKS)
        shopper.press("button[name=answer][value=approve]")
    else:
        shopper.page.check("[name=method][value=cash-on-delivery]")
        shopper.press("main form button.button--wide")
    return number_on(shopper)


def read_papers(shopper: Visitor, track: str) -> None:
    """The two that were accepted and the invoice, each from the order's page and back to it."""
    shopper.go(track)
    for kind in ("preliminary", "contract", "invoice"):
        shopper.press(f"#papers a[href$='/{kind}/']")
        assert shopper.page.locator("article").inner_text()
        shopper.press("nav a")


def send(manager: Visitor, shop: Shop, way: Way, number: str) -> None:
    """Pack, hand over, in one parcel or line by line; the simulated carrier brings them, every step is mailed."""
    open_order(manager, number)
    if way.is_in_parts:
        manager.page.locator("form[action$='/pack/'] input[name^='line-']").last.fill("0")
    for _ in range(2 if way.is_in_parts else 1):
        take_step(manager, "pack")
        manager.page.select_option("[name=carrier]", "simulated")
        take_step(manager, "ship")
    shop.run("shell", "-v0", "-c", MOVE_PARCELS)
    expected = Counter(subject.format(number=number) for subject in way.on_the_way)
    for subject in expected:
        mail_called(shop, way, subject)
    came = Counter(str(mail["Subject"]).strip() for mail in shop.mails(way.email))
    assert {subject: came[subject] for subject in expected} == expected


def mail_called(shop: Shop, way: Way, subject: str) -> EmailMessage:
    return shop.wait_for_mail(way.email, lambda mail: subject in mail["Subject"])


def ask_back(shopper: Visitor, shop: Shop, way: Way, track: str) -> tuple[str, str]:
    """One piece of the first line, confirmed by the link in the mail; returns its price and that link."""
    price = shopper.page.locator("table tbody tr").first.locator("td").last.inner_text().strip()
    shopper.press("a[href$='/returns/']")
    shopper.press("a[href$='/returns/return/']")
    shopper.page.locator("[name^=quantity_]").first.fill("1")
    shopper.press("main form button.button")
    link = link_in(mail_called(shop, way, way.to_confirm), "/returns/")
    shopper.go(link)
    shopper.press("form[action$='/confirm/'] button")
    mail_called(shop, way, way.asked)
    return price, link


def take_back(manager: Visitor, shop: Shop, way: Way, number: str) -> None:
    """Agree, note that it arrived, give the money back; what was paid at the door is paid out by hand."""
    open_order(manager, number)
    manager.press(".desk-side a[href*='/returnrequest/']")
    take_step(manager, "approve")
    agreed = mail_called(shop, way, way.agreed)
    assert "/label/" in text_of(agreed)
    take_step(manager, "receive")
    mail_called(shop, way, way.arrived)
    take_step(manager, "refund")
    if not way.is_by_card:
        open_order(manager, number)
        take_step(manager, "paidout")


def money_of(shop: Shop, number: str) -> tuple[Decimal, list[tuple[Decimal, str]]]:
    """(what went back of the payment, its refunds with their states)."""
    refunded, *refunds = shop.run("shell", "-v0", "-c", MONEY_OF.format(number=number)).split()
    return Decimal(refunded), [(Decimal(amount), status) for amount, status in (each.split(":") for each in refunds)]
