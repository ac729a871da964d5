"""What stock Oscar does when shoppers are many, hasty or unlucky: done to it through its own pages, and counted.

Each shopper is a session of Django's test client, which calls the whole stack from the middleware down; those who come
at once are threads, let go together. Nothing here is expected: what is returned is what was found afterwards.
"""

import socket
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from bs4 import BeautifulSoup
from django.db import connections
from django.test import Client, override_settings
from django.urls import reverse
from oscar.core.loading import get_model

from benchmarks._goods import end_offers, load_offers, put_on_shelf, stock_of, ten_off
from benchmarks.stock_oscar.payment import charges
from tests.races import run_at_once

Basket = get_model("basket", "Basket")
ConditionalOffer = get_model("offer", "ConditionalOffer")
Order = get_model("order", "Order")
OrderDiscount = get_model("order", "OrderDiscount")
Product = get_model("catalogue", "Product")
StockRecord = get_model("partner", "StockRecord")
Voucher = get_model("voucher", "Voucher")

Outcome = dict[str, Any]
PAGES_AT_ONCE = 4  # while shoppers walk to the last page; pressing its button is what happens at once


def all_defects(*, buyers: int, hopefuls: int, presses: int) -> dict[str, Outcome]:
    """By name, what came of each. `buyers` want the one piece, `hopefuls` the one voucher, the one offer."""
    return {
        f"one piece in stock, {buyers} buyers": one_piece(buyers),
        f"one press of the button, sent {presses} times": one_press(presses),
        f"a voucher for one use, {hopefuls} buyers": one_voucher(hopefuls),
        f"an offer for one application, {hopefuls} buyers": one_offer(hopefuls),
        "the mail server is down": no_mail_server(),
        "a refund of twice what was paid": too_large_refund(),
        "the next order's number": next_number(),
    }


def one_piece(buyers: int) -> Outcome:
    sku = put_on_shelf("ONE-PIECE", stock=1, with_vat=False)
    return _counted(lambda: _press_at_once(_at_last_page(sku, buyers))) | stock_of(sku)


def one_press(presses: int) -> Outcome:
    sku = put_on_shelf("ONE-PRESS", with_vat=False)
    (client,) = _at_last_page(sku, 1)
    same = [_copy(client) for _ in range(presses)]
    return _counted(lambda: _press_at_once(same)) | stock_of(sku)


def one_voucher(buyers: int) -> Outcome:
    sku = put_on_shelf("ONE-VOUCHER", with_vat=False)
    load_offers([ten_off("Ten off with a code", voucher="ONLYONCE")])
    found = _counted(lambda: _press_at_once(_at_last_page(sku, buyers, voucher="ONLYONCE")))
    voucher = Voucher.objects.get(code="ONLYONCE")
    end_offers()
    return found | {"voucher_used": voucher.applications.count(), "voucher_counter": voucher.num_orders}


def one_offer(buyers: int) -> Outcome:
    sku = put_on_shelf("ONE-OFFER", with_vat=False)
    offer = load_offers([ten_off("Ten off for the first", most=1)])["Ten off for the first"]
    found = _counted(lambda: _press_at_once(_at_last_page(sku, buyers)))
    offer.refresh_from_db()
    given = OrderDiscount.objects.filter(offer_id=offer.pk)
    end_offers()
    return found | {
        "applied": sum(given.values_list("frequency", flat=True)),
        "offer_counter": offer.num_applications,
        "discount_given": str(sum(given.values_list("amount", flat=True), Decimal(0))),
        "discount_counted": str(offer.total_discount),
    }


def no_mail_server() -> Outcome:
    """One buyer; the confirmation cannot be sent; the page says to try again or so, and the buyer does."""
    sku = put_on_shelf("NO-MAIL", with_vat=False)
    (client,) = _at_last_page(sku, 1)
    found: Outcome = {}
    with (
        _closed_port() as port,
        override_settings(
            EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_HOST="127.0.0.1", EMAIL_PORT=port
        ),
    ):
        for press in ("first", "second"):
            counted = _counted(lambda: [_press(client)])
            basket = Basket.objects.filter(lines__product__upc=sku).latest("pk")
            found |= {f"{press}_press_{name}": value for name, value in counted.items()}
            found[f"basket_after_{press}_press"] = f"{basket.status}, {basket.num_items} thing"
    return found


def too_large_refund() -> Outcome:
    sku = put_on_shelf("REFUND", with_vat=False)
    _press_at_once(_at_last_page(sku, 1))
    source = Order.objects.get(lines__product__upc=sku).sources.get()
    source.refund(2 * source.amount_debited)
    source.refresh_from_db()
    return {
        "paid": str(source.amount_debited),
        "refunded": str(source.amount_refunded),
        "is_accepted": source.amount_refunded > source.amount_debited,
    }


def next_number() -> Outcome:
    """Whoever knows the number of their own order says the next one."""
    sku = put_on_shelf("NUMBERS", with_vat=False)
    numbers = []
    for _ in range(3):
        _press_at_once(_at_last_page(sku, 1))
        numbers.append(Order.objects.latest("pk").number)
    guesses = [str(int(number) + 1) for number in numbers]
    return {"numbers": numbers, "guessed": sum(guess in numbers for guess in guesses), "of": len(numbers) - 1}


def _counted(press: Callable[[], list[str]]) -> Outcome:
    """Orders, payments and what the shoppers were shown, of these presses alone."""
    orders, paid = Order.objects.count(), len(charges())
    told = Counter(press())
    return {
        "orders": Order.objects.count() - orders,
        "payments": len(charges()) - paid,
        "told": dict(told.most_common()),
    }


def _at_last_page(sku: str, shoppers: int, *, voucher: str | None = None) -> list[Client]:
    """So many shoppers with one piece each in the basket, who have only the last button left to press."""
    with ThreadPoolExecutor(max_workers=PAGES_AT_ONCE) as threads:
        return list(threads.map(lambda number: _walk(sku, number, voucher), range(shoppers)))


def _walk(sku: str, number: int, voucher: str | None) -> Client:
    try:
        client = Client(SERVER_NAME="localhost")
        product_id = Product.objects.values_list("pk", flat=True).get(upc=sku)
        _post(client, reverse("basket:add", args=[product_id]), quantity=1)
        if voucher:
            _post(client, reverse("basket:vouchers-add"), code=voucher)
        _post(client, reverse("checkout:index"), username=f"{sku.lower()}{number}@example.com", options="anonymous")
        address = {"first_name": "Ada", "last_name": "Yılmaz", "line1": "Kıbrıs Şehitleri Cd. 12/3"}
        _post(client, reverse("checkout:shipping-address"), **address, line4="İzmir", postcode="35220", country="TR")
        client.get(reverse("checkout:shipping-method"))  # there is one: Oscar takes it and goes on
        return client
    finally:
        connections.close_all()


def _post(client: Client, address: str, **fields: Any) -> None:
    answer = client.post(address, fields)
    if answer.status_code != 302:
        raise AssertionError(f"{address} answered {answer.status_code}: {_alerts(answer)}")


def _copy(client: Client) -> Client:
    """The same browser session once more."""
    other = Client(SERVER_NAME="localhost")
    other.cookies.load(client.cookies.output(header="", sep=";"))
    return other


def _press_at_once(clients: list[Client]) -> list[str]:
    """What each was told, or the error that its request ended with."""
    told = run_at_once(*(lambda client=client: _press(client) for client in clients))
    return [entry if isinstance(entry, str) else f"error: {type(entry).__name__}" for entry in told]


def _press(client: Client) -> str:
    answer = client.post(reverse("checkout:preview"), {"action": "place_order"})
    if answer.status_code != 302:
        return _alerts(answer)
    return "thank you" if answer["Location"] == reverse("checkout:thank-you") else f"sent to {answer['Location']}"


def _alerts(answer: Any) -> str:
    page = BeautifulSoup(answer.content, "html.parser")
    texts = [" ".join(alert.get_text(" ").split()) for alert in page.select(".alert-danger, .error-block")]
    return " / ".join(texts) or f"a page with status {answer.status_code}"


class _closed_port:
    """A port that is bound and not listened on: whoever connects is refused, and nobody else can take it."""

    def __enter__(self) -> int:
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        return int(self.socket.getsockname()[1])

    def __exit__(self, *error: object) -> None:
        self.socket.close()
