"""What several journeys do on the way: buy, and work on the order in the back office."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.journey.conftest import DESKTOP, Visitor

GOOD_CARD = "4242 4242 4242 4242"
CARD_THAT_ASKS = "4000 0000 0000 3220"
FROM_MEMORY = "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"  # a page that Back brought


def put_in_basket(shopper: Visitor, *, already: int = 0) -> None:
    """From the page of a product; `already` pieces were in the basket before."""
    shopper.page.locator("main form[action*='/basket/'] button").first.click()
    expect(shopper.page.locator(".tool__count")).to_contain_text(str(already + 1))


def fill_in_delivery(shopper: Visitor, email: str, phone: str = "0555 000 11 22") -> None:
    """From the basket to the payment: the address, express delivery, both documents accepted."""
    shopper.press(".summary a.button")
    fill = shopper.page.fill
    fill("[name=email]", email)
    fill("[name=name]", "Deniz Aydın")
    fill("[name=phone]", phone)
    fill("[name=address]", "Kıbrıs Şehitleri Cd. 12/3")
    fill("[name=postcode]", "35220")
    fill("[name=city]", "İzmir")
    assert shopper.page.locator("[name=option]").count() == 3
    shopper.page.check("[name=option][value=express]")
    assert shopper.page.locator("details.document").count() == 2
    shopper.page.check("[name=accept]")
    shopper.press("main form button.button--wide")


def pay_by_card(shopper: Visitor, card: str) -> None:
    shopper.page.check("[name=method][value=simulated-card]")
    shopper.page.fill("[name=card_number]", card)
    shopper.press("main form button.button--wide")


def number_on(shopper: Visitor) -> str:
    """The order's number, of the page that thanks for it."""
    match = re.search(r"E-\w{4}-\w{4}-\w{2}", shopper.text())
    assert match
    return match.group()


def staff(visitor: Callable[..., Visitor], email: str, language: str) -> Visitor:
    person = visitor(language, DESKTOP)
    page = person.page
    page.goto(f"{person.shop.url}/admin/login/")
    page.fill("[name=username]", email)
    page.fill("[name=password]", "esnaf")
    with page.expect_navigation():
        page.press("[name=password]", "Enter")
    assert "/admin/login" not in page.url
    return person


def open_order(manager: Visitor, number: str) -> None:
    page = manager.page
    page.goto(f"{manager.shop.url}/admin/order/order/?q={number}")
    with page.expect_navigation():
        page.get_by_role("link", name=number).first.click()
    manager.look()


def take_step(manager: Visitor, code: str) -> None:
    """Press the button of a step on the order's page or on the return's: pack, ship, approve, receive …"""
    manager.press(f"form[action$='/{code}/'] button.desk-button--main, form[action$='/{code}/'] button")


def focus(visitor: Visitor) -> str:
    """What has the focus: its id, else its name and value, else what kind of element it is."""
    return str(
        visitor.page.evaluate(
            "(({id, name, value, tagName}) => id || (name && `${name}=${value}`) || tagName)(document.activeElement)"
        )
    )
