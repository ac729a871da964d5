"""One shopper's way through all of Esnaf, in both languages: buy, follow, ask, be answered, be remembered."""

import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

import pytest
from playwright.sync_api import Page, expect

from tests.journey.conftest import Shop, Visitor, link_in, text_of
from tests.journey.steps import (
    GOOD_CARD,
    fill_in_delivery,
    number_on,
    open_order,
    pay_by_card,
    put_in_basket,
    staff,
    take_step,
)

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Words:
    """What the journey looks for on pages and in mails, in one language."""

    language: str
    email: str
    typo: str
    search: str
    question: str
    answer: str


TURKISH = Words(
    language="tr",
    email="deniz@example.org",
    typo="bakir cezwe",
    search="ürün kırık geldi",
    question="Cezvenin sapı gevşek geldi, ne yapabilirim?",
    answer="Merhaba Deniz Bey, yenisini yarın ücretsiz gönderiyoruz.",
)
ENGLISH = Words(
    language="en",
    email="robin@example.org",
    typo="coper cezvee",
    search="it arrived broken",
    question="The handle of the cezve came loose, what can I do?",
    answer="Hello Robin, we send you a new one tomorrow, free of charge.",
)


@pytest.mark.parametrize("words", [TURKISH, ENGLISH], ids=["tr", "en"])
def test_a_guest_buys_follows_the_parcel_asks_and_is_answered(
    visitor: Callable[..., Visitor], shop: Shop, words: Words
) -> None:
    shopper = visitor(words.language)
    product = browse_and_search(shopper, words)
    number = buy(shopper, words)
    confirmation = shop.wait_for_mail(words.email, lambda mail: number in mail["Subject"])
    follow(shopper, confirmation, number, product)

    manager = staff(visitor, "linus@example.com", words.language)
    parcel_number = f"YK-4711-{words.language}"
    ship(manager, number, parcel_number)
    parcel = shop.wait_for_mail(words.email, lambda mail: parcel_number in text_of(mail))
    assert confirmation["Message-ID"] in parcel["References"]
    shopper.go(link_in(parcel, "/track/"))
    assert parcel_number in shopper.text()

    ask(shopper, words)
    received = shop.wait_for_mail(words.email, lambda mail: words.question[:12] in mail["Subject"])

    agent = staff(visitor, "grace@example.com", words.language)
    screen = answer(agent, words, number)
    assert product in screen
    answered = shop.wait_for_mail(words.email, lambda mail: words.answer in text_of(mail))
    assert received["Message-ID"] in str(answered["References"])


def browse_and_search(shopper: Visitor, words: Words) -> str:
    """Through a department and by a search with a typing error; returns the title of what is put in the basket."""
    shopper.go(f"/{words.language}/")
    shopper.press(".aisles a")
    shopper.press(".product__title a")
    shopper.page.fill("#q", words.typo)
    expect(shopper.page.locator("#suggestions a").first).to_be_visible()
    with shopper.page.expect_navigation():
        shopper.page.press("#q", "Enter")
    shopper.look()
    shopper.press(".product__title a")
    return shopper.page.locator("h1").inner_text().replace("\n", " ")


def buy(shopper: Visitor, words: Words) -> str:
    """Basket, delivery, payment; returns the order's number."""
    put_in_basket(shopper)
    shopper.go(f"/{words.language}/basket/")
    fill_in_delivery(shopper, words.email)
    pay_by_card(shopper, GOOD_CARD)
    return number_on(shopper)


def follow(shopper: Visitor, confirmation: EmailMessage, number: str, product: str) -> None:
    assert confirmation["Auto-Submitted"] == "auto-generated"
    assert product.split(",")[0] in text_of(confirmation)
    shopper.go(link_in(confirmation, "/track/"))
    assert number in shopper.text()


def ship(manager: Visitor, number: str, parcel_number: str) -> None:
    """Pack all of it and hand it over to a carrier whose numbers staff type in."""
    open_order(manager, number)
    take_step(manager, "pack")
    manager.page.select_option("[name=carrier]", "yurtici")
    manager.page.fill("[name=tracking_number]", parcel_number)
    take_step(manager, "ship")
    assert parcel_number in manager.page.locator("body").inner_text()


def ask(shopper: Visitor, words: Words) -> None:
    """Search the help, read, say it did not help, and write about the order."""
    track = shopper.page.url
    shopper.go(f"/{words.language}/help/")
    shopper.page.fill("#help-q", words.search)
    with shopper.page.expect_navigation():
        shopper.page.press("#help-q", "Enter")
    shopper.look()
    shopper.press("#help-results a")
    shopper.page.locator("form[action*='/votes/'] button[value=no]").first.click()
    expect(shopper.page.locator("a[href*='/contact/']").first).to_be_visible()
    shopper.go(track)
    shopper.press("a[href*='/contact/?order=']")
    shopper.page.fill("[name=title]", words.question)
    shopper.page.fill("[name=message]", words.question)
    if shopper.page.input_value("[name=name]") == "":
        shopper.page.fill("[name=name]", "Deniz Aydın")
    if shopper.page.input_value("[name=email]") == "":
        shopper.page.fill("[name=email]", words.email)
    shopper.press("main form button.button")
    assert words.question in shopper.text()


def answer(agent: Visitor, words: Words, number: str) -> str:
    """The agent finds the ticket, sees who it is and what happened, answers and resolves; returns the screen's text."""
    page = agent.page
    page.goto(f"{agent.shop.url}/admin/helpdesk/ticket/")
    page.get_by_role("link", name=words.question).first.click()
    screen = page.locator(".desk").inner_text()
    assert number in screen
    assert words.email in screen
    wait_for_timeline(page)
    page.fill("#answer-text", words.answer)
    with page.expect_navigation():
        page.locator("button[value=answer_and_resolve]").click()
    assert words.answer in page.locator(".desk-talk").inner_text()
    return screen


def wait_for_timeline(page: Page) -> None:
    """Everything the shopper did stands beside the ticket; traces arrive within a few seconds."""
    facts = {"receipt_long", "payments", "local_shipping", "mail", "thumbs_up_down", "contact_support"}
    traces = {"visibility", "search", "add_shopping_cart", "article"}
    missing = facts | traces
    for _ in range(20):
        missing = (facts | traces) - set(page.locator("#timeline .material-symbols-outlined").all_inner_texts())
        if not missing:
            return
        page.wait_for_timeout(1000)
        page.reload()
    raise AssertionError(f"not in the timeline: {missing}")


def test_a_regular_is_greeted_gets_one_offer_and_can_stop_them(visitor: Callable[..., Visitor], shop: Shop) -> None:
    ada = visitor("tr")
    ada.go("/tr/account/login/")
    ada.page.fill("[name=username]", "ada@example.com")
    ada.page.fill("[name=password]", "esnaf")
    ada.press("main form button.button")
    for language in ("en", "tr"):
        ada.go(f"/{language}/")
        assert "Ada" in ada.page.locator("h1").inner_text()
        assert ada.page.locator("section[aria-labelledby^=personal] .product").count() > 0

    send_offers = "from shop.tasks import send_offers; send_offers()"
    shop.run("shell", "-v0", "-c", send_offers)
    offer = shop.wait_for_mail("ada@example.com", is_offer)
    assert offer["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/catalogue/" in text_of(offer)
    unsubscribe(str(offer["List-Unsubscribe"]).strip().strip("<>"))
    ada.go("/tr/account/")
    assert ada.page.locator("form[action$='/offers/'] [name=wants_offers]").input_value() == "yes"
    shop.run("shell", "-v0", "-c", send_offers)
    unsent = "print(list(crm.OutgoingMail.objects.filter(is_marketing=True, sent_at=None).values_list('to')))"
    assert "ada@example.com" not in shop.run("shell", "-v0", "-c", f"from crm import api as crm; {unsent}")
    assert [is_offer(mail) for mail in shop.mails("ada@example.com")].count(True) == 1


def is_offer(mail: EmailMessage) -> bool:
    return mail["List-Unsubscribe"] is not None


def unsubscribe(address: str) -> None:
    """As a mailbox provider does it: RFC 8058, without cookies."""
    request = urllib.request.Request(address, data=b"List-Unsubscribe=One-Click", method="POST")
    with urllib.request.urlopen(request) as response:
        assert response.status == 200
