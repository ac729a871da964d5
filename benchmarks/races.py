"""What becomes of orders and money when shoppers are many, hasty or unlucky: our shop beside stock Oscar.

Ours is served by gunicorn with two workers; each shopper is an HTTP session that goes from the basket through the
delivery form, with the documents that it accepts, to the payment page and the simulated card. Those who come at once
are let go together, first at "Continue to the payment", then, whoever got that far, at "Order and pay". All the while
the mail server refuses connections. Stock Oscar is put through the same by benchmarks/stock_oscar/defects.py; it pays
and orders with one button. Refunds are asked for in code on both sides. Guessed are the numbers next to one's own:
Oscar's one after it, ours all that differ from it in one letter.

    make bench ONLY=races
"""

import contextlib
import os
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils import timezone

from benchmarks._browsers import Browser, served_shop
from benchmarks._ours import our_shop
from benchmarks._report import Row, write
from benchmarks.stock_oscar import StockOscar

BUYERS, HOPEFULS, PRESSES = 50, 20, 10
PAGES_AT_ONCE = 8  # while shoppers walk to the form: as many as the server has threads
CARD = "4242424242424242"
ADA = {
    "name": "Ada Yılmaz",
    "phone": "0555 000 00 01",
    "address": "Kıbrıs Şehitleri Cd. 12/3",
    "postcode": "35220",
    "city": "İzmir",
    "country": "TR",
    "option": "standard",
    "accept": "on",
}

Outcome = dict[str, Any]


@contextlib.contextmanager
def closed_port() -> Iterator[int]:
    """A port that is bound and not listened on: whoever connects is refused, and nobody else can take it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def all_races(site: str) -> dict[str, Outcome]:
    """By the same names as stock Oscar's defects."""
    return {
        f"one piece in stock, {BUYERS} buyers": one_piece(site),
        f"one press of the button, sent {PRESSES} times": one_press(site),
        f"a voucher for one use, {HOPEFULS} buyers": one_voucher(site),
        f"an offer for one application, {HOPEFULS} buyers": one_offer(site),
        "the mail server is down": no_mail_server(site),
        "a refund of twice what was paid": too_large_refund(site),
        "the next order's number": next_number(site),
    }


def one_piece(site: str) -> Outcome:
    sku = put_on_shelf("ONE-PIECE", stock=1, with_vat=True)
    buyers = at_the_form(site, sku, BUYERS)
    return counted(lambda: buy_at_once(buyers)) | stock_of(sku)


def one_press(site: str) -> Outcome:
    """Both buttons are pressed so often: the one to the payment, then the one that pays."""
    sku = put_on_shelf("ONE-PRESS", with_vat=True)
    (buyer,) = at_the_form(site, sku, 1)
    twins = [buyer.twin() for _ in range(PRESSES)]
    return counted(lambda: buy_at_once(twins)) | stock_of(sku)


def one_voucher(site: str) -> Outcome:
    sku = put_on_shelf("ONE-VOUCHER", with_vat=True)
    load_offers([ten_off("Ten off with a code", voucher="ONLYONCE")])
    buyers = at_the_form(site, sku, HOPEFULS, voucher="ONLYONCE")
    found = counted(lambda: buy_at_once(buyers))
    voucher = Voucher.objects.get(code="ONLYONCE")
    end_offers()
    return found | {"voucher_used": voucher.applications.count(), "voucher_counter": voucher.num_orders}


def one_offer(site: str) -> Outcome:
    sku = put_on_shelf("ONE-OFFER", with_vat=True)
    offer = load_offers([ten_off("Ten off for the first", most=1)])["Ten off for the first"]
    buyers = at_the_form(site, sku, HOPEFULS)
    found = counted(lambda: buy_at_once(buyers))
    offer.refresh_from_db()
    given = OrderDiscount.objects.filter(offer_id=offer.pk)
    end_offers()
    return found | {
        "applied": sum(given.values_list("frequency", flat=True)),
        "offer_counter": offer.num_applications,
        "discount_given": str(sum(given.values_list("amount", flat=True), Decimal(0))),
    }


def no_mail_server(site: str) -> Outcome:
    """The order is paid, the worker's try to send its mail is refused, and the shopper presses the old button again."""
    (buyer,) = at_the_form(site, put_on_shelf("NO-MAIL", with_vat=True), 1)
    buyer.send("/en/checkout/", email="ada@example.com", **ADA)
    again = buyer.twin()
    found: Outcome = {}
    for press, browser in (("first", buyer), ("second", again)):
        outcome = counted(partial(_pay_alone, browser))
        found |= {f"{press}_press_{name}": value for name, value in outcome.items()}
    crm.deliver_due_mail()
    mails = OutgoingMail.objects.filter(to="ada@example.com")
    return found | {"mails": dict(Counter(mails.values_list("status", flat=True)))}


def too_large_refund(site: str) -> Outcome:
    buyers = at_the_form(site, put_on_shelf("REFUND", with_vat=True), 1)
    buy_at_once(buyers)
    payment = Payment.objects.filter(status=Payment.Status.CAPTURED).latest("pk")
    try:
        refund_order(
            payment.order_id,
            amount=2 * payment.amount,
            key="twice",
            reason="",
            actor=crm.Actor.system("benchmark"),
            now=timezone.now(),
        )
        told = "refunded"
    except TooMuch as refusal:
        told = f"refused: {refusal.left} is left"
    given = sum(SimulatedRefund.objects.values_list("amount", flat=True), Decimal(0))
    return {
        "paid": str(payment.amount),
        "refunded": str(given),
        "told": {told: 1},
        "is_accepted": given > payment.amount,
    }


def next_number(site: str) -> Outcome:
    """Two shoppers know their own number; all orders of this run are there to be hit."""
    buy_at_once(at_the_form(site, put_on_shelf("NUMBERS", with_vat=True), 2))
    known = list(Order.objects.order_by("-pk").values_list("number", flat=True)[:2])
    guesses = {
        number[:place] + letter + number[place + 1 :]
        for number in known
        for place in range(2, len(number))
        if number[place] != "-"
        for letter in ALPHABET
    } - set(known)
    hit = Order.objects.filter(number__in=guesses).count()
    return {"numbers": known, "guesses": len(guesses), "guessed": hit, "of": Order.objects.count() - len(known)}


def buy_at_once(buyers: list[Browser]) -> list[str]:
    """What each was told in the end, or the error that its request ended with."""
    ordering = [
        lambda browser=browser, number=number: browser.send("/en/checkout/", email=f"buyer{number}@example.com", **ADA)
        for number, browser in enumerate(buyers)
    ]
    failed = dict(zip(buyers, run_at_once(*ordering), strict=True))
    paying = [browser for browser in buyers if is_to_pay(browser)]
    if paying:
        failed |= zip(
            paying, run_at_once(*(lambda browser=browser: press_pay(browser) for browser in paying)), strict=True
        )
    return [
        f"error: {type(failed[browser]).__name__}" if isinstance(failed[browser], Exception) else browser.told()
        for browser in buyers
    ]


def is_to_pay(browser: Browser) -> bool:
    return browser.address.endswith("/pay/")


def press_pay(browser: Browser) -> str:
    browser.send(browser.address.removeprefix(browser.site), method="simulated-card", card_number=CARD)
    browser.wait()
    return browser.told()


def _pay_alone(browser: Browser) -> list[str]:
    return [press_pay(browser)]


def at_the_form(site: str, sku: str, shoppers: int, *, voucher: str = "") -> list[Browser]:
    """So many shoppers with one piece each in the basket, who look at the form for the delivery."""
    product = Product.objects.get(upc=sku)

    def walk(number: int) -> Browser:
        browser = Browser(site, number)
        browser.open(product.get_absolute_url())
        browser.post(f"/en/basket/add/{product.pk}/", quantity=1)
        if voucher:
            browser.post("/en/basket/vouchers/", code=voucher)
        browser.open("/en/checkout/")
        if browser.page.select_one('form[action="/en/checkout/"]') is None:
            raise LookupError(f"no form for the delivery: {browser.status}, {browser.told()}")
        return browser

    with ThreadPoolExecutor(max_workers=PAGES_AT_ONCE) as threads:
        return list(threads.map(walk, range(shoppers)))


def counted(press: Callable[[], list[str]]) -> Outcome:
    """Orders, payments, the money at the card network and what the shoppers were shown, of these presses alone."""
    before = _counts()
    told = Counter(press())
    after = _counts()
    found = {name: after[name] - before[name] for name in after}
    return found | {"money": str(found["money"]), "told": dict(told.most_common())}


def _counts() -> dict[str, Any]:
    taken = SimulatedCharge.objects.filter(is_captured=True).values_list("amount", flat=True)
    return {
        "orders": Order.objects.count(),
        "captured": Payment.objects.filter(status=Payment.Status.CAPTURED).count(),
        "payments": len(taken),
        "money": sum(taken, Decimal(0)),
    }


def rows_of(ours: dict[str, Outcome], stock: dict[str, Outcome]) -> list[Row]:
    def row(name: str, what: str, goal: float, key: str, other: str | None = None, unit: str = "") -> Row:
        value = stock[name].get(other or key)
        return Row(f"{name}: {what}", ours[name][key], goal, unit, value, is_exact=True)

    piece, press, voucher, offer, mail, refund, number = ours
    return [
        row(piece, "orders", 1, "orders"),
        row(piece, "charged", 1, "payments"),
        row(piece, "payments captured", 1, "captured", "payments"),
        row(piece, "pieces promised", 1, "num_allocated"),
        row(press, "orders", 1, "orders"),
        row(press, "charged", 1, "payments"),
        row(press, "thanked", PRESSES, "thanked"),
        row(voucher, "uses", 1, "voucher_used"),
        row(voucher, "charged without an order", 0, "charged_for_nothing"),
        row(offer, "applied", 1, "applied"),
        row(offer, "counted", 1, "offer_counter"),
        row(mail, "thanked at the first press", 1, "thanked"),
        row(mail, "charged at the second press", 0, "second_press_payments"),
        row(refund, "accepted", 0, "is_accepted"),
        row(number, "hit", 0, "guessed"),
    ]


def sum_up(found: dict[str, Outcome], thanks: str) -> dict[str, Outcome]:
    """The outcomes, with who was charged for nothing and who was thanked; `thanks` is how the shop says it."""
    for outcome in found.values():
        told = outcome.get("told") or outcome.get("first_press_told") or {}
        outcome["thanked"] = told.get(thanks, 0)
        if "payments" in outcome:
            outcome["charged_for_nothing"] = outcome["payments"] - outcome["orders"]
    return found


def measure() -> list[Row]:
    with StockOscar() as oscar:
        stock = sum_up(oscar.ask("defects", buyers=BUYERS, hopefuls=HOPEFULS, presses=PRESSES), "thank you")
    with served_shop(LOG_LEVEL="ERROR") as site:
        ours = sum_up(all_races(site), "Thank you, your order is with us")
    for name, outcome in ours.items():
        print(f"\n{name}\n   ours  {outcome}\n   stock {stock[name]}")
    print()
    return rows_of(ours, stock)


if __name__ == "__main__":
    with closed_port() as nobody:
        os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{nobody}"
        with our_shop("esnaf_races"):
            from benchmarks._goods import Product, Voucher, end_offers, load_offers, put_on_shelf, stock_of, ten_off
            from crm import api as crm
            from crm.models import OutgoingMail
            from shop.models import Payment, SimulatedCharge, SimulatedRefund
            from shop.orders.numbers import ALPHABET
            from shop.oscar import Order, OrderDiscount
            from shop.payment.refunds import TooMuch, refund_order
            from tests.races import run_at_once

            write("races", measure())
